-- As in 2026-11-22-usuarios, but that one's own role is measured by the row too: whoever was demoted while a change of theirs waited for that
-- row came with the role of before in the context, and took it back.
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
    if (new.rol, new.activo) is distinct from (old.rol, old.activo)
      and (not gestiona or nuevo > least(propio, app.nivel_de_rol(old.rol::text)) or (new.activo and not old.activo)) then
      raise exception 'Nadie cambia su propio rol a uno superior' using errcode = '42501';
    end if;
    return new;
  end if;
  if not gestiona or app.nivel_de_rol(old.rol::text) >= propio or nuevo >= propio then
    raise exception 'Solo se cambian usuarios de un rol inferior al propio' using errcode = '42501';
  end if;
  return new;
end $$;
