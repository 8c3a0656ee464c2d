-- As in 2026-11-23-5-super-admin, but of what is deleted too: in the context of a super_admin, saas_app could take their second factor away.
create or replace function app.reservar_super_admin() returns trigger language plpgsql set search_path = '' as $$
declare
  fila constant record := coalesce(new, old);
begin
  if current_user = 'saas_app' and exists (
    select from public.usuarios u where u.organizacion_id = fila.organizacion_id and u.id = fila.usuario_id and u.rol = 'super_admin') then
    raise exception 'Cuenta reservada' using errcode = '42501';
  end if;
  return fila;
end $$;
create trigger b_reservar_super_admin_baja before delete on public.segundos_factores for each row execute function app.reservar_super_admin();
create trigger b_reservar_super_admin_baja before delete on public.codigos_recuperacion for each row execute function app.reservar_super_admin();
