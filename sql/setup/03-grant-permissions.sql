-- Who may do what, after the schema exists. Idempotent: it takes everything away first and says again what is given, in one transaction for each database:
-- an API that serves meanwhile never sees it taken away.
-- psql:  psql -v postgres_db=saas_db -v chat_db=chat_memories_db -f sql/setup/03-grant-permissions.sql

grant connect on database :"postgres_db" to saas_app, saas_admin, readonly_user, integration_user;
grant connect, create on database n8n_db to n8n_app;
grant connect, create on database evolution_db to evolution_app;
grant connect on database :"chat_db" to saas_app, n8n_app, integration_user;

\connect :"postgres_db"

begin;

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
  antelacion_cancelacion_minutos, citas_por_cliente, minutos_reserva_temporal, tolerancia_minutos, confirmacion_automatica,
  empleados_gestionan_agenda, segundo_factor_obligatorio, retencion_chat_dias, recordatorios_activos, recordatorios_minutos, silencio_desde, silencio_hasta,
  feedback_minutos, inasistencia_minutos) on public.organizaciones to saas_app;
-- usuarios: never password_hash; that is for app.buscar_acceso.
grant select (organizacion_id, id, email, rol, nombre, es_clave_api, telefono, email_verificado, telefono_verificado, ultimo_acceso, activo, creado_en, actualizado_en, creado_por, actualizado_por)
  on public.usuarios to saas_app;
grant insert (email, password_hash, rol, nombre, telefono, es_clave_api) on public.usuarios to saas_app;
grant update (email, password_hash, rol, nombre, telefono, email_verificado, telefono_verificado, ultimo_acceso, activo) on public.usuarios to saas_app;
grant select, insert, update on public.sesiones to saas_app;
grant select, insert on public.idempotencia to saas_app;
grant select, insert, update on public.profesionales, public.clientes, public.servicios, public.citas to saas_app;
grant select, insert, update on public.horarios_profesionales to saas_app;
grant select, insert, update, delete on public.servicios_profesionales, public.horarios_disponibilidad to saas_app;
grant select, insert on public.historial_citas to saas_app;
grant select, insert, update on public.versiones to saas_app;
grant select, insert (cita_id, canal, minutos_antes, inicia_en, programado_para, enviado_en, estado, motivo) on public.recordatorios to saas_app;
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
grant select on public.uso_deltas to saas_app, saas_admin;
-- subscripciones and its history: nobody writes them but app.cambiar_subscripcion and the triggers.
grant select on public.avisos_subscripcion to saas_app, saas_admin;
-- Invoices: nobody writes them but the functions of 9c2. Who issues and what is taxed are settings of the platform.
grant select on public.facturas, public.facturas_lineas, public.pagos to saas_app, saas_admin;
grant select on public.emisores_facturas, public.impuestos_pais, public.eventos_stripe to saas_admin;
grant update (razon_social, identificacion_fiscal, direccion, ciudad, pais, email) on public.emisores_facturas to saas_admin;
grant insert, update on public.impuestos_pais to saas_admin;
grant select on public.ejecuciones_tareas to saas_admin;
-- eventos: nobody writes one by hand; they are marked as shared out. entregas: what one is about never changes.
grant select, update (repartido_en) on public.eventos to saas_app;
grant select on public.entregas to saas_app;
grant insert (evento_id, canal, destino_id, clave_orden, proximo_intento_en) on public.entregas to saas_app;
grant update (estado, intentos, tomada_hasta, proximo_intento_en, reintentar_hasta, ultimo_estado_http, ultimo_error, ultima_respuesta, duracion_ms, entregada_en)
  on public.entregas to saas_app;
grant select on public.destinos_webhook to saas_app;
grant insert (url, descripcion, eventos, activo) on public.destinos_webhook to saas_app;
grant update (url, descripcion, eventos, secreto_sellado, secreto_anterior_sellado, anterior_hasta, activo, fallando_desde, fallo_en, espera_hasta, pausado_en, motivo_pausa,
    eliminado_en)
  on public.destinos_webhook to saas_app;
