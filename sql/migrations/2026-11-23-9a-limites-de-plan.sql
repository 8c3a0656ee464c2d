-- What a plan allows, exact whoever writes, and what an organisation uses of it, true at any moment without a row that all writers wait for.

-- ── Plans ───────────────────────────────────────────────────────────────────────────────────────────────────────
create function app.limite_de(p public.planes_subscripcion, medida text) returns int language sql immutable parallel safe
return case medida
  when 'profesionales' then (p).limite_profesionales when 'clientes' then (p).limite_clientes when 'servicios' then (p).limite_servicios
  when 'usuarios' then (p).limite_usuarios when 'citas_mes' then (p).limite_citas_mes when 'whatsapp_mes' then (p).limite_whatsapp_mes end;

-- ── Counters ────────────────────────────────────────────────────────────────────────────────────────────────────
-- Why: a counter that every booking updates halves the rate of a busy organisation. What changes is appended here, and added to
-- metricas_uso_organizacion now and then. Use is that row and these together (app.uso).
create table public.uso_deltas (
  organizacion_id bigint not null default app.tenant_actual(),
  id bigint generated always as identity,
  medida text collate "C" not null constraint uso_deltas_medida_valida
    check (medida in ('profesionales', 'clientes', 'servicios', 'usuarios', 'citas_mes', 'whatsapp_mes')),
  mes date constraint uso_deltas_mes_primer_dia check (extract(day from mes) = 1),
  delta int not null constraint uso_deltas_delta_no_cero check (delta <> 0),
  transaccion bigint not null default pg_current_xact_id()::text::bigint,
  primary key (organizacion_id, id),
  constraint uso_deltas_mes_de_mensual check ((mes is not null) = (medida in ('citas_mes', 'whatsapp_mes')))
);
comment on table public.uso_deltas is
  'Written by triggers alone. No foreign key to organizaciones: the row that it counts has one. A month that is over stays as one row.';
comment on column public.uso_deltas.transaccion is 'Who added it: one that has added much asks for the lock (app.contar_uso).';
select app.proteger_tabla('public.uso_deltas');
drop policy solo_lectura on public.uso_deltas;
drop policy integracion on public.uso_deltas;

comment on column public.metricas_uso_organizacion.uso_usuarios is 'Active people who work there: neither clients nor API keys.';
comment on column public.metricas_uso_organizacion.uso_citas_mes_actual is
  'Citas made in the month, by creado_en in the organisation''s zone. Cancelled ones too: booking and cancelling would be free otherwise.';
comment on column public.metricas_uso_organizacion.uso_whatsapp_mes_actual is 'Messages of ours that left in the month.';
comment on table public.metricas_uso_organizacion is 'As far as it was folded; what app.uso says adds uso_deltas.';

-- The clock of who books, like historial_citas, so that a month counts what its clock says. Nobody but an operator sets another.
alter table public.citas alter column creado_en set default app.ahora();
create function app.citas_creado_en() returns trigger language plpgsql set search_path = '' as $$
begin
  if current_user = 'saas_app' then
    new.creado_en := app.ahora();
  end if;
  return new;
end $$;
create trigger a_creado_en before insert on public.citas for each row
  when (new.creado_en is distinct from app.ahora()) execute function app.citas_creado_en();

create function app.uso_plegado(u public.metricas_uso_organizacion, medida text, mes date) returns int language sql immutable parallel safe
return coalesce(case
  when medida = 'profesionales' then (u).uso_profesionales when medida = 'clientes' then (u).uso_clientes when medida = 'servicios' then (u).uso_servicios
  when medida = 'usuarios' then (u).uso_usuarios when (u).mes_actual is distinct from mes then 0
  when medida = 'citas_mes' then (u).uso_citas_mes_actual when medida = 'whatsapp_mes' then (u).uso_whatsapp_mes_actual end, 0);

