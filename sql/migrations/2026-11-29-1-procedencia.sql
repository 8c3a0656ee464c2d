-- A franja says of which hours it comes. Where these changed and its bounds did not (a vacation deleted while the day stays blocked, special hours equal to
-- the regular ones), it went on naming the former row.
create or replace function app.generar_franjas(org bigint, profesionales bigint[], desde date, hasta date)
returns table (creadas int, eliminadas int) language plpgsql set search_path = '' as $$
begin
  perform app.bloquear_profesionales(org, profesionales);

  delete from public.horarios_disponibilidad h
  where h.organizacion_id = org and h.profesional_id = any (profesionales) and h.fecha between desde and hasta
    and h.estado = 'reservado_temporal' and h.reservado_hasta <= app.ahora();

  delete from public.horarios_disponibilidad h
  where h.organizacion_id = org and h.profesional_id = any (profesionales) and h.fecha between desde and hasta
    and h.estado in ('disponible', 'bloqueado')
    and not exists (
      select from app.franjas_objetivo(org, profesionales, desde, hasta) o
      where o.profesional_id = h.profesional_id and o.inicia_en = h.inicia_en and o.termina_en = h.termina_en
        and o.estado = h.estado and o.precio_dinamico is not distinct from h.precio_dinamico);
  get diagnostics eliminadas = row_count;

  with objetivo as materialized (
    select * from app.franjas_objetivo(org, profesionales, desde, hasta)
  ), procedencia as (
    update public.horarios_disponibilidad h
    set horario_profesional_id = o.regla, tipo_horario = o.tipo_horario, es_recurrente = o.es_recurrente
    from objetivo o
    where h.organizacion_id = org and h.profesional_id = any (profesionales) and h.fecha between desde and hasta
      and h.profesional_id = o.profesional_id and h.fecha = o.fecha and h.inicia_en = o.inicia_en and h.termina_en = o.termina_en
      and h.estado in ('disponible', 'bloqueado')
      and (h.horario_profesional_id, h.tipo_horario, h.es_recurrente) is distinct from (o.regla, o.tipo_horario, o.es_recurrente)
  )
  insert into public.horarios_disponibilidad
    (organizacion_id, profesional_id, inicia_en, termina_en, estado, precio_dinamico, horario_profesional_id, tipo_horario, es_recurrente)
  select org, o.profesional_id, o.inicia_en, o.termina_en, o.estado, o.precio_dinamico, o.regla, o.tipo_horario, o.es_recurrente
  from objetivo o
  where not exists (
    select from public.horarios_disponibilidad h
    where h.organizacion_id = org and h.profesional_id = any (profesionales) and h.fecha between desde and hasta
      and h.profesional_id = o.profesional_id and h.fecha = o.fecha and h.inicia_en = o.inicia_en and h.termina_en = o.termina_en);
  get diagnostics creadas = row_count;
  return next;
end $$;