-- A super_admin looks at them, without secrets.
grant select on public.eventos, public.entregas to saas_admin;
grant select (organizacion_id, id, url, descripcion, eventos, anterior_hasta, activo, fallando_desde, espera_hasta, pausado_en, motivo_pausa, eliminado_en, creado_en)
  on public.destinos_webhook to saas_admin;

-- WhatsApp: whose an instance is and its name never change; of a message only what it was understood as.
grant select on public.instancias_whatsapp, public.mensajes_whatsapp, public.plantillas_mensajes to saas_app;
grant insert (nombre, token_hash), update (apikey_sellado, estado, estado_desde, numero, proximo_envio_en, eliminada_en) on public.instancias_whatsapp to saas_app;
grant insert (instancia_id, clave, direccion, telefono, nombre, tipo, texto, cliente_id, cita_id, evento, entrega_id, enviado_en),
  update (cliente_id, cita_id, evento, entrega_id, accion, texto, conversado_en) on public.mensajes_whatsapp to saas_app;
grant insert (evento, canal, idioma, asunto, cuerpo, activo, solo_respaldo), update (asunto, cuerpo, activo, solo_respaldo), delete on public.plantillas_mensajes to saas_app;
-- A super_admin sees them, without secrets and without what was said.
grant select (organizacion_id, id, nombre, estado, estado_desde, numero, eliminada_en, creado_en) on public.instancias_whatsapp to saas_admin;
grant select on public.plantillas_mensajes to saas_admin;

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

-- Reports and integrations read one tenant at a time, the one in their context; no secrets.
grant select on public.monedas, public.planes_subscripcion, public.plantillas_servicios, public.metricas_organizacion, public.organizaciones,
  public.subscripciones, public.metricas_uso_organizacion, public.historial_subscripciones, public.profesionales, public.clientes, public.servicios,
  public.servicios_profesionales, public.citas, public.historial_citas, public.horarios_disponibilidad, public.horarios_profesionales to readonly_user;
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
grant select on public.citas, public.clientes, public.profesionales, public.servicios to saas_system;
grant select, insert on public.eventos to saas_system;
grant select, update, insert (organizacion_id, evento_id, canal, destino_id, clave_orden) on public.entregas to saas_system;
grant select (organizacion_id, id, activo, espera_hasta, pausado_en) on public.destinos_webhook to saas_system;
grant select on public.mensajes_whatsapp to saas_system;
grant insert (reintentar_hasta) on public.entregas to saas_system;

-- Subscriptions: the door, what the organisation shows of them, notices.
grant update on public.subscripciones to saas_system;
grant update (plan_actual, solo_lectura) on public.organizaciones to saas_system;
grant select, insert on public.avisos_subscripcion to saas_system;
grant select, insert, update on public.facturas, public.eventos_stripe to saas_system;
grant select, insert on public.facturas_lineas, public.pagos to saas_system;
grant select on public.impuestos_pais to saas_system;
grant select, update (ultimo) on public.emisores_facturas to saas_system;

