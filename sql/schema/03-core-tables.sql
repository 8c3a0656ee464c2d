-- Organisations and their users, with what signing in needs.

-- Why: every price names its currency, and currencies differ in decimals (CLP and PYG have none).
create table public.monedas (
  codigo char(3) primary key constraint monedas_codigo_iso check (codigo ~ '^[A-Z]{3}$'),
  nombre text not null,
  decimales smallint not null constraint monedas_decimales_validos check (decimales between 0 and 2),
  factor_sugerido numeric(14,4) not null constraint monedas_factor_positivo check (factor_sugerido > 0),
  redondeo numeric(12,2) not null constraint monedas_redondeo_positivo check (redondeo > 0)
);
comment on table public.monedas is 'Currencies. Global: no tenant writes it.';
comment on column public.monedas.factor_sugerido is 'Turns the USD reference price of a template into a suggested local price. A price level, not an exchange rate.';
comment on column public.monedas.redondeo is 'Step to which a suggested price is rounded.';

-- Why: the tenant. Its own row obeys RLS by id, because the document''s "global" organizaciones shows every business to all.
create table public.organizaciones (
  id bigint generated always as identity primary key,
  codigo_tenant text not null
    constraint organizaciones_codigo_tenant_formato check (codigo_tenant ~ '^[a-z0-9]([a-z0-9-]{1,58}[a-z0-9])$'),
  nombre_comercial text not null constraint organizaciones_nombre_largo check (length(btrim(nombre_comercial)) between 1 and 150),
  razon_social text constraint organizaciones_razon_social_largo check (length(razon_social) <= 200),
  identificacion_fiscal text constraint organizaciones_identificacion_fiscal_largo check (length(identificacion_fiscal) <= 30),
  tipo_industria public.industria_tipo not null,
  plan_actual public.plan_tipo not null default 'trial',
  email_admin text not null constraint organizaciones_email_admin_formato check (email_admin = lower(email_admin) and email_admin like '%_@_%' and length(email_admin) <= 254),
  telefono text constraint organizaciones_telefono_formato check (telefono ~ '^\+[1-9][0-9]{6,14}$'),
  sitio_web text constraint organizaciones_sitio_web_formato check (sitio_web ~ '^https?://' and length(sitio_web) <= 300),
  logo_url text constraint organizaciones_logo_url_formato check (logo_url ~ '^https?://' and length(logo_url) <= 500),
  descripcion text constraint organizaciones_descripcion_largo check (length(descripcion) <= 1000),
  direccion text constraint organizaciones_direccion_largo check (length(direccion) <= 300),
  ciudad text constraint organizaciones_ciudad_largo check (length(ciudad) <= 100),
  pais char(2) not null constraint organizaciones_pais_iso check (pais ~ '^[A-Z]{2}$'),
  zona_horaria text not null,
  moneda char(3) not null constraint organizaciones_moneda_existe references public.monedas (codigo) on update restrict on delete restrict,
  idioma text not null default 'es' constraint organizaciones_idioma_valido check (idioma in ('es', 'en', 'pt')),
  paso_minutos smallint not null default 15 constraint organizaciones_paso_valido check (paso_minutos in (5, 10, 15, 20, 30, 60)),
  antelacion_minima_minutos int not null default 60 constraint organizaciones_antelacion_valida check (antelacion_minima_minutos between 0 and 43200),
  horizonte_dias smallint not null default 60 constraint organizaciones_horizonte_valido check (horizonte_dias between 1 and 730),
  antelacion_cancelacion_minutos int not null default 120
    constraint organizaciones_cancelacion_valida check (antelacion_cancelacion_minutos between 0 and 43200),
  minutos_reserva_temporal smallint not null default 10 constraint organizaciones_reserva_valida check (minutos_reserva_temporal between 1 and 60),
  tolerancia_minutos smallint not null default 5 constraint organizaciones_tolerancia_valida check (tolerancia_minutos between 0 and 120),
  confirmacion_automatica boolean not null default false,
  activo boolean not null default true,
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint
);
comment on column public.organizaciones.zona_horaria is 'IANA zone; decides what 9:00 means. Checked by trigger against pg_timezone_names.';
comment on column public.organizaciones.paso_minutos is 'Start times are offered on this grid of the clock, in minutes.';
comment on column public.organizaciones.antelacion_minima_minutos is 'Notice: a client cannot book a start nearer than this.';
comment on column public.organizaciones.horizonte_dias is 'Horizon: a client cannot book further ahead than this.';
comment on column public.organizaciones.antelacion_cancelacion_minutos is 'A client cannot cancel or move a cita later than this before its start. Staff can.';
comment on column public.organizaciones.minutos_reserva_temporal is 'Life of a hold.';
comment on column public.organizaciones.tolerancia_minutos is 'A start this late still counts as punctual.';

