-- Functions that tables, policies and services stand on. Trigger functions live beside their triggers (09),
-- franja generation beside its table (11). Bodies may name tables that later files create.
set local check_function_bodies = off;

-- ── Context: who is asking ──────────────────────────────────────────────────────────────────────────────────────
-- The three readers are "language sql stable" without a SET clause, so that the planner inlines them into policies
-- and the tenant reaches the index. nullif: after a transaction-local setting ends its value is '' and not NULL.

create function app.tenant_actual() returns bigint language sql stable parallel safe
return nullif(pg_catalog.current_setting('app.current_tenant_id', true), '')::bigint;

create function app.usuario_actual() returns bigint language sql stable parallel safe
return nullif(pg_catalog.current_setting('app.current_user_id', true), '')::bigint;

-- Text and not rol_usuario: 'login_context' is a context of the specification, not a role that a user may have.
create function app.rol_actual() returns text language sql stable parallel safe
return nullif(pg_catalog.current_setting('app.current_user_role', true), '');

-- The clock of the transaction. Only a server outside production accepts a moved one (X-Franja-Now).
-- case and not coalesce: the planner takes COALESCE for leaky, so that under RLS "inicia_en > app.ahora()" would never reach an index.
create function app.ahora() returns timestamptz language sql stable parallel safe
return case when pg_catalog.current_setting('app.ahora', true) <> '' then pg_catalog.current_setting('app.ahora', true)::timestamptz
            else pg_catalog.now() end;

-- The one place that sets the context, always for the transaction alone. On Citus its body becomes SET LOCAL.
create function app.fijar_contexto(organizacion bigint, usuario bigint, rol text, ahora timestamptz default null)
returns void language sql volatile set search_path = ''
begin atomic
  select pg_catalog.set_config('app.current_tenant_id', coalesce(organizacion::text, ''), true),
         pg_catalog.set_config('app.current_user_id', coalesce(usuario::text, ''), true),
         pg_catalog.set_config('app.current_user_role', coalesce(rol, ''), true),
         pg_catalog.set_config('app.ahora', coalesce(ahora::text, ''), true);
end;

-- ── Isolation: the same stamp on every tenant table ─────────────────────────────────────────────────────────────
-- One permissive policy per (table, role). A variable never widens access: it must meet a role that saas_app cannot become.

create function app.proteger_tabla(tabla regclass, columna name default 'organizacion_id')
returns void language plpgsql volatile set search_path = '' as $$
declare
  del_tenant constant text := format('%I = app.tenant_actual()', columna);
  politica record;
begin
  execute format('alter table %s enable row level security', tabla);
  execute format('alter table %s force row level security', tabla);
  for politica in
    select * from (values
      ('aislamiento_tenant', 'saas_app', 'all', del_tenant),
      ('super_admin', 'saas_admin', 'all', 'app.rol_actual() = ''super_admin'''),
      ('sistema', 'saas_system', 'all', 'pg_catalog.current_setting(''app.bypass_rls'', true) = ''true'''),
      ('solo_lectura', 'readonly_user', 'select', del_tenant),
      ('integracion', 'integration_user', 'select', del_tenant)) as p (nombre, rol, orden, regla)
  loop
    execute format('create policy %I on %s for %s to %I using (%s)', politica.nombre, tabla, politica.orden, politica.rol, politica.regla)
      || case when politica.orden = 'all' then format(' with check (%s)', politica.regla) else '' end;
  end loop;
end $$;

-- ── Time: the organisation's zone decides what "9:00" means ─────────────────────────────────────────────────────

create function app.zona_actual() returns text language sql stable set search_path = ''
as 'select o.zona_horaria from public.organizaciones o where o.id = app.tenant_actual()';

create function app.hoy() returns date language sql stable set search_path = ''
return (app.ahora() at time zone app.zona_actual())::date;

-- The instant of a local time. A time that DST repeats is its first pass; one that DST skips is the first instant after the gap.
-- plpgsql, like every function that generation calls: its plan is kept, where a SQL function is planned again by each statement.
create function app.instante_cercano(fecha date, hora time, zona text)
returns timestamptz language plpgsql stable parallel safe set search_path = '' as $$
declare
  local constant timestamp := fecha + hora;
  normal constant timestamptz := local at time zone zona;
  -- The offset in force three hours earlier is the one before any change of that night.
  antes constant timestamptz := normal - interval '3 hours';
  primera constant timestamptz := (local - ((antes at time zone zona) - (antes at time zone 'UTC'))) at time zone 'UTC';
begin
  if (normal at time zone zona) <> local then
    return (select min(g) from pg_catalog.generate_series(pg_catalog.date_trunc('hour', antes, 'UTC'), normal, interval '15 minutes') g
            where (g at time zone zona) > local);
  end if;
  return case when (primera at time zone zona) = local then primera else normal end;
end $$;

-- The same, but a local time that DST skips is refused: nobody can arrive at it. 24:00 is where a day ends, even when DST skips midnight.
create function app.instante(fecha date, hora time, zona text)
returns timestamptz language plpgsql stable set search_path = '' as $$
declare
  resultado constant timestamptz := app.instante_cercano(fecha, hora, zona);
begin
  if hora < time '24:00' and (resultado at time zone zona) <> fecha + hora then
    raise exception 'La hora % del % no existe en %', hora, fecha, zona using errcode = 'FR400', constraint = 'hora_inexistente';
  end if;
  return resultado;
end $$;

