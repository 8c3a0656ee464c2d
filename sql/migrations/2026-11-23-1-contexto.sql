-- Who did what, when and from where; and access tokens that end with their session, not minutes later.

-- ── Where a request comes from ──────────────────────────────────────────────────────────────────────────────────
create function app.ip_actual() returns inet language sql stable parallel safe
return nullif(pg_catalog.current_setting('app.ip', true), '')::inet;

create function app.solicitud_actual() returns uuid language sql stable parallel safe
return nullif(pg_catalog.current_setting('app.solicitud', true), '')::uuid;

-- Beside the context, in the same message. It widens nothing: it is only written down.
create function app.fijar_origen(ip inet, solicitud uuid) returns void language sql volatile set search_path = ''
begin atomic
  select pg_catalog.set_config('app.ip', coalesce(pg_catalog.host(ip), ''), true),
         pg_catalog.set_config('app.solicitud', coalesce(solicitud::text, ''), true);
end;

-- ── Sessions ────────────────────────────────────────────────────────────────────────────────────────────────────
alter table public.sesiones add column ip inet;
comment on column public.sesiones.familia is 'The session: one sign-in and all that renew it. Access tokens name it as sid.';
comment on column public.sesiones.ip is 'Where it was renewed from.';
-- What every request asks: was this session ended? Nearly always an empty answer from a small index.
create index sesiones_revocadas on public.sesiones (organizacion_id, familia) where revocada_en is not null;

drop function app.fijar_contexto_usuario(bigint, bigint, text, timestamptz);

-- The context of a token: set only while its user is active, with that role, in an active organisation, and its session was not ended;
-- otherwise nothing is set and nothing visible. false and not an exception: the connection stays good for the next request.
create function app.fijar_contexto_usuario(organizacion bigint, usuario bigint, rol_token text, ahora timestamptz default null, sesion uuid default null)
returns boolean language plpgsql volatile set search_path = '' as $$
begin
  perform app.fijar_contexto(organizacion, usuario, rol_token, ahora);
  if exists (
    select from public.usuarios u join public.organizaciones o on o.id = u.organizacion_id
    where u.organizacion_id = organizacion and u.id = usuario and u.rol::text = rol_token and u.activo and o.activo)
    and not exists (
    select from public.sesiones s where s.organizacion_id = organizacion and s.familia = sesion and s.revocada_en is not null) then
    return true;
  end if;
  perform app.fijar_contexto(null, null, null, ahora);
  return false;
end $$;

-- ── Audit ───────────────────────────────────────────────────────────────────────────────────────────────────────
-- Why: an admin asks who changed a role, a price or a cita. Nobody writes it but the trigger's function, and nobody changes it.
create table public.auditoria (
  organizacion_id bigint not null default app.tenant_actual()
    constraint auditoria_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  ocurrido_en timestamptz not null default now(),
  accion text not null constraint auditoria_accion_valida check (accion in ('alta', 'cambio', 'baja', 'acceso')),
  tabla text,
  registro_id bigint,
  cambios jsonb,
  ruta text,
  usuario_id bigint,
  rol text,
  ip inet,
  solicitud uuid,
  primary key (organizacion_id, id),
  constraint auditoria_tabla_o_ruta check ((accion = 'acceso') = (tabla is null) and (accion = 'acceso') = (ruta is not null))
);
comment on table public.auditoria is 'Append-only by privilege: no role of the API may insert, update or delete; app.auditar and app.auditar_acceso insert.';
comment on column public.auditoria.ocurrido_en is 'The real clock, whatever X-Franja-Now says.';
comment on column public.auditoria.accion is 'alta, cambio and baja of a row; acceso: a super_admin looked at or worked in this organisation.';
comment on column public.auditoria.cambios is 'Of a cambio: {column: [before, after]}. A secret that changed is ["***", "***"].';
comment on column public.auditoria.ruta is 'Of an acceso: method and path.';
comment on column public.auditoria.usuario_id is 'Without a foreign key: a super_admin is of another organisation, and an audit outlives what it speaks of. Null: a visitor.';
comment on column public.auditoria.solicitud is 'x-request-id of the answer.';
create index auditoria_registro on public.auditoria (organizacion_id, tabla, registro_id, id);
create index auditoria_usuario on public.auditoria (organizacion_id, usuario_id, id);
select app.proteger_tabla('public.auditoria');
drop policy solo_lectura on public.auditoria;
drop policy integracion on public.auditoria;

-- For any table with organizacion_id and id, and the two that it names. Security definer (saas_system), so that no tenant can write an audit of its own.
create function app.auditar() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  fila constant record := coalesce(new, old);
  organizacion bigint;
  registro bigint;
  antes jsonb;
  diferencias jsonb;
begin
  if tg_op = 'UPDATE' then
    antes := to_jsonb(old);
    select jsonb_object_agg(c.key, case when c.key ~ '(_hash|_sellado)$' then '["***", "***"]'::jsonb else jsonb_build_array(antes -> c.key, c.value) end)
    into diferencias
    from jsonb_each(to_jsonb(new)) c
    where c.value is distinct from antes -> c.key
      and c.key not in ('actualizado_en', 'actualizado_por', 'ultimo_acceso', 'ultimo_uso_en', 'ultimo_paso', 'intentos', 'busqueda', 'feedback_solicitado_en');
    if diferencias is null then
      return null;
    end if;
  end if;
  -- By field, and not out of to_jsonb: for a new cita that would double what its audit costs.
  case tg_table_name
    when 'organizaciones' then organizacion := fila.id; registro := fila.id;
    when 'segundos_factores' then organizacion := fila.organizacion_id; registro := fila.usuario_id;
    else organizacion := fila.organizacion_id; registro := fila.id;
  end case;
  insert into public.auditoria (organizacion_id, accion, tabla, registro_id, cambios, usuario_id, rol, ip, solicitud)
  values (
    organizacion, case tg_op when 'INSERT' then 'alta' when 'UPDATE' then 'cambio' else 'baja' end, tg_table_name, registro, diferencias,
    app.usuario_actual(), app.rol_actual(), app.ip_actual(), app.solicitud_actual());
  return null;
end $$;

create trigger z_auditar after insert or update or delete on public.usuarios for each row execute function app.auditar();
create trigger z_auditar after insert or update or delete on public.organizaciones for each row execute function app.auditar();
create trigger z_auditar after insert or update or delete on public.citas for each row execute function app.auditar();