-- Tasks: who runs what, where there is work, usage, cleaning.
grant select, insert, update, delete on public.ejecuciones_tareas to saas_system;
grant select (organizacion_id, estado, reservado_hasta) on public.horarios_disponibilidad to saas_system;
grant select (organizacion_id, cita_id, canal, minutos_antes, inicia_en) on public.recordatorios to saas_system;
grant update on public.metricas_uso_organizacion to saas_system;
grant select, insert, delete on public.uso_deltas to saas_system;
grant select, insert on public.avisos_uso to saas_system;
grant select (organizacion_id, usuario_id, clave, creado_en), delete on public.idempotencia to saas_system;
grant select (organizacion_id, id, expira_en), delete on public.sesiones to saas_system;
grant delete on public.codigos, public.eventos, public.entregas to saas_system;
-- Where somebody applied sql/ with psql there is no such record.
select 'grant select on public.migraciones_aplicadas to saas_system' where to_regclass('public.migraciones_aplicadas') is not null
\gexec

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
alter function app.auditar_borrado_conversaciones(bigint) owner to saas_system;
alter function app.citas_evento() owner to saas_system;
alter function app.organizaciones_evento() owner to saas_system;
alter function app.destinos_webhook_evento() owner to saas_system;
alter function app.registrar_evento_cita(text, bigint) owner to saas_system;
alter function app.registrar_prueba(bigint) owner to saas_system;
alter function app.organizaciones_por_repartir(int) owner to saas_system;
alter function app.tomar_entregas(text[], int[], boolean[], int, interval) owner to saas_system;
alter function app.tomar_tarea(text, interval, interval, boolean, bigint) owner to saas_system;
alter function app.latir_tarea(bigint, smallint) owner to saas_system;
alter function app.terminar_tarea(bigint, smallint, text, jsonb, text) owner to saas_system;
alter function app.organizaciones_con_trabajo(text) owner to saas_system;
alter function app.migraciones_pendientes(text[], text[]) owner to saas_system;
alter function app.estado_bandeja() owner to saas_system;
alter function app.estado_tareas() owner to saas_system;
alter function app.recordatorios_evento() owner to saas_system;
alter function app.subscripciones_cambio() owner to saas_system;
alter function app.subscripciones_alta() owner to saas_system;
alter function app.subscripciones_reflejo() owner to saas_system;
alter function app.tomar_subscripcion(boolean) owner to saas_system;
alter function app.cambiar_subscripcion(text, jsonb, text, numeric) owner to saas_system;
alter function app.avisar_subscripcion(text, timestamptz, jsonb) owner to saas_system;
alter function app.subscripciones_por_atender() owner to saas_system;
alter function app.emitir_factura(bigint, jsonb, text, timestamptz, timestamptz, timestamptz) owner to saas_system;
alter function app.registrar_pago(bigint, text, numeric, text, text, timestamptz) owner to saas_system;
alter function app.anular_factura(bigint, text) owner to saas_system;
alter function app.perdonar_facturas() owner to saas_system;
alter function app.tomar_evento_stripe(text, text, bigint, bigint) owner to saas_system;
alter function app.resolver_evento_stripe(text, text) owner to saas_system;
alter function app.organizaciones_para(text) owner to saas_system;
alter function app.plegar_uso() owner to saas_system;
alter function app.recontar_uso() owner to saas_system;
alter function app.uso_altas() owner to saas_system;
alter function app.uso_altas_usuarios() owner to saas_system;
alter function app.uso_cambio() owner to saas_system;
alter function app.uso_cambio_mensual() owner to saas_system;
alter function app.organizaciones_uso() owner to saas_system;
alter function app.exigir_funcion_de_tabla() owner to saas_system;
alter function app.borrar_vencidos(int) owner to saas_system;
alter function app.registrar_mensaje_recibido(bigint) owner to saas_system;
alter function app.registrar_respuesta(bigint, text) owner to saas_system;
alter function app.rendir_whatsapp(bigint, boolean) owner to saas_system;
alter function app.buscar_clientes(text, boolean, text, bigint, int) owner to saas_search;

revoke create on schema app from saas_auth, saas_system, saas_search;

grant usage on type public.rol_usuario, public.industria_tipo, public.plan_tipo, public.estado_cita, public.estado_franja,
  public.estado_subscripcion, public.tipo_horario to saas_auth, saas_system, saas_search, saas_app, saas_admin, readonly_user, integration_user;

