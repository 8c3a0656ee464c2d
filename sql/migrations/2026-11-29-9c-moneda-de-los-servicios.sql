-- As in 09, but that a change of currency and a new service wait for each other. A service that was being created when the currency changed kept the
-- former one, and where the new one has fewer decimals, none of its prices could be booked. The key of the organisation is what every service holds of it.
create or replace function app.organizaciones_validar() returns trigger language plpgsql set search_path = '' as $$
begin
  if not exists (select from pg_catalog.pg_timezone_names z where z.name = new.zona_horaria and z.name !~ '^(posix|right)/') then
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

create or replace function app.servicios_moneda() returns trigger language plpgsql set search_path = '' as $$
begin
  -- Not strict: an organisation out of reach is for the policy to refuse.
  select o.moneda into new.moneda from public.organizaciones o where o.id = new.organizacion_id for key share;
  perform app.exigir_decimales(new.moneda, new.precio);
  return new;
end $$;
