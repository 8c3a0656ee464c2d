-- Indexes beyond those of the constraints, each with the query or foreign key it serves.

-- refresh: revoke a family; logout everywhere and fk usuarios
create index sesiones_familia on public.sesiones (organizacion_id, familia);
create index sesiones_usuario_id on public.sesiones (organizacion_id, usuario_id);
-- fk directorio_usuarios → usuarios, and the upkeep of an e-mail that changes
create index directorio_usuarios_usuario_id on public.directorio_usuarios (organizacion_id, usuario_id);

-- GET /setup/service-templates, and the import
create index plantillas_servicios_industria on public.plantillas_servicios (tipo_industria, orden, id) where activo;

-- GET /professionals
create index profesionales_lista on public.profesionales (organizacion_id, orden, id);

-- GET /clients in order of name, and search by prefix
create index clientes_lista on public.clientes (organizacion_id, busqueda, id);
-- GET /clients?q=: any part of name, e-mail or phone (app.buscar_clientes)
create index clientes_busqueda on public.clientes using gin (organizacion_id, busqueda extensions.gin_trgm_ops);
-- dashboard: new clients
create index clientes_creado_en on public.clientes (organizacion_id, creado_en);
-- fk clientes → profesionales
create index clientes_profesional_preferido_id on public.clientes (organizacion_id, profesional_preferido_id) where profesional_preferido_id is not null;

-- fk servicios → plantillas_servicios (global side)
create index servicios_plantilla_id on public.servicios (plantilla_servicio_id) where plantilla_servicio_id is not null;
-- GET /services
create index servicios_lista on public.servicios (organizacion_id, orden, id);
-- availability: who gives a service; fk
create index servicios_profesionales_servicio_id on public.servicios_profesionales (organizacion_id, servicio_id, profesional_id);

-- GET /appointments by date, keyset on (inicia_en, id)
create index citas_agenda on public.citas (organizacion_id, inicia_en, id);
-- GET /appointments?profesional_id=; fk
create index citas_por_profesional on public.citas (organizacion_id, profesional_id, inicia_en, id);
-- GET /appointments?cliente_id=; fk
create index citas_por_cliente on public.citas (organizacion_id, cliente_id, inicia_en, id);
-- fk citas → servicios
create index citas_servicio_id on public.citas (organizacion_id, servicio_id);
-- GET /appointments?estado= of what is still open: few rows however long the history
create index citas_pendientes on public.citas (organizacion_id, inicia_en, id) where estado = 'pendiente';
create index citas_confirmadas on public.citas (organizacion_id, inicia_en, id) where estado = 'confirmada';
create index citas_en_curso on public.citas (organizacion_id, inicia_en, id) where estado = 'en_curso';
-- dashboard: an index-only scan of its 30 days
create index citas_tablero on public.citas (organizacion_id, fecha_cita) include (estado, precio_final, calificacion_cliente);

-- GET /appointments/{id}/events; fk
create index historial_citas_cita_id on public.historial_citas (organizacion_id, cita_id, id);

-- GET /availability: free intervals of a day or range. Enum equality is not leakproof, so the state is the index's predicate.
create index horarios_disponibilidad_libres on public.horarios_disponibilidad (organizacion_id, fecha, profesional_id)
  include (inicia_en, termina_en, precio_dinamico) where estado = 'disponible';
-- availability, again: holds that expired count as free; the job that clears them
create index horarios_disponibilidad_reservas on public.horarios_disponibilidad (organizacion_id, fecha, profesional_id)
  where estado = 'reservado_temporal';
-- GET /schedules/slots and regeneration: the day of a professional; fk
create index horarios_disponibilidad_dia on public.horarios_disponibilidad (organizacion_id, profesional_id, fecha, inicia_en);
-- fk horarios_disponibilidad → servicios
create index horarios_disponibilidad_servicio_id on public.horarios_disponibilidad (organizacion_id, servicio_id) where servicio_id is not null;

-- Without these the planner, seeing independent columns, takes the GiST index of the EXCLUDE for an equality.
create statistics citas_correlacion (dependencies, ndistinct) on organizacion_id, profesional_id, fecha_cita from public.citas;
create statistics horarios_disponibilidad_correlacion (dependencies, ndistinct)
  on organizacion_id, profesional_id, fecha from public.horarios_disponibilidad;
