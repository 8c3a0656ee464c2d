-- Somebody arrives on the day of their cita. Who arrived, and then had it moved to another day, has yet to come: what stayed would be taken for
-- the arrival of that day, so nobody would stamp the true one, the wait would be counted from it, and no job would tell that they did not come.
-- On the same day it stays: they sit in the waiting room. A change of zone moves nothing. After b_preparar, which says what day it is.
create function app.citas_llegada() returns trigger language plpgsql set search_path = '' as $$
begin
  if new.inicia_en <> old.inicia_en and new.fecha_cita <> old.fecha_cita then
    new.hora_llegada := null;
  elsif old.hora_llegada is null and (new.hora_llegada at time zone app.zona_actual())::date < new.fecha_cita then
    raise exception 'Nadie llega antes del dia de su cita' using errcode = 'FR409', constraint = 'citas_llegada_en_su_dia';
  end if;
  return new;
end $$;
create trigger c_llegada before update on public.citas for each row when (new.hora_llegada is not null) execute function app.citas_llegada();
