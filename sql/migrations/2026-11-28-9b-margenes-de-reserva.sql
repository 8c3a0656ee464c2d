-- A hold is as long as the service and its buffers were when it was made. Read with the buffers of now, one whose service had changed was told as
-- another time, even as one that ends before it begins, and the booking of the time that it is for was refused as not its own. Those of before, which
-- live for minutes, are read as they were.
alter table public.horarios_disponibilidad add column buffer_antes_minutos smallint, add column buffer_despues_minutos smallint;
comment on column public.horarios_disponibilidad.buffer_antes_minutos is 'Of a hold, what its service asked for when it was made: the time that it is for begins so much later.';
comment on column public.horarios_disponibilidad.buffer_despues_minutos is 'Of a hold, what its service asked for when it was made: the time that it is for ends so much earlier.';

create function app.reservas_margenes() returns trigger language plpgsql set search_path = '' as $$
begin
  select s.buffer_antes_minutos, s.buffer_despues_minutos into new.buffer_antes_minutos, new.buffer_despues_minutos
  from public.servicios s where s.organizacion_id = new.organizacion_id and s.id = new.servicio_id;
  return new;
end $$;
create trigger c_margenes before insert on public.horarios_disponibilidad
  for each row when (new.estado = 'reservado_temporal') execute function app.reservas_margenes();
