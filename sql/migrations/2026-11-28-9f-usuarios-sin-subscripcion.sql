-- People join by invitation, and come back, also while the subscription is over. There was no limit then, so whoever cancelled, had as many join as
-- they liked and reactivated had more users than the plan allows. As in 9a, but that users meet the limit of the last plan.
create or replace function app.contar_uso(org bigint, que text, cuantos int, cuando timestamptz default null) returns boolean
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
  left join lateral (
    select x.plan_id from public.subscripciones x
    where x.organizacion_id = o.id and (que = 'usuarios' or x.estado not in ('cancelada', 'expirada'))
    order by x.estado in ('cancelada', 'expirada'), x.id desc
    limit 1) s on true
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
