-- Users of an organisation: a hierarchy that holds whoever writes, tokens that end with the account, and whose agenda an empleado changes.

-- Where a role stands. null (a visitor) and 'super_admin', which saas_app never is, stand nowhere.
create function app.nivel_de_rol(rol text) returns int language sql immutable parallel safe
return case rol when 'admin' then 4 when 'propietario' then 3 when 'empleado' then 2 when 'cliente' then 1 else 0 end;

-- Nobody creates, raises or edits a user to or above their own level. Everybody edits their own row; who manages may also step down,
-- nobody up. Managers alone change others, and only the roles below theirs.
create or replace function app.usuarios_guardia() returns trigger language plpgsql set search_path = '' as $$
declare
  propio constant int := app.nivel_de_rol(app.rol_actual());
  nuevo constant int := app.nivel_de_rol(new.rol::text);
  gestiona constant boolean := coalesce(app.rol_actual(), '') in ('admin', 'propietario');
begin
  if current_user <> 'saas_app' then
    return new;
  end if;
  if new.rol = 'super_admin' or (tg_op = 'UPDATE' and old.rol = 'super_admin') then
    raise exception 'Rol reservado' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    -- A visitor signs up as a client; an empleado opens the account of one.
    if new.rol = 'cliente' and (app.rol_actual() is null or propio > nuevo) then
      return new;
    end if;
    if not gestiona or nuevo >= propio then
      raise exception 'Solo se crean usuarios de un rol inferior al propio' using errcode = '42501';
    end if;
    return new;
  end if;
  if old.id is not distinct from app.usuario_actual() then
    if (new.rol, new.activo) is distinct from (old.rol, old.activo) and (not gestiona or nuevo > propio or (new.activo and not old.activo)) then
      raise exception 'Nadie cambia su propio rol a uno superior' using errcode = '42501';
    end if;
    return new;
  end if;
  if not gestiona or app.nivel_de_rol(old.rol::text) >= propio or nuevo >= propio then
    raise exception 'Solo se cambian usuarios de un rol inferior al propio' using errcode = '42501';
  end if;
  return new;
end $$;

-- An organisation keeps an active admin. The lock makes two who leave at once wait for each other: the second sees that the first is gone.
create function app.usuarios_ultimo_admin() returns trigger language plpgsql set search_path = '' as $$
begin
  perform 1 from public.organizaciones o where o.id = old.organizacion_id for no key update;
  if not exists (
    select from public.usuarios u where u.organizacion_id = old.organizacion_id and u.rol = 'admin' and u.activo and u.id <> old.id) then
    raise exception 'La organizacion quedaria sin administrador' using errcode = 'FR409', constraint = 'usuarios_ultimo_admin';
  end if;
  return new;
end $$;
create trigger c_ultimo_admin before update of rol, activo on public.usuarios for each row
  when (old.rol = 'admin' and old.activo and (new.rol <> 'admin' or not new.activo)) execute function app.usuarios_ultimo_admin();

-- The context of a token: set only while its user is active, with that role, in an active organisation; otherwise nothing is set and
-- nothing visible. false and not an exception: the connection stays good for the next request.
create function app.fijar_contexto_usuario(organizacion bigint, usuario bigint, rol_token text, ahora timestamptz default null)
returns boolean language plpgsql volatile set search_path = '' as $$
begin
  perform app.fijar_contexto(organizacion, usuario, rol_token, ahora);
  if exists (
    select from public.usuarios u join public.organizaciones o on o.id = u.organizacion_id
    where u.organizacion_id = organizacion and u.id = usuario and u.rol::text = rol_token and u.activo and o.activo) then
    return true;
  end if;
  perform app.fijar_contexto(null, null, null, ahora);
  return false;
end $$;

alter table public.organizaciones add column empleados_gestionan_agenda boolean not null default false;
comment on column public.organizaciones.empleados_gestionan_agenda is
  'An empleado who is a profesional changes the citas of the others too. One who is not (reception) always does.';
