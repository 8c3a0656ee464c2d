-- The functions through which invoices are issued, paid, withdrawn and forgiven. All of the tenant in the context. Security definer
-- (saas_system): no role of the API may write these tables. Whoever calls them has the subscription in hand (app.tomar_subscripcion).

-- Rounded half up in the decimals of the currency; what is rounded is one number, so that the others follow by adding.
create function app.desglosar_impuesto(importe numeric, tasa numeric, incluido boolean, decimales int, out subtotal numeric, out impuesto numeric, out total numeric)
language sql immutable parallel safe set search_path = '' as $$
  select x.subtotal, x.total - x.subtotal, x.total
  from (select case when incluido then round(importe / (1 + tasa / 100), decimales) else importe end as subtotal,
    case when incluido then importe else importe + round(importe * tasa / 100, decimales) end as total) x
$$;

-- `lineas`: [{descripcion, importe}], a negative one is a credit. The counter is taken last, and held until COMMIT.
create function app.emitir_factura(subscripcion bigint, lineas jsonb, codigo_moneda text, desde timestamptz, hasta timestamptz, vence timestamptz) returns bigint
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  org constant bigint := app.tenant_actual();
  o public.organizaciones%rowtype;
  e public.emisores_facturas%rowtype;
  i public.impuestos_pais%rowtype;
  d record;
  nueva bigint;
begin
  select * into strict o from public.organizaciones x where x.id = org;
  select * into strict e from public.emisores_facturas x order by x.serie limit 1;
  select * into i from public.impuestos_pais x where x.pais = o.pais;
  perform app.exigir_decimales(codigo_moneda, l.importe) from jsonb_to_recordset(lineas) l (importe numeric);
  select x.* into strict d
  from public.monedas m
  cross join lateral app.desglosar_impuesto(
    (select sum(l.importe) from jsonb_to_recordset(lineas) l (importe numeric)), coalesce(i.tasa, 0), coalesce(i.incluido, false), m.decimales) x
  where m.codigo = codigo_moneda;

  insert into public.facturas (organizacion_id, subscripcion_id, serie, moneda, subtotal, impuesto, total, impuesto_nombre, tasa, impuesto_incluido,
    periodo_inicio, periodo_fin, vence_en, emisor, cliente)
  values (org, subscripcion, e.serie, codigo_moneda, d.subtotal, d.impuesto, d.total, i.nombre, coalesce(i.tasa, 0), coalesce(i.incluido, false),
    desde, hasta, vence, to_jsonb(e) - array['serie', 'ultimo'],
    jsonb_build_object('razon_social', coalesce(o.razon_social, o.nombre_comercial), 'identificacion_fiscal', o.identificacion_fiscal,
      'direccion', o.direccion, 'ciudad', o.ciudad, 'pais', o.pais, 'email', o.email_admin))
  returning id into nueva;
  insert into public.facturas_lineas (organizacion_id, factura_id, descripcion, precio_unitario, importe)
  select org, nueva, l.descripcion, l.importe, l.importe
  from jsonb_array_elements(lineas) with ordinality a (linea, n)
  cross join lateral jsonb_to_record(a.linea) l (descripcion text, importe numeric)
  order by a.n;
  update public.facturas f set estado = 'emitida' where f.organizacion_id = org and f.id = nueva;
  if d.total = 0 then
    update public.facturas f set estado = 'pagada', pagada_en = app.ahora() where f.organizacion_id = org and f.id = nueva;
  end if;
  return nueva;
end $$;

-- True: the invoice is paid by it. False: it was not to be paid any more, and the money is noted as too much. Null: that payment is known.
-- Whether saas_admin or saas_app signed in to the database says who may note one by hand.
create function app.registrar_pago(de_factura bigint, como text, cuanto numeric, codigo_moneda text, ref text, cuando timestamptz) returns boolean
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  org constant bigint := app.tenant_actual();
  f public.facturas%rowtype;
begin
  if session_user = 'saas_app' and como <> 'stripe' then
    raise exception 'Un pago manual lo anota la plataforma' using errcode = '42501';
  end if;
  select * into strict f from public.facturas x where x.organizacion_id = org and x.id = de_factura for no key update;
  if (f.moneda, f.total) is distinct from (codigo_moneda::char(3), cuanto) then
    raise exception 'El importe no es el de la factura' using errcode = 'FR409', constraint = 'pagos_importe_de_la_factura';
  end if;
  insert into public.pagos (organizacion_id, factura_id, metodo, importe, moneda, referencia, recibido_en, sobra)
  values (org, f.id, como, cuanto, codigo_moneda, ref, cuando, f.estado not in ('emitida', 'incobrable'))
  on conflict on constraint pagos_referencia_unica do nothing;
  if not found then
    return null;
  end if;
  update public.facturas x set estado = 'pagada', pagada_en = cuando
  where x.organizacion_id = org and x.id = f.id and x.estado in ('emitida', 'incobrable');
  return found;
end $$;

-- Only saas_admin may call these two.
create function app.anular_factura(que bigint, motivo text) returns boolean
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  update public.facturas f set estado = 'anulada', anulada_en = app.ahora(), motivo_anulacion = motivo
  where f.organizacion_id = app.tenant_actual() and f.id = que;
  return found;
end $$;

create function app.perdonar_facturas() returns int
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  cuantas int;
begin
  update public.facturas f set estado = 'incobrable' where f.organizacion_id = app.tenant_actual() and f.estado = 'emitida';
  get diagnostics cuantas = row_count;
  return cuantas;
end $$;

-- True: nobody has dealt with it. Whoever tells it at the same time waits here for the first to commit, or to fail.
create function app.tomar_evento_stripe(evento text, que text, de_organizacion bigint, de_factura bigint) returns boolean
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  insert into public.eventos_stripe (evento_id, tipo, organizacion, factura) values (evento, que, de_organizacion, de_factura)
  on conflict (evento_id) do nothing;
  return found;
end $$;

create function app.resolver_evento_stripe(evento text, como text) returns void
language sql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
  update public.eventos_stripe e set procesado_en = clock_timestamp(), resultado = como where e.evento_id = evento and e.resultado is null
$$;