-- What an organisation uses, and what its plan allows (null: no limit). One statement, so one moment.
create function app.uso(organizacion bigint) returns table (medida text, uso int, limite int)
language sql stable set search_path = '' as $$
  select m.medida, app.uso_plegado(u, m.medida, h.mes) + coalesce(d.suma, 0)::int, app.limite_de(p, m.medida)
  from public.organizaciones o
  cross join lateral (select date_trunc('month', app.ahora() at time zone o.zona_horaria)::date as mes) h
  cross join unnest('{profesionales,clientes,servicios,usuarios,citas_mes,whatsapp_mes}'::text[]) with ordinality m (medida, orden)
  left join public.metricas_uso_organizacion u on u.organizacion_id = o.id
  left join public.subscripciones s on s.organizacion_id = o.id and s.estado not in ('cancelada', 'expirada')
  left join public.planes_subscripcion p on p.id = s.plan_id
  left join lateral (
    select sum(x.delta) as suma from public.uso_deltas x
    where x.organizacion_id = o.id and x.medida = m.medida and (x.mes is null or x.mes = h.mes)) d on true
  where o.id = organizacion
  order by m.orden
$$;

-- The same, counted from the rows themselves.
create function app.recuento_uso(organizacion bigint) returns table (medida text, uso int)
language sql stable set search_path = '' as $$
  with mes as (
    select o.zona_horaria as zona, date_trunc('month', app.ahora() at time zone o.zona_horaria) as inicio
    from public.organizaciones o where o.id = organizacion)
  select 'profesionales', count(*)::int from public.profesionales x where x.organizacion_id = organizacion and x.activo
  union all
  select 'clientes', count(*)::int from public.clientes x where x.organizacion_id = organizacion and x.activo
  union all
  select 'servicios', count(*)::int from public.servicios x where x.organizacion_id = organizacion and x.activo
  union all
  select 'usuarios', count(*)::int from public.usuarios x
  where x.organizacion_id = organizacion and x.activo and x.rol <> 'cliente' and not x.es_clave_api
  -- The day, and the days around, are for indexes: nobody books into the past. The month of the zone decides.
  union all
  select 'citas_mes', count(c.id)::int from mes m left join public.citas c on c.organizacion_id = organizacion
    and c.fecha_cita >= (m.inicio - interval '2 days')::date and date_trunc('month', c.creado_en at time zone m.zona) = m.inicio
  union all
  select 'whatsapp_mes', count(w.id)::int from mes m left join public.mensajes_whatsapp w on w.organizacion_id = organizacion
    and w.creado_en >= (m.inicio - interval '2 days') at time zone 'UTC' and w.creado_en < (m.inicio + interval '1 month 2 days') at time zone 'UTC'
    and w.direccion = 'saliente' and w.entrega_id is not null and date_trunc('month', w.creado_en at time zone m.zona) = m.inicio
$$;

-- The cheapest plan on sale whose limits hold what is used and one more of `medida`, and which has `funcion`. What has no list price comes
-- last, because its price is agreed on.
create function app.plan_sugerido(organizacion bigint, que text default null, funcion text default null) returns text
language sql stable set search_path = '' as $$
  select p.codigo_plan::text
  from public.planes_subscripcion p
  where p.activo and p.codigo_plan <> 'trial' and (funcion is null or p.funciones -> funcion = 'true')
    and not exists (
      select from app.uso(organizacion) u
      where u.uso + case when u.medida = que then 1 else 0 end > app.limite_de(p, u.medida))
  order by p.precio_mensual = 0, p.precio_mensual, p.orden
  limit 1
$$;

-- ── Warnings ────────────────────────────────────────────────────────────────────────────────────────────────────
-- Why: once for each measure, month and threshold, whoever crosses it. With another limit, it is crossed anew.
create table public.avisos_uso (
  organizacion_id bigint not null default app.tenant_actual()
    constraint avisos_uso_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  medida text collate "C" not null,
  mes date not null,
  umbral smallint not null constraint avisos_uso_umbral_valido check (umbral in (80, 100)),
  limite int not null,
  creado_en timestamptz not null default app.ahora(),
  primary key (organizacion_id, id),
  constraint avisos_uso_una_vez unique (organizacion_id, medida, mes, umbral, limite)
);
select app.proteger_tabla('public.avisos_uso');
drop policy solo_lectura on public.avisos_uso;
drop policy integracion on public.avisos_uso;

