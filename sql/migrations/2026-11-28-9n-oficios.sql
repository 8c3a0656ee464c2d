-- Nobody gives a service that is closed to their type. That depends on three tables, and whoever looks before writing does not see what another
-- writes meanwhile. After z_version, whose row each of the three writes and holds until the end: so one comes after the other, and sees it.
-- What stood before stands.
create function app.exigir_oficio() returns trigger language plpgsql volatile set search_path = '' as $$
declare
  ajeno boolean;
begin
  case tg_table_name
    when 'servicios' then
      ajeno := exists (
        select from public.servicios_profesionales sp
        join public.profesionales p on p.organizacion_id = sp.organizacion_id and p.id = sp.profesional_id
        where sp.organizacion_id = new.organizacion_id and sp.servicio_id = new.id and sp.activo
          and p.tipo_profesional <> all (new.tipos_profesional_autorizados));
    when 'profesionales' then
      ajeno := exists (
        select from public.servicios_profesionales sp
        join public.servicios s on s.organizacion_id = sp.organizacion_id and s.id = sp.servicio_id
        where sp.organizacion_id = new.organizacion_id and sp.profesional_id = new.id and sp.activo
          and new.tipo_profesional <> all (s.tipos_profesional_autorizados));
    else
      ajeno := exists (
        select from public.profesionales p
        join public.servicios s on s.organizacion_id = p.organizacion_id and s.id = new.servicio_id
        where p.organizacion_id = new.organizacion_id and p.id = new.profesional_id
          and p.tipo_profesional <> all (s.tipos_profesional_autorizados));
  end case;
  if ajeno then
    raise exception 'Ese servicio no admite profesionales de ese tipo' using errcode = 'FR400', constraint = 'servicios_profesionales_oficio';
  end if;
  return null;
end $$;
create trigger zz_oficio after update on public.servicios for each row
  when (old.tipos_profesional_autorizados is distinct from new.tipos_profesional_autorizados and new.tipos_profesional_autorizados is not null)
  execute function app.exigir_oficio();
create trigger zz_oficio after update on public.profesionales for each row
  when (old.tipo_profesional <> new.tipo_profesional) execute function app.exigir_oficio();
create trigger zz_oficio after insert or update on public.servicios_profesionales for each row
  when (new.activo) execute function app.exigir_oficio();
