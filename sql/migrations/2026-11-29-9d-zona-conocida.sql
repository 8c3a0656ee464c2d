-- Whether a zone exists, without listing the 600 that the server has, which took each sign-up 30 ms: a name without digits that SET TimeZone
-- takes, in the letters that it then shows, is one of them. With digits it may be a rule of POSIX, such as XYZ5, and is looked for in the list.
create or replace function app.organizaciones_validar() returns trigger language plpgsql set search_path = '' set timezone = 'UTC' as $$
declare
  existe boolean := false;
begin
  if new.zona_horaria ~ '[0-9]' then
    existe := exists (select from pg_catalog.pg_timezone_names z where z.name = new.zona_horaria);
  else
    begin
      existe := pg_catalog.set_config('timezone', new.zona_horaria, true) = new.zona_horaria; -- until this function ends
    exception when invalid_parameter_value then
      null;
    end;
  end if;
  if existe is not true or new.zona_horaria ~ '^(posix|right)/' then
    raise exception 'Zona horaria desconocida: %', new.zona_horaria using errcode = 'FR400', constraint = 'organizaciones_zona_horaria';
  end if;
  -- Apart, so that registration (saas_system, which may not read servicios) never plans the look at servicios.
  if tg_op = 'UPDATE' and new.moneda <> old.moneda then
    perform 1 from public.organizaciones o where o.id = new.id for update;
    if exists (select from public.servicios s where s.organizacion_id = new.id) then
      raise exception 'La moneda no cambia con servicios creados' using errcode = 'FR409', constraint = 'organizaciones_moneda_fija';
    end if;
  end if;
  return new;
end $$;