-- Only the higher is told when both are crossed at once.
create function app.avisar_uso(org bigint, que text, mes_actual date, usado int, tope int) returns void
language sql volatile set search_path = '' as $$
  with cruzados as (
    insert into public.avisos_uso (organizacion_id, medida, mes, umbral, limite)
    select org, que, mes_actual, t, tope from unnest('{80,100}'::smallint[]) t where usado::bigint * 100 >= tope::bigint * t
    on conflict do nothing
    returning umbral)
  insert into public.eventos (organizacion_id, evento, clave_orden, datos)
  select o.id, case x.umbral when 100 then 'limite-alcanzado' else 'uso-cercano-limite' end, 'organizacion:' || o.id,
    jsonb_build_object(
      'uso', jsonb_build_object('medida', que, 'uso', usado, 'limite', tope, 'porcentaje', round(usado * 100.0 / greatest(tope, 1), 2)::text),
      'plan', (select p.codigo_plan from public.subscripciones s join public.planes_subscripcion p on p.id = s.plan_id
               where s.organizacion_id = o.id and s.estado not in ('cancelada', 'expirada')),
      'plan_sugerido', app.plan_sugerido(o.id, que), 'organizacion', app.organizacion_json(o))
  from (select max(c.umbral) as umbral from cruzados c) x
  join public.organizaciones o on o.id = org and x.umbral is not null
$$;

-- ── Folding ─────────────────────────────────────────────────────────────────────────────────────────────────────
-- Adds what others appended and committed to the row of counters, and begins the month in the organisation's zone. Nobody waits for a
-- writer who folds: writers only read the row, and a second one that would fold goes on without.
create function app.plegar_uso(org bigint, esperar boolean) returns int language plpgsql volatile set search_path = '' as $$
declare
  yo constant bigint := pg_current_xact_id()::text::bigint;
  mes_hoy constant date := date_trunc('month', app.ahora() at time zone (select o.zona_horaria from public.organizaciones o where o.id = org));
  u public.metricas_uso_organizacion%rowtype;
  plegadas int;
begin
  insert into public.metricas_uso_organizacion (organizacion_id) values (org) on conflict do nothing;
  if esperar then
    select * into u from public.metricas_uso_organizacion m where m.organizacion_id = org for no key update;
  else
    select * into u from public.metricas_uso_organizacion m where m.organizacion_id = org for no key update skip locked;
  end if;
  if u.organizacion_id is null then
    return 0;
  end if;
  -- Another month goes back among the deltas, as one row, and comes again if the clock does.
  insert into public.uso_deltas (organizacion_id, medida, mes, delta)
  select org, v.medida, u.mes_actual, v.n
  from (values ('citas_mes', u.uso_citas_mes_actual), ('whatsapp_mes', u.uso_whatsapp_mes_actual)) v (medida, n)
  where u.mes_actual <> mes_hoy and v.n <> 0;
  with d as (
    delete from public.uso_deltas x
    where x.organizacion_id = org and (x.mes is null or x.mes = mes_hoy) and x.transaccion <> yo
    returning x.medida, x.delta),
  s as (
    select count(*)::int as filas, coalesce(sum(delta) filter (where medida = 'profesionales'), 0)::int as profesionales,
      coalesce(sum(delta) filter (where medida = 'clientes'), 0)::int as clientes,
      coalesce(sum(delta) filter (where medida = 'servicios'), 0)::int as servicios,
      coalesce(sum(delta) filter (where medida = 'usuarios'), 0)::int as usuarios,
      coalesce(sum(delta) filter (where medida = 'citas_mes'), 0)::int as citas,
      coalesce(sum(delta) filter (where medida = 'whatsapp_mes'), 0)::int as whatsapp
    from d),
  escrita as (
    -- greatest: a drift must not stop the count. Recounting finds it.
    update public.metricas_uso_organizacion m
    set uso_profesionales = greatest(0, u.uso_profesionales + s.profesionales), uso_clientes = greatest(0, u.uso_clientes + s.clientes),
      uso_servicios = greatest(0, u.uso_servicios + s.servicios), uso_usuarios = greatest(0, u.uso_usuarios + s.usuarios),
      uso_citas_mes_actual = greatest(0, app.uso_plegado(u, 'citas_mes', mes_hoy) + s.citas),
      uso_whatsapp_mes_actual = greatest(0, app.uso_plegado(u, 'whatsapp_mes', mes_hoy) + s.whatsapp),
      mes_actual = mes_hoy, actualizado_en = now()
    from s
    where m.organizacion_id = org and (s.filas > 0 or u.mes_actual is distinct from mes_hoy))
  select s.filas into plegadas from s;
  return plegadas;
