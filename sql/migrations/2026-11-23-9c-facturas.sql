-- Invoices, their numbers, their taxes and what was paid. Nobody writes them but the functions of 9c2.

-- ── Who issues, and what is taxed ───────────────────────────────────────────────────────────────────────────────
-- Why: the counter is a row and not a sequence, so that a rollback gives its number back. Whoever issues holds it until their COMMIT.
create table public.emisores_facturas (
  serie text collate "C" primary key constraint emisores_facturas_serie_formato check (serie ~ '^[A-Z0-9]{1,10}$'),
  ultimo bigint not null default 0 constraint emisores_facturas_ultimo_positivo check (ultimo >= 0),
  razon_social text not null constraint emisores_facturas_razon_social_larga check (length(btrim(razon_social)) between 1 and 200),
  identificacion_fiscal text constraint emisores_facturas_identificacion_fiscal_larga check (length(identificacion_fiscal) <= 30),
  direccion text constraint emisores_facturas_direccion_larga check (length(direccion) <= 300),
  ciudad text constraint emisores_facturas_ciudad_larga check (length(ciudad) <= 100),
  pais char(2) constraint emisores_facturas_pais_iso check (pais ~ '^[A-Z]{2}$'),
  email text constraint emisores_facturas_email_largo check (length(email) <= 254)
);
comment on table public.emisores_facturas is 'Global: the company that runs the platform. The first by serie issues; an invoice keeps a copy.';
comment on column public.emisores_facturas.ultimo is 'The last number given. No role may set it: the trigger of facturas adds one.';
insert into public.emisores_facturas (serie, razon_social) values ('F', 'Franja');

create table public.impuestos_pais (
  pais char(2) primary key constraint impuestos_pais_pais_iso check (pais ~ '^[A-Z]{2}$'),
  nombre text not null constraint impuestos_pais_nombre_largo check (length(btrim(nombre)) between 1 and 40),
  tasa numeric(5,2) not null constraint impuestos_pais_tasa_valida check (tasa between 0 and 100),
  incluido boolean not null default false
);
comment on table public.impuestos_pais is 'Global: a setting of the platform, by the country of the customer. Where there is no row nothing is taxed. An accountant must check it.';
comment on column public.impuestos_pais.incluido is 'The prices of plans contain it; otherwise it is added.';
-- General rates as commonly published. Brazil''s is the municipal tax on services at its highest, not a VAT.
insert into public.impuestos_pais (pais, nombre, tasa) values
  ('AR', 'IVA', 21), ('BO', 'IVA', 13), ('BR', 'ISS', 5), ('CL', 'IVA', 19), ('CO', 'IVA', 19), ('CR', 'IVA', 13), ('DO', 'ITBIS', 18), ('EC', 'IVA', 15),
  ('ES', 'IVA', 21), ('GT', 'IVA', 12), ('HN', 'ISV', 15), ('MX', 'IVA', 16), ('NI', 'IVA', 15), ('PA', 'ITBMS', 7), ('PE', 'IGV', 18), ('PY', 'IVA', 10),
  ('SV', 'IVA', 13), ('UY', 'IVA', 22), ('VE', 'IVA', 16);