-- Readers of the context, time and text: needed by policies, defaults and generated columns, whoever runs them.
grant execute on function app.tenant_actual(), app.usuario_actual(), app.rol_actual(), app.ip_actual(), app.solicitud_actual(), app.ahora(), app.zona_actual(), app.hoy(),
  app.instante_cercano(date, time, text), app.instante(date, time, text), app.fin_local(timestamptz, text), app.hora_de_fin(timestamp, timestamp),
  app.normalizar(text), app.texto_busqueda(text, text, text), app.codigo_legible(bigint), app.precio_local(numeric, char),
  app.exigir_decimales(text, numeric), app.exigir_decimales(text, numeric, text), app.transicion_permitida(public.estado_cita, public.estado_cita), app.nivel_de_rol(text)
  to saas_auth, saas_system, saas_search, saas_app, saas_admin, readonly_user, integration_user;

-- Subscriptions.
grant execute on function app.subscripcion_puede(public.estado_subscripcion, public.estado_subscripcion), app.subscripcion_vigente(), app.plan_a_la_venta(public.plan_tipo)
  to saas_system;
grant execute on function app.subscripcion_vigente(), app.tomar_subscripcion(boolean), app.cambiar_subscripcion(text, jsonb, text, numeric),
  app.avisar_subscripcion(text, timestamptz, jsonb), app.fin_de_periodo(timestamp, text, timestamptz, text), app.importe_neto(numeric, numeric, int)
  to saas_app, saas_admin;
grant execute on function app.presupuestar_cambio(public.plan_tipo, text), app.uso_que_no_cabe(public.plan_tipo), app.plan_a_la_venta(public.plan_tipo),
  app.prorratear(numeric, timestamptz, timestamptz, timestamptz, int) to saas_app;
grant execute on function app.organizaciones_para(text) to saas_app;

-- Invoices.
grant execute on function app.factura_puede(text, text), app.desglosar_impuesto(numeric, numeric, boolean, int) to saas_system;
grant execute on function app.emitir_factura(bigint, jsonb, text, timestamptz, timestamptz, timestamptz),
  app.registrar_pago(bigint, text, numeric, text, text, timestamptz) to saas_app, saas_admin;
grant execute on function app.anular_factura(bigint, text), app.perdonar_facturas() to saas_admin;
grant execute on function app.tomar_evento_stripe(text, text, bigint, bigint), app.resolver_evento_stripe(text, text) to saas_app;

-- Use and limits: those who ask see their own, or what a super_admin may see.
grant execute on function app.limite_de(public.planes_subscripcion, text), app.uso_plegado(public.metricas_uso_organizacion, text, date),
  app.uso(bigint), app.plan_sugerido(bigint, text, text), app.tiene_funcion(bigint, text) to saas_system, saas_app, saas_admin;
grant execute on function app.exigir_funcion(text) to saas_app;
grant execute on function app.recuento_uso(bigint), app.plegar_uso(bigint, boolean), app.contar_uso(bigint, text, int, timestamptz),
  app.avisar_uso(bigint, text, date, int, int) to saas_system;

-- What the snapshots of eventos are made of.
grant execute on function app.instante_json(timestamptz), app.organizacion_json(public.organizaciones), app.cita_json(public.citas) to saas_system;

-- What a message of WhatsApp causes.
grant execute on function app.registrar_mensaje_recibido(bigint), app.registrar_respuesta(bigint, text), app.rendir_whatsapp(bigint, boolean) to saas_app;

-- Events that the clock causes, and the work of the outbox: they answer ids.
grant execute on function app.registrar_evento_cita(text, bigint), app.registrar_prueba(bigint), app.organizaciones_por_repartir(int),
  app.tomar_entregas(text[], int[], boolean[], int, interval) to saas_app;

grant execute on function app.fijar_contexto(bigint, bigint, text, timestamptz) to saas_app, saas_admin, readonly_user, integration_user;

grant execute on function app.fijar_origen(inet, uuid) to saas_app, saas_admin;

grant execute on function app.tomar_tarea(text, interval, interval, boolean, bigint), app.latir_tarea(bigint, smallint),
  app.terminar_tarea(bigint, smallint, text, jsonb, text), app.organizaciones_con_trabajo(text), app.plegar_uso(), app.recontar_uso(), app.borrar_vencidos(int),
  app.silencio_de(timestamptz, time, time, text), app.momento_recordatorio(timestamptz, int, time, time, text) to saas_app;

