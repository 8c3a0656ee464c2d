-- Which amount has too many decimals, and how many it may have: a form marks the field. Beside the one that says only that one has: what asked that
-- may be serving.
create function app.exigir_decimales(codigo_moneda text, importe numeric, campo text) returns void language plpgsql stable set search_path = '' as $$
declare
  admite constant int := (select m.decimales from public.monedas m where m.codigo = codigo_moneda);
begin
  if importe <> round(importe, admite) then
    raise exception '% no tiene tantos decimales', codigo_moneda
      using errcode = 'FR400', constraint = 'decimales_de_la_moneda', column = campo, detail = 'decimales|' || admite;
  end if;
end $$;
revoke all on function app.exigir_decimales(text, numeric, text) from public;
grant execute on function app.exigir_decimales(text, numeric, text) to saas_auth, saas_system, saas_search, saas_app, saas_admin, readonly_user, integration_user;

create or replace function app.servicios_moneda() returns trigger language plpgsql set search_path = '' as $$
begin
  -- Not strict: an organisation out of reach is for the policy to refuse.
  select o.moneda into new.moneda from public.organizaciones o where o.id = new.organizacion_id for key share;
  perform app.exigir_decimales(new.moneda, new.precio, 'precio');
  return new;
end $$;

create or replace function app.servicios_profesionales_moneda() returns trigger language plpgsql set search_path = '' as $$
begin
  perform app.exigir_decimales((select o.moneda from public.organizaciones o where o.id = new.organizacion_id), new.precio_personalizado, 'precio_personalizado');
  return new;
end $$;

-- Before b_preparar, which refuses it too. The price of a cita nobody sends.
create function app.citas_moneda() returns trigger language plpgsql set search_path = '' as $$
begin
  perform app.exigir_decimales((select o.moneda from public.organizaciones o where o.id = new.organizacion_id), new.descuento, 'descuento');
  return new;
end $$;
create trigger b_moneda before insert or update of descuento on public.citas
  for each row when (new.descuento <> trunc(new.descuento)) execute function app.citas_moneda();
