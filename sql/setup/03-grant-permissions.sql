-- Who may do what, after the schema exists. Idempotent: it takes everything away first and says again what is given.
-- psql:  psql -v postgres_db=saas_db -f sql/setup/03-grant-permissions.sql

grant connect on database :"postgres_db" to saas_app, saas_admin, readonly_user, integration_user;
grant connect, create on database n8n_db to n8n_app;
grant connect, create on database evolution_db to evolution_app;
grant connect on database chat_memories_db to saas_app, n8n_app, integration_user;

\connect :"postgres_db"

revoke all on all tables in schema public from public, saas_auth, saas_system, saas_search, saas_app, saas_admin, readonly_user, integration_user;
revoke all on all sequences in schema public from public, saas_auth, saas_system, saas_search, saas_app, saas_admin, readonly_user, integration_user;
revoke all on all functions in schema app from public, saas_app, saas_admin, readonly_user, integration_user;
grant usage on schema public, app to saas_auth, saas_system, saas_search, saas_app, saas_admin, readonly_user, integration_user;

-- saas_app: the API. No TRUNCATE, REFERENCES or TRIGGER anywhere; no delete where history matters.
grant select on public.monedas, public.planes_subscripcion, public.plantillas_servicios, public.metricas_organizacion,
  public.subscripciones, public.metricas_uso_organizacion, public.historial_subscripciones to saas_app;
grant select on public.organizaciones to saas_app;
grant update (nombre_comercial, razon_social, identificacion_fiscal, tipo_industria, email_admin, telefono, sitio_web, logo_url, descripcion,
  direccion, ciudad, pais, zona_horaria, moneda, idioma, paso_minutos, antelacion_minima_minutos, horizonte_dias,
  antelacion_cancelacion_minutos, minutos_reserva_temporal, tolerancia_minutos, confirmacion_automatica,
  empleados_gestionan_agenda, segundo_factor_obligatorio) on public.organizaciones to saas_app;
-- usuarios: never password_hash; that is for app.buscar_acceso.
grant select (organizacion_id, id, email, rol, nombre, es_clave_api, telefono, email_verificado, telefono_verificado, ultimo_acceso, activo, creado_en, actualizado_en, creado_por, actualizado_por)
  on public.usuarios to saas_app;
grant insert (email, password_hash, rol, nombre, telefono, es_clave_api) on public.usuarios to saas_app;
grant update (email, password_hash, rol, nombre, telefono, email_verificado, telefono_verificado, ultimo_acceso, activo) on public.usuarios to saas_app;
grant select, insert, update on public.sesiones to saas_app;
grant select, insert on public.idempotencia to saas_app;
grant select, insert, update on public.profesionales, public.clientes, public.servicios, public.citas to saas_app;
grant select, insert, update, delete on public.servicios_profesionales, public.horarios_profesionales, public.horarios_disponibilidad to saas_app;
grant select, insert on public.historial_citas to saas_app;
grant select, insert, update, delete on public.limites to saas_app;
-- Also a super_admin has one; app.segundo_factor_guardia says whose.
grant select, insert (usuario_id, secreto_sellado), update (secreto_sellado, ultimo_paso, activado_en, creado_en), delete
  on public.segundos_factores to saas_app, saas_admin;
grant select, insert (usuario_id, codigo_hash), delete on public.codigos_recuperacion to saas_app, saas_admin;
-- codigos: what one says is never changed, it is only tried and used.
grant select, delete on public.codigos to saas_app;
grant insert (proposito, usuario_id, destino, codigo_hash, expira_en, datos) on public.codigos to saas_app;
grant update (intentos, usado_en) on public.codigos to saas_app;
-- claves_api: whose a key is never changes, and none is deleted. A super_admin sees them, without hashes.
grant select on public.claves_api to saas_app;
grant insert (usuario_id, prefijo, secreto_hash, permisos, expira_en) on public.claves_api to saas_app;
grant update (prefijo, secreto_hash, anterior_hash, anterior_hasta, permisos, expira_en, ultimo_uso_en, ultima_ip, revocada_en) on public.claves_api to saas_app;
grant select (organizacion_id, id, usuario_id, prefijo, anterior_hasta, permisos, expira_en, ultimo_uso_en, ultima_ip, revocada_en, creado_en, creado_por)
  on public.claves_api to saas_admin;
grant select on public.auditoria to saas_app, saas_admin;

-- saas_admin: super_admin, its own pool; reads all but secrets, writes organisations and billing.
grant select on public.monedas, public.planes_subscripcion, public.plantillas_servicios, public.metricas_organizacion, public.organizaciones,
  public.subscripciones, public.metricas_uso_organizacion, public.historial_subscripciones, public.profesionales, public.clientes, public.servicios,
  public.servicios_profesionales, public.citas, public.historial_citas, public.horarios_disponibilidad, public.horarios_profesionales to saas_admin;
grant select (organizacion_id, id, email, rol, nombre, es_clave_api, telefono, email_verificado, ultimo_acceso, activo, creado_en, actualizado_en)
  on public.usuarios to saas_admin;
-- Of the super_admin's own account: a new password, its sessions.
grant update (password_hash, ultimo_acceso) on public.usuarios to saas_admin;
grant select, insert, update on public.sesiones to saas_admin;
grant select, insert on public.idempotencia to saas_admin;
-- Inviting the admin of an organisation.
grant select (organizacion_id, id, proposito, destino, expira_en, usado_en, datos, creado_en, creado_por), delete on public.codigos to saas_admin;
grant insert (organizacion_id, proposito, usuario_id, destino, codigo_hash, expira_en, datos) on public.codigos to saas_admin;
grant update on public.organizaciones, public.planes_subscripcion, public.plantillas_servicios to saas_admin;
grant insert, update on public.subscripciones to saas_admin;
grant insert on public.historial_subscripciones to saas_admin;