end $$;

-- For the job, of the tenant of the context. Security definer (saas_system): nobody sets their own usage.
create function app.plegar_uso() returns int
language sql volatile security definer set search_path = '' set app.bypass_rls = 'true' as 'select app.plegar_uso(app.tenant_actual(), true)';

-- Folds, counts the rows, and mends what differs: rows and counters are seen at one moment, so writers at work are no difference.
create function app.recontar_uso() returns table (medida text, contador int, recuento int)
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
#variable_conflict use_column
declare
  org constant bigint := app.tenant_actual();
  mes_hoy constant date := date_trunc('month', app.ahora() at time zone (select o.zona_horaria from public.organizaciones o where o.id = org));
begin
  perform app.plegar_uso(org, true);
  return query
  with deriva as materialized (
    select u.medida, u.uso as contador, r.uso as recuento from app.uso(org) u join app.recuento_uso(org) r on r.medida = u.medida where u.uso <> r.uso),
  mendada as (
    insert into public.uso_deltas (organizacion_id, medida, mes, delta)
    select org, d.medida, case when d.medida in ('citas_mes', 'whatsapp_mes') then mes_hoy end, d.recuento - d.contador from deriva d)
  select d.medida, d.contador, d.recuento from deriva d;
  perform app.avisar_uso(org, u.medida, mes_hoy, u.uso, u.limite) from app.uso(org) u where u.limite > 0 and u.uso::bigint * 100 >= u.limite::bigint * 80;
end $$;

-- ── The limit ───────────────────────────────────────────────────────────────────────────────────────────────────
-- Counts `cuantos` more (or less), and refuses more than the plan allows.
-- Far from the limit writers share a lock and may not see each other: as each adds at most 2 under it, and there are at most
-- max_connections, a distance of twice that many holds them all. Near it, and for more than 2 at a time, the lock is exclusive: who has it
-- sees all that was added, so the limit is exact.
-- A boolean, because an assignment takes less of the time of every booking than PERFORM.
create function app.contar_uso(org bigint, que text, cuantos int, cuando timestamptz default null) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  pocos constant int := 2;
  sin_plegar constant int := 32;
  yo constant bigint := pg_current_xact_id()::text::bigint;
  clave constant bigint := hashtextextended('app.contar_uso ' || que || org, 0);
  margen constant int := pocos * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int);
  mes_hoy date;
  mes_de date;
  tope int;
  usado int;
  mias int;
  filas int;
  exclusivo boolean;