-- ── Invoices ────────────────────────────────────────────────────────────────────────────────────────────────────
-- Why: what was charged, to whom and by whom, as it was that day: names and rates are copied, never joined.
create table public.facturas (
  organizacion_id bigint not null default app.tenant_actual()
    constraint facturas_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  subscripcion_id bigint not null,
  serie text collate "C" not null,
  numero text collate "C",
  estado text not null default 'borrador'
    constraint facturas_estado_valido check (estado in ('borrador', 'emitida', 'pagada', 'anulada', 'incobrable')),
  moneda char(3) not null constraint facturas_moneda_existe references public.monedas (codigo) on delete restrict,
  subtotal numeric(12,2) not null,
  impuesto numeric(12,2) not null constraint facturas_impuesto_positivo check (impuesto >= 0),
  total numeric(12,2) not null constraint facturas_total_positivo check (total >= 0),
  impuesto_nombre text,
  tasa numeric(5,2) not null default 0 constraint facturas_tasa_valida check (tasa between 0 and 100),
  impuesto_incluido boolean not null default false,
  periodo_inicio timestamptz not null,
  periodo_fin timestamptz not null,
  emitida_en timestamptz,
  vence_en timestamptz not null,
  pagada_en timestamptz,
  anulada_en timestamptz,
  motivo_anulacion text constraint facturas_motivo_largo check (length(motivo_anulacion) <= 500),
  emisor jsonb not null default '{}' constraint facturas_emisor_objeto check (jsonb_typeof(emisor) = 'object'),
  cliente jsonb not null default '{}' constraint facturas_cliente_objeto check (jsonb_typeof(cliente) = 'object'),
  creado_en timestamptz not null default app.ahora(),
  creado_por bigint default app.usuario_actual(),
  primary key (organizacion_id, id),
  constraint facturas_subscripcion foreign key (organizacion_id, subscripcion_id)
    references public.subscripciones (organizacion_id, id) on delete restrict,
  constraint facturas_numero_unico unique (organizacion_id, numero),
  constraint facturas_suma check (subtotal + impuesto = total),
  constraint facturas_periodo_ordenado check (periodo_fin > periodo_inicio),
  constraint facturas_emitida_con_numero check ((estado = 'borrador') = (numero is null) and (estado = 'borrador') = (emitida_en is null)),
  constraint facturas_pagada_con_fecha check ((estado = 'pagada') = (pagada_en is not null)),
  constraint facturas_anulada_con_motivo check ((estado = 'anulada') = (anulada_en is not null) and (anulada_en is null) = (motivo_anulacion is null))
);
comment on table public.facturas is 'Issued, only its state changes; a trigger says so to whoever writes. Never deleted.';
comment on column public.facturas.numero is 'serie-00000001. Without gaps in its serie, over all organisations.';
comment on column public.facturas.estado is 'borrador lives inside the transaction that issues; incobrable: the platform forgave it.';
-- fk facturas → subscripciones
create index facturas_subscripcion_id on public.facturas (organizacion_id, subscripcion_id);
-- What is owed, and since when.
create index facturas_por_cobrar on public.facturas (organizacion_id, vence_en) where estado = 'emitida';

create table public.facturas_lineas (
  organizacion_id bigint not null default app.tenant_actual()
    constraint facturas_lineas_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  factura_id bigint not null,
  descripcion text not null constraint facturas_lineas_descripcion_larga check (length(btrim(descripcion)) between 1 and 300),
  cantidad int not null default 1 constraint facturas_lineas_cantidad_positiva check (cantidad > 0),
  precio_unitario numeric(12,2) not null,
  importe numeric(12,2) not null,
  primary key (organizacion_id, id),
  constraint facturas_lineas_factura foreign key (organizacion_id, factura_id) references public.facturas (organizacion_id, id) on delete restrict,
  constraint facturas_lineas_importe_exacto check (importe = cantidad * precio_unitario)
);
comment on table public.facturas_lineas is 'A negative one is a credit.';
create index facturas_lineas_factura_id on public.facturas_lineas (organizacion_id, factura_id, id);

-- Why: the same payment told twice is one. Append-only by privilege.
create table public.pagos (
  organizacion_id bigint not null default app.tenant_actual()
    constraint pagos_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  factura_id bigint not null,
  metodo text not null constraint pagos_metodo_valido check (metodo in ('manual', 'stripe')),
  importe numeric(12,2) not null constraint pagos_importe_positivo check (importe > 0),
  moneda char(3) not null constraint pagos_moneda_existe references public.monedas (codigo) on delete restrict,
  referencia text not null constraint pagos_referencia_larga check (length(btrim(referencia)) between 1 and 200),
  recibido_en timestamptz not null,
  sobra boolean not null default false,
  creado_en timestamptz not null default app.ahora(),
  creado_por bigint default app.usuario_actual(),
  primary key (organizacion_id, id),
  constraint pagos_factura foreign key (organizacion_id, factura_id) references public.facturas (organizacion_id, id) on delete restrict,
  constraint pagos_referencia_unica unique (organizacion_id, metodo, referencia)
);
comment on column public.pagos.sobra is 'The invoice was paid or withdrawn already: the money is to be given back, by hand.';
comment on column public.pagos.creado_por is 'Of whom: a super_admin is of another organisation, so without a foreign key. Null: the gateway.';
create index pagos_factura_id on public.pagos (organizacion_id, factura_id);

