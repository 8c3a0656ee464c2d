-- What a plan includes besides its limits, and the counters of what there is already.

-- ── What a plan includes ────────────────────────────────────────────────────────────────────────────────────────
-- What is asked of a plan is named after what it allows (app.exigir_funcion).
update public.planes_subscripcion p
set funciones = (p.funciones - 'api' - 'n8n') || jsonb_build_object(
  'api_keys', p.funciones -> 'api', 'webhooks', p.funciones -> 'n8n',
  'whatsapp_propio', p.codigo_plan <> 'basico', 'chat', p.codigo_plan <> 'basico');
comment on column public.planes_subscripcion.funciones is
  'api_keys, webhooks, whatsapp_propio and chat are asked of the plan of who uses them; the others are for whoever compares plans.';

-- Without a live subscription there is nothing to ask: what that stops is another's to say.
create function app.tiene_funcion(organizacion bigint, funcion text) returns boolean language sql stable set search_path = '' as $$
  select coalesce((
    select p.funciones -> funcion = 'true'
    from public.subscripciones s join public.planes_subscripcion p on p.id = s.plan_id
    where s.organizacion_id = organizacion and s.estado not in ('cancelada', 'expirada')), true)
$$;

create function app.exigir_funcion(funcion text) returns void language plpgsql stable set search_path = '' as $$
begin
  if not app.tiene_funcion(app.tenant_actual(), funcion) then
    raise exception 'El plan no incluye %', funcion using errcode = 'FR402', constraint = 'funcion_' || funcion;
  end if;
end $$;

-- In the statement that makes one, so it costs no round trip. What is there already goes on: a change of plan says what becomes of it.
create function app.exigir_funcion_de_tabla() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  if not app.tiene_funcion(new.organizacion_id, tg_argv[0]) then
    raise exception 'El plan no incluye %', tg_argv[0] using errcode = 'FR402', constraint = 'funcion_' || tg_argv[0];
  end if;
  return new;
end $$;
create trigger c_funcion before insert on public.claves_api for each row execute function app.exigir_funcion_de_tabla('api_keys');
create trigger c_funcion before insert on public.destinos_webhook for each row execute function app.exigir_funcion_de_tabla('webhooks');
create trigger c_funcion before insert on public.instancias_whatsapp for each row execute function app.exigir_funcion_de_tabla('whatsapp_propio');

-- ── What there is already ───────────────────────────────────────────────────────────────────────────────────────
-- As who connects, because the owner of the tables sees no tenant's rows.
reset role;
insert into public.metricas_uso_organizacion (organizacion_id) select o.id from public.organizaciones o on conflict do nothing;
update public.metricas_uso_organizacion m
set uso_profesionales = n.profesionales, uso_clientes = n.clientes, uso_servicios = n.servicios, uso_usuarios = n.usuarios,
  uso_citas_mes_actual = n.citas_mes, uso_whatsapp_mes_actual = n.whatsapp_mes, mes_actual = n.mes, actualizado_en = now()
from (
  select o.id, date_trunc('month', now() at time zone o.zona_horaria)::date as mes,
    max(r.uso) filter (where r.medida = 'profesionales') as profesionales, max(r.uso) filter (where r.medida = 'clientes') as clientes,
    max(r.uso) filter (where r.medida = 'servicios') as servicios, max(r.uso) filter (where r.medida = 'usuarios') as usuarios,
    max(r.uso) filter (where r.medida = 'citas_mes') as citas_mes, max(r.uso) filter (where r.medida = 'whatsapp_mes') as whatsapp_mes
  from public.organizaciones o cross join lateral app.recuento_uso(o.id) r
  group by o.id) n
where m.organizacion_id = n.id;
set local role saas_owner;