begin
  select h.mes, app.limite_de(p, que), app.uso_plegado(u, que, h.mes)
  into mes_hoy, tope, usado
  from public.organizaciones o
  cross join lateral (select date_trunc('month', coalesce(cuando, app.ahora()) at time zone o.zona_horaria)::date as mes) h
  left join public.metricas_uso_organizacion u on u.organizacion_id = o.id
  left join public.subscripciones s on s.organizacion_id = o.id and s.estado not in ('cancelada', 'expirada')
  left join public.planes_subscripcion p on p.id = s.plan_id
  where o.id = org;
  mes_de := case when cuando is not null then mes_hoy end;

  if cuantos > 0 and tope is not null then
    exclusivo := cuantos > pocos or usado + 2 * sin_plegar + cuantos > tope - margen;
    loop
      if que = 'whatsapp_mes' then
        exclusivo := true; -- it has left already: whoever sends asks before, one at a time (src/notifications/whatsapp.canal.ts)
      elsif exclusivo then
        perform pg_advisory_xact_lock(clave);
      else
        perform pg_advisory_xact_lock_shared(clave);
      end if;
      select coalesce((select app.uso_plegado(u, que, mes_de) from public.metricas_uso_organizacion u where u.organizacion_id = org), 0)
          + coalesce(sum(d.delta), 0) + cuantos,
        coalesce(sum(d.delta) filter (where d.transaccion = yo and d.delta > 0), 0) + cuantos,
        count(*)
      into usado, mias, filas
      from public.uso_deltas d
      where d.organizacion_id = org and d.medida = que and d.mes is not distinct from mes_de;
      exit when exclusivo or (mias <= pocos and usado <= tope - margen);
      exclusivo := true; -- two at once here may wait for each other; the one that the server ends is run again
    end loop;
    if usado > tope and que <> 'whatsapp_mes' then
      raise exception 'El plan no admite mas: %', que using errcode = 'FR402', constraint = 'limite_' || que;
    end if;
    -- What it saw when it began may be long past, and a lock does not change that.
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
      raise exception 'El limite de % se comprueba en READ COMMITTED', que using errcode = '40001';
    end if;
    if usado::bigint * 100 >= tope::bigint * 80 then
      perform app.avisar_uso(org, que, mes_hoy, usado, tope);
    end if;
    if filas >= sin_plegar then
      perform app.plegar_uso(org, false);
    end if;
  end if;
  insert into public.uso_deltas (organizacion_id, medida, mes, delta) values (org, que, mes_de, cuantos);
  return true;
end $$;

-- ── Who counts ──────────────────────────────────────────────────────────────────────────────────────────────────
-- Inserts by statement, so that many rows are one count; but citas, which are made one at a time and where every µs counts. The rest by row,
-- because only then a trigger can name columns. Security definer
-- (saas_system): nobody writes deltas by hand.

create function app.uso_altas() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  perform app.contar_uso(n.organizacion_id, tg_table_name::text, count(*)::int) from nuevas n where n.activo group by n.organizacion_id;
  return null;
end $$;
create trigger z_uso_alta after insert on public.profesionales referencing new table as nuevas for each statement execute function app.uso_altas();
create trigger z_uso_alta after insert on public.clientes referencing new table as nuevas for each statement execute function app.uso_altas();
create trigger z_uso_alta after insert on public.servicios referencing new table as nuevas for each statement execute function app.uso_altas();

create function app.uso_altas_usuarios() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  perform app.contar_uso(n.organizacion_id, 'usuarios', count(*)::int)
  from nuevas n where n.activo and n.rol <> 'cliente' and not n.es_clave_api group by n.organizacion_id;
  return null;
end $$;
create trigger z_uso_alta after insert on public.usuarios referencing new table as nuevas for each statement execute function app.uso_altas_usuarios();

-- The arguments are the measure, and how many more.
create function app.uso_cambio() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  hecho boolean;
begin
  hecho := app.contar_uso(case tg_op when 'DELETE' then old.organizacion_id else new.organizacion_id end, tg_argv[0], tg_argv[1]::int);
  return null;
end $$;
-- Of what has a month: the one in which it was made.
create function app.uso_cambio_mensual() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  hecho boolean;
begin
  if tg_op = 'DELETE' then
    hecho := app.contar_uso(old.organizacion_id, tg_argv[0], tg_argv[1]::int, old.creado_en);
  else
    hecho := app.contar_uso(new.organizacion_id, tg_argv[0], tg_argv[1]::int, new.creado_en);
  end if;
  return null;
end $$;

create trigger z_uso_vuelve after update of activo on public.profesionales for each row
  when (new.activo and not old.activo) execute function app.uso_cambio('profesionales', '1');