grant execute on function app.fijar_contexto_super_admin(bigint, bigint, bigint, text, timestamptz, uuid), app.auditar_acceso(text),
  app.buscar_acceso(text, text) to saas_admin;

grant execute on function app.auditar_borrado_conversaciones(bigint) to saas_app;

grant execute on function app.migraciones_pendientes(text[], text[]), app.estado_bandeja(), app.estado_tareas() to saas_app;

grant execute on function app.fijar_contexto_usuario(bigint, bigint, text, timestamptz, uuid), app.fijar_contexto_clave(bigint, bytea, timestamptz),
  app.es_clave_api(bigint), app.fijar_contexto_publico(text, timestamptz),
  app.organizacion_por_codigo(text), app.buscar_acceso(text, text), app.aceptar_invitacion(bigint, bytea, text, text),
  app.registrar_organizacion(text, text, public.industria_tipo, text, text, text, text, text, text, text, text),
  app.buscar_clientes(text, boolean, text, bigint, int), app.horario_inicial(bigint, bigint),
  app.bloquear_profesionales(bigint, bigint[]), app.reglas_vigentes(bigint, bigint[], date, date),
  app.franjas_objetivo(bigint, bigint[], date, date), app.generar_franjas(bigint, bigint[], date, date),
  app.ocupar_franja(bigint, bigint, date, timestamptz, timestamptz, public.estado_franja, bigint, bigint, bigint, timestamptz),
  app.subir_version(bigint, bigint)
  to saas_app;

commit;

\connect n8n_db

revoke all on schema public from public;
grant all on schema public to n8n_app;
grant usage on schema extensions to n8n_app;
-- It names uuid_generate_v4() and the like alone, as if they lay in public, where it still makes its own.
alter role n8n_app in database n8n_db set search_path = "$user", public, extensions;

\connect evolution_db

revoke all on schema public from public;
grant all on schema public to evolution_app;
grant usage on schema extensions to evolution_app;
alter role evolution_app in database evolution_db set search_path = "$user", public, extensions;

\connect :"chat_db"

begin;

revoke all on schema public from public;
grant usage on schema public, extensions to saas_app, n8n_app, integration_user;
revoke all on all tables in schema chat from public, saas_app, n8n_app, integration_user;
revoke all on all functions in schema app from public, saas_app, n8n_app, integration_user;
grant usage on schema app, chat to saas_app, n8n_app;
grant select, delete on chat.n8n_chat_histories to saas_app, n8n_app;
grant insert (session_id, message, rol, canal, usuario_id, externo_id) on chat.n8n_chat_histories to saas_app;
grant insert (session_id, message) on chat.n8n_chat_histories to n8n_app;
-- The trigger keeps it, with the rights of who inserts a message.
grant select, insert, update on chat.conversaciones to saas_app, n8n_app;
grant delete on chat.conversaciones to saas_app;
grant execute on function app.tenant_actual(), app.organizacion_de(text), app.canal_de(text), app.rol_de(jsonb), app.contenido_de(jsonb) to saas_app, n8n_app;
grant execute on function app.fijar_contexto(bigint, bigint, text, timestamptz), app.fijar_origen(inet, uuid) to saas_app;

-- Which files were applied, for the API to say whether it knows this database. Where somebody applied sql/ with psql there is no such record.
select 'grant select (nombre, sha256) on public.migraciones_aplicadas to saas_app' where to_regclass('public.migraciones_aplicadas') is not null
\gexec

-- n8n's node sends "create table if not exists" with the bare name of its table before it first reads or writes. PostgreSQL asks for
-- CREATE on the schema before it looks whether the table is there, so n8n_app has that right, here only: it still owns nothing of ours.
grant create on schema chat to n8n_app;

alter role n8n_app in database :"chat_db" set search_path = chat;

commit;
