-- super_admin: accounts of an organisation of their own, a database role of their own (saas_admin), and an audit that cannot be forgotten
-- because the function that sets their context writes it.

-- Why: a user belongs to an organisation. The platform's has no public page, no clients and no trial.
alter table public.organizaciones add column es_plataforma boolean not null default false;
comment on column public.organizaciones.es_plataforma is 'The organisation of the platform itself: its users are super_admin. Only an operator makes it.';
create unique index organizaciones_una_plataforma on public.organizaciones (es_plataforma) where es_plataforma;

-- Dropped and made again, because saas_auth owns the former one.
drop function app.organizacion_por_codigo(text);
create function app.organizacion_por_codigo(codigo text)
returns bigint language sql stable security definer set search_path = '' set app.current_user_role = 'login_context'
as $$
  select d.organizacion_id
  from public.directorio_organizaciones d
  join public.organizaciones o on o.id = d.organizacion_id
  where d.codigo_tenant = lower(codigo) and o.activo and not o.es_plataforma
$$;

-- A super_admin stands in the platform's organisation and nowhere else, whoever writes.
create function app.usuarios_super_admin() returns trigger language plpgsql set search_path = '' as $$
begin
  if (new.rol = 'super_admin') is distinct from coalesce((select o.es_plataforma from public.organizaciones o where o.id = new.organizacion_id), false) then
    raise exception 'super_admin es el rol de la plataforma, y ninguno otro' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger b_super_admin before insert or update of rol, organizacion_id on public.usuarios
  for each row execute function app.usuarios_super_admin();

-- What opens the door for a super_admin is written by saas_admin alone: whoever could run any SQL as saas_app would still not become one.
create function app.reservar_super_admin() returns trigger language plpgsql set search_path = '' as $$
begin
  if current_user = 'saas_app' and exists (
    select from public.usuarios u where u.organizacion_id = new.organizacion_id and u.id = new.usuario_id and u.rol = 'super_admin') then
    raise exception 'Cuenta reservada' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger b_reservar_super_admin before insert or update on public.sesiones for each row execute function app.reservar_super_admin();
create trigger b_reservar_super_admin before insert or update on public.segundos_factores for each row execute function app.reservar_super_admin();
create trigger b_reservar_super_admin before insert or update on public.codigos_recuperacion for each row execute function app.reservar_super_admin();
create trigger b_reservar_super_admin before insert or update on public.codigos for each row execute function app.reservar_super_admin();

-- Security definer (saas_system): not even saas_admin writes the audit itself. An organisation that does not exist has none.
create function app.auditar_acceso(ruta text) returns boolean
language sql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
  insert into public.auditoria (organizacion_id, accion, ruta, usuario_id, rol, ip, solicitud)
  select o.id, 'acceso', ruta, app.usuario_actual(), app.rol_actual(), app.ip_actual(), app.solicitud_actual()
  from public.organizaciones o
  where o.id = app.tenant_actual()
  returning true
$$;

-- The context of a super_admin in any organisation: true, and the access is written down in the same transaction; null, no such
-- organisation; false, the account or its session serves no more. Only saas_admin may call it.
create function app.fijar_contexto_super_admin(
  organizacion bigint, propia bigint, usuario bigint, ruta text, ahora timestamptz default null, sesion uuid default null)
returns boolean language plpgsql volatile set search_path = '' as $$
begin
  perform app.fijar_contexto(organizacion, usuario, 'super_admin', ahora);
  if exists (
    select from public.usuarios u join public.organizaciones o on o.id = u.organizacion_id
    where u.organizacion_id = propia and u.id = usuario and u.rol = 'super_admin' and u.activo and o.activo and o.es_plataforma)
    and not exists (
    select from public.sesiones s where s.organizacion_id = propia and s.familia = sesion and s.revocada_en is not null) then
    return app.auditar_acceso(ruta);
  end if;
  perform app.fijar_contexto(null, null, null, ahora);
  return false;
end $$;
