-- As in 9n, and which field of the row it is, with the service and the type: a form marks the field.
create or replace function app.exigir_oficio() returns trigger language plpgsql volatile set search_path = '' as $$
declare
  campo text;
  motivo text;
begin
  case tg_table_name
    when 'servicios' then
      campo := 'tipos_profesional_autorizados';
      select 'tipo_en_uso|' || p.tipo_profesional into motivo
      from public.servicios_profesionales sp
      join public.profesionales p on p.organizacion_id = sp.organizacion_id and p.id = sp.profesional_id
      where sp.organizacion_id = new.organizacion_id and sp.servicio_id = new.id and sp.activo
        and p.tipo_profesional <> all (new.tipos_profesional_autorizados)
      limit 1;
    when 'profesionales' then
      campo := 'tipo_profesional';
      select 'tipo_ajeno|' || new.tipo_profesional || '|' || s.nombre into motivo
      from public.servicios_profesionales sp
      join public.servicios s on s.organizacion_id = sp.organizacion_id and s.id = sp.servicio_id
      where sp.organizacion_id = new.organizacion_id and sp.profesional_id = new.id and sp.activo
        and new.tipo_profesional <> all (s.tipos_profesional_autorizados)
      limit 1;
    else
      campo := 'servicio_id';
      select 'tipo_ajeno|' || p.tipo_profesional || '|' || s.nombre into motivo
      from public.profesionales p
      join public.servicios s on s.organizacion_id = p.organizacion_id and s.id = new.servicio_id
      where p.organizacion_id = new.organizacion_id and p.id = new.profesional_id
        and p.tipo_profesional <> all (s.tipos_profesional_autorizados);
  end case;
  if motivo is not null then
    raise exception 'Ese servicio no admite profesionales de ese tipo'
      using errcode = 'FR400', constraint = 'servicios_profesionales_oficio', column = campo, detail = motivo;
  end if;
  return null;
end $$;