-- Why: a gateway tells a thing more than once and in any order. No tenant: an event may name one that does not exist.
create table public.eventos_stripe (
  evento_id text collate "C" primary key constraint eventos_stripe_evento_largo check (length(evento_id) between 1 and 255),
  tipo text not null constraint eventos_stripe_tipo_largo check (length(tipo) between 1 and 100),
  organizacion bigint,
  factura bigint,
  recibido_en timestamptz not null default clock_timestamp(),
  procesado_en timestamptz,
  resultado text constraint eventos_stripe_resultado_formato check (resultado ~ '^[a-z_]{2,40}$'),
  constraint eventos_stripe_procesado_con_resultado check ((procesado_en is null) = (resultado is null))
);
comment on table public.eventos_stripe is 'Written by app.tomar_evento_stripe and app.resolver_evento_stripe alone; saas_admin reads it.';
comment on column public.eventos_stripe.organizacion is 'As the event says, believed by nobody: without a foreign key. So is factura.';

do $$
declare
  tabla text;
begin
  foreach tabla in array array['facturas', 'facturas_lineas', 'pagos'] loop
    perform app.proteger_tabla(format('public.%I', tabla)::regclass);
    execute format('drop policy solo_lectura on public.%I', tabla);
    execute format('drop policy integracion on public.%I', tabla);
  end loop;
end $$;

-- ── States ──────────────────────────────────────────────────────────────────────────────────────────────────────
create function app.factura_puede(de text, a text) returns boolean language sql immutable parallel safe set search_path = ''
return case de
  when 'borrador' then a = 'emitida'
  when 'emitida' then a in ('pagada', 'anulada', 'incobrable')
  when 'incobrable' then a in ('pagada', 'anulada')
  else false
end;

-- Whoever writes. A number is given in the order of issuing, and only once the lines add up.
create function app.facturas_guardia() returns trigger language plpgsql set search_path = '' as $$
declare
  -- A change of state writes its own marks, once.
  cambia text[] := '{}';
  n bigint;
begin
  if tg_op = 'INSERT' then
    if new.estado <> 'borrador' then
      raise exception 'Una factura empieza en borrador' using errcode = 'FR409', constraint = 'facturas_transicion';
    end if;
    return new;
  end if;
  if tg_op = 'UPDATE' and new.estado <> old.estado then
    cambia := array['estado', 'pagada_en', 'anulada_en', 'motivo_anulacion'];
  end if;
  if tg_op = 'DELETE' or (old.estado <> 'borrador' and to_jsonb(new) - cambia is distinct from to_jsonb(old) - cambia) then
    raise exception 'Una factura emitida no cambia' using errcode = 'FR409', constraint = 'facturas_inmutable';
  end if;
  if new.estado = old.estado then
    return new;
  end if;
  if not app.factura_puede(old.estado, new.estado) then
    raise exception 'Una factura % no pasa a %', old.estado, new.estado using errcode = 'FR409', constraint = 'facturas_transicion';
  end if;
  if new.estado = 'emitida' then
    if (select sum(l.importe) from public.facturas_lineas l where l.organizacion_id = new.organizacion_id and l.factura_id = new.id)
        is distinct from (case when new.impuesto_incluido then new.total else new.subtotal end) then
      raise exception 'Las líneas no suman lo que dice la factura' using errcode = 'FR400', constraint = 'facturas_lineas_suman';
    end if;
    update public.emisores_facturas e set ultimo = e.ultimo + 1 where e.serie = new.serie returning e.ultimo into strict n;
    new.numero := new.serie || '-' || lpad(n::text, greatest(8, length(n::text)), '0');
    new.emitida_en := app.ahora();
  end if;
  return new;
end $$;
create trigger b_guardia before insert or update or delete on public.facturas for each row execute function app.facturas_guardia();
create trigger z_auditar after insert or update on public.facturas for each row execute function app.auditar();

create function app.facturas_lineas_guardia() returns trigger language plpgsql set search_path = '' as $$
declare
  fila constant record := coalesce(new, old);
begin
  if tg_op <> 'INSERT' or exists (
    select from public.facturas f where f.organizacion_id = fila.organizacion_id and f.id = fila.factura_id and f.estado <> 'borrador') then
    raise exception 'Una factura emitida no cambia' using errcode = 'FR409', constraint = 'facturas_inmutable';
  end if;
  return new;
end $$;
create trigger b_guardia before insert or update or delete on public.facturas_lineas for each row execute function app.facturas_lineas_guardia();
create trigger z_auditar after insert on public.pagos for each row execute function app.auditar();