create trigger z_uso_deja after update of activo on public.profesionales for each row
  when (old.activo and not new.activo) execute function app.uso_cambio('profesionales', '-1');
create trigger z_uso_baja after delete on public.profesionales for each row when (old.activo) execute function app.uso_cambio('profesionales', '-1');

create trigger z_uso_vuelve after update of activo on public.clientes for each row
  when (new.activo and not old.activo) execute function app.uso_cambio('clientes', '1');
create trigger z_uso_deja after update of activo on public.clientes for each row
  when (old.activo and not new.activo) execute function app.uso_cambio('clientes', '-1');
create trigger z_uso_baja after delete on public.clientes for each row when (old.activo) execute function app.uso_cambio('clientes', '-1');

create trigger z_uso_vuelve after update of activo on public.servicios for each row
  when (new.activo and not old.activo) execute function app.uso_cambio('servicios', '1');
create trigger z_uso_deja after update of activo on public.servicios for each row
  when (old.activo and not new.activo) execute function app.uso_cambio('servicios', '-1');
create trigger z_uso_baja after delete on public.servicios for each row when (old.activo) execute function app.uso_cambio('servicios', '-1');

create trigger z_uso_vuelve after update of activo, rol on public.usuarios for each row
  when (new.activo and new.rol <> 'cliente' and not new.es_clave_api and (not old.activo or old.rol = 'cliente'))
  execute function app.uso_cambio('usuarios', '1');
create trigger z_uso_deja after update of activo, rol on public.usuarios for each row
  when (old.activo and old.rol <> 'cliente' and not old.es_clave_api and (not new.activo or new.rol = 'cliente'))
  execute function app.uso_cambio('usuarios', '-1');
create trigger z_uso_baja after delete on public.usuarios for each row
  when (old.activo and old.rol <> 'cliente' and not old.es_clave_api) execute function app.uso_cambio('usuarios', '-1');

create trigger z_uso_alta after insert on public.citas for each row execute function app.uso_cambio_mensual('citas_mes', '1');
create trigger z_uso_baja after delete on public.citas for each row execute function app.uso_cambio_mensual('citas_mes', '-1');

create trigger z_uso_alta after insert on public.mensajes_whatsapp for each row
  when (new.direccion = 'saliente' and new.entrega_id is not null) execute function app.uso_cambio_mensual('whatsapp_mes', '1');
create trigger z_uso_vuelve after update of entrega_id on public.mensajes_whatsapp for each row
  when (new.direccion = 'saliente' and new.entrega_id is not null and old.entrega_id is null) execute function app.uso_cambio_mensual('whatsapp_mes', '1');
create trigger z_uso_deja after update of entrega_id on public.mensajes_whatsapp for each row
  when (old.direccion = 'saliente' and old.entrega_id is not null and new.entrega_id is null) execute function app.uso_cambio_mensual('whatsapp_mes', '-1');
-- What goes for its age is of a month that nobody counts again.
create trigger z_uso_baja after delete on public.mensajes_whatsapp for each row
  when (old.direccion = 'saliente' and old.entrega_id is not null and old.creado_en > now() - interval '32 days')
  execute function app.uso_cambio_mensual('whatsapp_mes', '-1');

-- Another zone is another month: what lies around its edge counts anew.
create function app.organizaciones_uso() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  mes_hoy constant date := date_trunc('month', app.ahora() at time zone new.zona_horaria);
begin
  perform app.plegar_uso(new.id, true);
  insert into public.uso_deltas (organizacion_id, medida, mes, delta)
  select new.id, u.medida, mes_hoy, r.uso - u.uso
  from app.uso(new.id) u join app.recuento_uso(new.id) r on r.medida = u.medida
  where u.medida in ('citas_mes', 'whatsapp_mes') and u.uso <> r.uso;
  return null;
end $$;
create trigger z_uso_mes after update of zona_horaria on public.organizaciones for each row
  when (new.zona_horaria <> old.zona_horaria) execute function app.organizaciones_uso();