-- Why: uniqueness across tenants must survive a distributed database, so it lives in two narrow tables that no tenant role reads.
create table public.directorio_organizaciones (
  codigo_tenant text primary key,
  organizacion_id bigint not null constraint directorio_organizaciones_una unique
    constraint directorio_organizaciones_organizacion references public.organizaciones (id) on delete cascade
);

-- Why: staff and clients who sign in. The same e-mail may have an account in several organisations.
create table public.usuarios (
  organizacion_id bigint not null default app.tenant_actual()
    constraint usuarios_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  email text not null constraint usuarios_email_formato check (email = lower(email) and email like '%_@_%' and length(email) <= 254),
  password_hash text not null constraint usuarios_password_hash_formato check (password_hash like '$argon2id$%'),
  rol public.rol_usuario not null,
  nombre text not null constraint usuarios_nombre_largo check (length(btrim(nombre)) between 1 and 150),
  telefono text constraint usuarios_telefono_formato check (telefono ~ '^\+[1-9][0-9]{6,14}$'),
  email_verificado boolean not null default false,
  ultimo_acceso timestamptz,
  activo boolean not null default true,
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint,
  primary key (organizacion_id, id),
  constraint usuarios_email_unico unique (organizacion_id, email)
);
comment on table public.usuarios is 'password_hash is readable only through app.buscar_acceso (setup/03 grants columns, not the table).';
comment on column public.usuarios.creado_por is 'Who, without a foreign key in any table: a super_admin stamps with an id of another organisation.';

create table public.directorio_usuarios (
  email text not null,
  organizacion_id bigint not null,
  usuario_id bigint not null,
  primary key (email, organizacion_id),
  constraint directorio_usuarios_usuario foreign key (organizacion_id, usuario_id) references public.usuarios (organizacion_id, id) on delete cascade
);

-- Why: a refresh token is used once; its family is revoked when an old one comes back, because then two hold it.
create table public.sesiones (
  organizacion_id bigint not null default app.tenant_actual()
    constraint sesiones_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  usuario_id bigint not null,
  familia uuid not null,
  token_hash bytea not null constraint sesiones_token_hash_sha256 check (length(token_hash) = 32),
  expira_en timestamptz not null,
  usada_en timestamptz,
  revocada_en timestamptz,
  agente text constraint sesiones_agente_largo check (length(agente) <= 300),
  creado_en timestamptz not null default now(),
  primary key (organizacion_id, id),
  constraint sesiones_token_unico unique (organizacion_id, token_hash),
  constraint sesiones_usuario foreign key (organizacion_id, usuario_id) references public.usuarios (organizacion_id, id) on delete cascade,
  constraint sesiones_expira_despues check (expira_en > creado_en)
);

-- Why: a connection lost at COMMIT may have committed; the same key then returns the same answer instead of a second cita.
create table public.idempotencia (
  organizacion_id bigint not null default app.tenant_actual()
    constraint idempotencia_organizacion references public.organizaciones (id) on delete restrict,
  usuario_id bigint not null,
  clave text not null constraint idempotencia_clave_formato check (clave ~ '^[\x21-\x7e]{1,255}$'),
  huella bytea not null constraint idempotencia_huella_sha256 check (length(huella) = 32),
  estado_http smallint not null constraint idempotencia_nunca_5xx check (estado_http between 200 and 499),
  respuesta jsonb,
  creado_en timestamptz not null default now(),
  primary key (organizacion_id, usuario_id, clave),
  constraint idempotencia_usuario foreign key (organizacion_id, usuario_id) references public.usuarios (organizacion_id, id) on delete cascade
);
comment on column public.idempotencia.huella is 'SHA-256 of method, path and body: the same key with another request is refused.';