-- Reports and integrations read one tenant at a time, the one in their context; no secrets.
grant select on public.monedas, public.planes_subscripcion, public.plantillas_servicios, public.metricas_organizacion, public.organizaciones,
  public.subscripciones, public.metricas_uso_organizacion, public.profesionales, public.clientes, public.servicios, public.servicios_profesionales,
  public.citas, public.historial_citas, public.horarios_disponibilidad, public.horarios_profesionales to readonly_user;
grant select on public.organizaciones, public.profesionales, public.clientes, public.servicios, public.servicios_profesionales,
  public.citas, public.horarios_disponibilidad to integration_user;

-- The owners of system functions: what their functions touch, no more.
grant select (organizacion_id, id, email, rol, activo, password_hash) on public.usuarios to saas_auth;
grant select on public.organizaciones, public.directorio_organizaciones, public.directorio_usuarios to saas_auth;
grant select on public.clientes to saas_search;
grant select, insert on public.organizaciones to saas_system;
grant select, insert on public.usuarios, public.subscripciones, public.metricas_uso_organizacion, public.historial_subscripciones to saas_system;
grant select on public.planes_subscripcion, public.monedas to saas_system;
grant select, insert, update on public.directorio_organizaciones to saas_system;
grant select, insert, delete on public.directorio_usuarios to saas_system;
grant select, update (usado_en) on public.codigos to saas_system;
grant insert on public.auditoria to saas_system;

-- An owner must be able to create in the schema at the moment it becomes the owner; afterwards it need not.
grant create on schema app to saas_auth, saas_system, saas_search;

alter function app.buscar_acceso(text, text) owner to saas_auth;
alter function app.organizacion_por_codigo(text) owner to saas_auth;
alter function app.registrar_organizacion(text, text, public.industria_tipo, text, text, text, text, text, text, text, text) owner to saas_system;
alter function app.organizaciones_directorio() owner to saas_system;
alter function app.usuarios_directorio() owner to saas_system;
alter function app.aceptar_invitacion(bigint, bytea, text, text) owner to saas_system;
alter function app.auditar() owner to saas_system;
alter function app.auditar_acceso(text) owner to saas_system;
alter function app.buscar_clientes(text, boolean, text, bigint, int) owner to saas_search;

revoke create on schema app from saas_auth, saas_system, saas_search;

grant usage on type public.rol_usuario, public.industria_tipo, public.plan_tipo, public.estado_cita, public.estado_franja,
  public.estado_subscripcion, public.tipo_horario to saas_auth, saas_system, saas_search, saas_app, saas_admin, readonly_user, integration_user;

-- Readers of the context, time and text: needed by policies, defaults and generated columns, whoever runs them.
grant execute on function app.tenant_actual(), app.usuario_actual(), app.rol_actual(), app.ip_actual(), app.solicitud_actual(), app.ahora(), app.zona_actual(), app.hoy(),
  app.instante_cercano(date, time, text), app.instante(date, time, text), app.fin_local(timestamptz, text), app.hora_de_fin(timestamp, timestamp),
  app.normalizar(text), app.texto_busqueda(text, text, text), app.codigo_legible(bigint), app.precio_local(numeric, char),
  app.exigir_decimales(text, numeric), app.transicion_permitida(public.estado_cita, public.estado_cita), app.nivel_de_rol(text)
  to saas_auth, saas_system, saas_search, saas_app, saas_admin, readonly_user, integration_user;

grant execute on function app.fijar_contexto(bigint, bigint, text, timestamptz) to saas_app, saas_admin, readonly_user, integration_user;

grant execute on function app.fijar_origen(inet, uuid) to saas_app, saas_admin;

grant execute on function app.fijar_contexto_super_admin(bigint, bigint, bigint, text, timestamptz, uuid), app.auditar_acceso(text),
  app.buscar_acceso(text, text) to saas_admin;

grant execute on function app.fijar_contexto_usuario(bigint, bigint, text, timestamptz, uuid), app.fijar_contexto_clave(bigint, bytea, timestamptz),
  app.es_clave_api(bigint), app.fijar_contexto_publico(text, timestamptz),
  app.organizacion_por_codigo(text), app.buscar_acceso(text, text), app.aceptar_invitacion(bigint, bytea, text, text),
  app.registrar_organizacion(text, text, public.industria_tipo, text, text, text, text, text, text, text, text),
  app.buscar_clientes(text, boolean, text, bigint, int), app.horario_inicial(bigint, bigint),
  app.bloquear_profesionales(bigint, bigint[]), app.reglas_vigentes(bigint, bigint[], date, date),
  app.franjas_objetivo(bigint, bigint[], date, date), app.generar_franjas(bigint, bigint[], date, date),
  app.ocupar_franja(bigint, bigint, date, timestamptz, timestamptz, public.estado_franja, bigint, bigint, bigint, timestamptz)
  to saas_app;

\connect n8n_db

revoke all on schema public from public;
grant all on schema public to n8n_app;
grant usage on schema extensions to n8n_app;

\connect evolution_db

revoke all on schema public from public;
grant all on schema public to evolution_app;
grant usage on schema extensions to evolution_app;

\connect chat_memories_db

revoke all on schema public from public;
grant usage on schema public, extensions to saas_app, n8n_app, integration_user;