-- An end in local time, told by the second before it: where DST skips midnight the day ends at 24:00 and not at 1:00, and where
-- it repeats an hour the first pass of 1:30 to 2:00 does not end at 1:00.
create function app.fin_local(fin timestamptz, zona text) returns timestamp language sql stable parallel safe
return ((fin - interval '1 second') at time zone zona) + interval '1 second';

-- The end of an interval as its own day shows it: midnight that ends a day is 24:00, not 00:00.
create function app.hora_de_fin(inicio timestamp, fin timestamp) returns time language sql immutable parallel safe
return case when fin::time = time '00:00' and fin::date > inicio::date then time '24:00' else fin::time end;

-- ── Text ────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Lower case without accents: what search compares. Immutable because the dictionary is named.
create function app.normalizar(texto text) returns text language sql immutable strict parallel safe
return pg_catalog.lower(extensions.unaccent('extensions.unaccent'::regdictionary, texto));

-- What a client is found by: name, e-mail, and the digits of the phone.
create function app.texto_busqueda(nombre text, email text, telefono text) returns text language sql immutable parallel safe
return app.normalizar(nombre) || ' ' || coalesce(app.normalizar(email), '') || ' '
    || coalesce(pg_catalog.regexp_replace(telefono, '[^0-9]', '', 'g'), '');

-- A code a person can read over the phone: seven Crockford base-32 signs (no I, L, O, U), a bijection of the id,
-- so that two citas never collide and the next code cannot be guessed by counting.
create function app.codigo_legible(id bigint) returns text language plpgsql immutable strict set search_path = '' as $$
declare
  alfabeto constant text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  mascara constant bigint := (1::bigint << 35) - 1;
  x bigint := id & mascara;
  codigo text := '';
begin
  x := ((x * 179424673) & mascara) # 11400714819;
  x := x # (x >> 17);
  x := (x * 198491317) & mascara;
  x := x # (x >> 19);
  for i in 1..7 loop
    codigo := codigo || substr(alfabeto, (x & 31)::int + 1, 1);
    x := x >> 5;
  end loop;
  return codigo;
end $$;

-- ── System functions: the only work that belongs to no tenant yet ───────────────────────────────────────────────
-- Owned by NOLOGIN roles (setup/03); each one does one thing and takes nothing that widens it.

-- login_context: the accounts of one e-mail, in whatever organisation or in the one named, for the password check.
create function app.buscar_acceso(correo text, codigo text default null)
returns table (organizacion_id bigint, codigo_tenant text, nombre_comercial text, usuario_id bigint, rol public.rol_usuario, password_hash text)
language sql stable security definer set search_path = '' set app.current_user_role = 'login_context'
as $$
  select u.organizacion_id, o.codigo_tenant, o.nombre_comercial, u.id, u.rol, u.password_hash
  from public.directorio_usuarios d
  join public.usuarios u on u.organizacion_id = d.organizacion_id and u.id = d.usuario_id
  join public.organizaciones o on o.id = u.organizacion_id
  where d.email = lower(correo) and u.activo and o.activo and (codigo is null or o.codigo_tenant = lower(codigo))
  order by u.organizacion_id
  limit 20  -- each costs a hash: somebody in more organisations names one
$$;

-- codigo_tenant → tenant, for the public pages of a business; sets the context of a visitor who is nobody.
create function app.fijar_contexto_publico(codigo text, ahora timestamptz default null)
returns bigint language plpgsql volatile set search_path = '' as $$
declare
  encontrada constant bigint := app.organizacion_por_codigo(codigo);
begin
  perform app.fijar_contexto(encontrada, null, null, ahora);
  return encontrada;
end $$;

create function app.organizacion_por_codigo(codigo text)
returns bigint language sql stable security definer set search_path = '' set app.current_user_role = 'login_context'
as $$
  select d.organizacion_id
  from public.directorio_organizaciones d
  join public.organizaciones o on o.id = d.organizacion_id
  where d.codigo_tenant = lower(codigo) and o.activo
$$;

-- Registration: an organisation, its first admin and its trial, or nothing.
create function app.registrar_organizacion(
  codigo text, nombre text, industria public.industria_tipo, zona text, codigo_moneda text, codigo_pais text, lengua text,
  correo text, telefono_contacto text, nombre_admin text, hash_password text)
returns table (organizacion_id bigint, usuario_id bigint)
language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  nueva bigint;
  administrador bigint;
  suscripcion bigint;
  prueba public.planes_subscripcion%rowtype;
begin
  insert into public.organizaciones (codigo_tenant, nombre_comercial, tipo_industria, zona_horaria, moneda, pais, idioma, email_admin, telefono)
  values (lower(codigo), nombre, industria, zona, codigo_moneda, codigo_pais, lengua, lower(correo), telefono_contacto)
  returning id into nueva;

  insert into public.usuarios (organizacion_id, email, password_hash, rol, nombre, telefono)
  values (nueva, lower(correo), hash_password, 'admin', nombre_admin, telefono_contacto)
  returning id into administrador;

  select * into strict prueba from public.planes_subscripcion where codigo_plan = 'trial';
  insert into public.subscripciones (organizacion_id, plan_id, estado, precio_actual, moneda, fecha_fin_prueba)
  values (nueva, prueba.id, 'prueba', 0, prueba.moneda, now() + make_interval(days => prueba.dias_prueba))
  returning id into suscripcion;
  insert into public.historial_subscripciones (organizacion_id, subscripcion_id, tipo_evento, plan_nuevo, estado_nuevo, precio_nuevo, usuario_id)
  values (nueva, suscripcion, 'alta', 'trial', 'prueba', 0, administrador);
  insert into public.metricas_uso_organizacion (organizacion_id) values (nueva);

  return query select nueva, administrador;
end $$;
