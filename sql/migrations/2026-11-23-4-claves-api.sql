-- API keys: an integration is a user of its own, without a person behind it, that comes with a key and does what the key's scopes say.

-- ── The user of a key ───────────────────────────────────────────────────────────────────────────────────────────
alter table public.usuarios add column es_clave_api boolean not null default false;
comment on column public.usuarios.es_clave_api is
  'An integration and no person: it has no e-mail, phone or password, so it signs in nowhere. Roles, policies, history and audit know it as any user.';
alter table public.usuarios drop constraint usuarios_identificados;
-- Who has no e-mail signs in by phone, and only clients do; a key's user does not sign in.
alter table public.usuarios add constraint usuarios_identificados check (case
  when es_clave_api then email is null and telefono is null and password_hash is null and rol in ('propietario', 'empleado')
  else email is not null or (rol = 'cliente' and telefono is not null) end);

create function app.es_clave_api(usuario bigint) returns boolean language sql stable set search_path = ''
as 'select exists (select from public.usuarios u where u.organizacion_id = app.tenant_actual() and u.id = usuario and u.es_clave_api)';

-- A key makes and changes no users, its own neither, whatever route is opened to it by mistake.
create function app.usuarios_sin_claves() returns trigger language plpgsql set search_path = '' as $$
begin
  if current_user <> 'saas_app' then
    return new;
  end if;
  if app.es_clave_api(app.usuario_actual()) then
    raise exception 'Una clave no administra usuarios' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger b_sin_claves before insert or update on public.usuarios for each row execute function app.usuarios_sin_claves();

-- A key is no profesional and no client: to who links it, its user does not exist.
create function app.exigir_persona() returns trigger language plpgsql set search_path = '' as $$
begin
  if exists (select from public.usuarios u where u.organizacion_id = new.organizacion_id and u.id = new.usuario_id and u.es_clave_api) then
    raise exception 'Esa cuenta es de una clave' using errcode = '23503', constraint = tg_table_name || '_usuario';
  end if;
  return new;
end $$;
create trigger b_persona before insert or update of usuario_id on public.profesionales
  for each row when (new.usuario_id is not null) execute function app.exigir_persona();
create trigger b_persona before insert or update of usuario_id on public.clientes
  for each row when (new.usuario_id is not null) execute function app.exigir_persona();

-- ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Why: what an integration shows instead of a sign-in. Its name and role are its user's.
create table public.claves_api (
  organizacion_id bigint not null default app.tenant_actual()
    constraint claves_api_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  usuario_id bigint not null,
  prefijo text not null constraint claves_api_prefijo_formato check (prefijo ~ '^frj_[1-9][0-9]{0,14}_[A-Za-z0-9_-]{6}$'),
  secreto_hash bytea not null constraint claves_api_secreto_hash_sha256 check (length(secreto_hash) = 32),
  anterior_hash bytea constraint claves_api_anterior_hash_sha256 check (length(anterior_hash) = 32),
  anterior_hasta timestamptz,
  permisos text[] not null constraint claves_api_permisos_forma check (
    cardinality(permisos) between 1 and 50 and array_position(permisos, null) is null
    and array_to_string(permisos, ' ') ~ '^[a-z_]+:(read|write)( [a-z_]+:(read|write))*$'),
  expira_en timestamptz,
  ultimo_uso_en timestamptz,
  ultima_ip inet,
  revocada_en timestamptz,
  creado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  primary key (organizacion_id, id),
  constraint claves_api_secreto_unico unique (organizacion_id, secreto_hash),
  constraint claves_api_usuario_unico unique (organizacion_id, usuario_id),
  constraint claves_api_usuario foreign key (organizacion_id, usuario_id) references public.usuarios (organizacion_id, id) on delete restrict,
  constraint claves_api_expira_despues check (expira_en > creado_en),
  constraint claves_api_anterior_con_plazo check ((anterior_hash is null) = (anterior_hasta is null))
);
comment on table public.claves_api is 'Never deleted: a revoked key still says whose hand an old change was.';
comment on column public.claves_api.prefijo is 'The first characters, by which people tell keys apart. The other 37 of its random 43 are nowhere.';
comment on column public.claves_api.secreto_hash is 'SHA-256 of the whole key: 256 random bits leave nothing to guess, so nothing to slow down.';
comment on column public.claves_api.anterior_hash is 'After a rotation the former secret, good until anterior_hasta.';
comment on column public.claves_api.permisos is 'resource:read and resource:write. Only the form is checked: which exist, the code says, and one that no route asks for opens nothing.';
comment on column public.claves_api.ultimo_uso_en is 'Written every half minute, not by each request.';
-- A former secret in its last minutes.
create unique index claves_api_anterior_unico on public.claves_api (organizacion_id, anterior_hash) where anterior_hash is not null;
select app.proteger_tabla('public.claves_api');

-- As with users: who manages makes and changes keys of a role below theirs, a key none. A revoked key stays as it is.
create function app.claves_api_guardia() returns trigger language plpgsql set search_path = '' as $$
begin
  if current_user <> 'saas_app' then
    return new;
  end if;
  if coalesce(app.rol_actual(), '') not in ('admin', 'propietario') or app.es_clave_api(app.usuario_actual()) or not exists (
    select from public.usuarios u
    where u.organizacion_id = new.organizacion_id and u.id = new.usuario_id and u.es_clave_api
      and app.nivel_de_rol(u.rol::text) < app.nivel_de_rol(app.rol_actual())) then
    raise exception 'Solo se administran claves de un rol inferior al propio' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' and old.revocada_en is not null then
    raise exception 'La clave ya fue revocada' using errcode = 'FR409', constraint = 'claves_api_revocada';
  end if;
  return new;
end $$;
-- Its last use is noted by nobody in particular.
create trigger b_guardia before insert or update of usuario_id, prefijo, secreto_hash, anterior_hash, anterior_hasta, permisos, expira_en, revocada_en
  on public.claves_api for each row execute function app.claves_api_guardia();
create trigger z_auditar after insert or delete or update of usuario_id, prefijo, secreto_hash, anterior_hash, anterior_hasta, permisos, expira_en, revocada_en
  on public.claves_api for each row execute function app.auditar();

-- The context of a key: its user's, while the key is neither revoked nor expired by the real clock, and user and organisation are active.
-- Otherwise nothing is set and null comes back: the connection stays good for the next request.
create function app.fijar_contexto_clave(organizacion bigint, hash bytea, ahora timestamptz default null)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  clave record;
begin
  perform app.fijar_contexto(organizacion, null, null, ahora);
  select u.id, u.rol, c.permisos into clave
  from public.claves_api c
  join public.usuarios u on u.organizacion_id = c.organizacion_id and u.id = c.usuario_id
  join public.organizaciones o on o.id = c.organizacion_id
  where c.organizacion_id = organizacion and (c.secreto_hash = hash or (c.anterior_hash = hash and c.anterior_hasta > now()))
    and c.revocada_en is null and (c.expira_en is null or c.expira_en > now())
    and u.es_clave_api and u.activo and o.activo;
  if not found then
    perform app.fijar_contexto(null, null, null, ahora);
    return null;
  end if;
  perform app.fijar_contexto(organizacion, clave.id, clave.rol::text, ahora);
  return jsonb_build_object('usuario_id', clave.id, 'rol', clave.rol, 'permisos', clave.permisos);
end $$;
