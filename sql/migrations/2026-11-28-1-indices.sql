-- Every index keeps a rule, or says here whom it serves; the others go, and with them what they cost each write. docs/decisions/0027.

-- Of foreign keys whose parent nobody may delete: their check looks at children only then, and identities never change. No query read them.
drop index public.citas_servicio_id;
drop index public.clientes_profesional_preferido_id;
drop index public.codigos_usuario_id;
drop index public.facturas_subscripcion_id;
drop index public.horarios_disponibilidad_horario_profesional_id;
drop index public.horarios_disponibilidad_servicio_id;
drop index public.mensajes_whatsapp_cita_id;
drop index public.mensajes_whatsapp_cliente_id;
drop index public.servicios_plantilla_id;
drop index public.subscripciones_plan_id;

comment on index public.auditoria_registro is 'GET /audit';
comment on index public.auditoria_usuario is 'GET /audit';
comment on index public.citas_agenda is 'GET /appointments, task recordatorios, task inasistencias';
comment on index public.citas_confirmadas is 'GET /appointments';
comment on index public.citas_en_curso is 'GET /appointments';
comment on index public.citas_pendientes is 'GET /appointments';
comment on index public.citas_por_cliente is 'GET /appointments, GET /clients/{id}, fk citas_cliente';
comment on index public.citas_por_opinar is 'task solicitudes_feedback';
comment on index public.citas_por_profesional is 'GET /appointments, fk citas_profesional';
comment on index public.citas_tablero is 'GET /dashboard';
comment on index public.clientes_busqueda is 'GET /clients';
comment on index public.clientes_creado_en is 'GET /dashboard';
comment on index public.clientes_lista is 'GET /clients';
comment on index public.clientes_telefono is 'POST /whatsapp/inbound/{token}';
comment on index public.codigos_expira_en is 'POST /auth/code, task retencion';
-- An e-mail that changes leaves the directory by it; no route changes one.
comment on index public.directorio_usuarios_usuario_id is 'fk directorio_usuarios_usuario';
comment on index public.entregas_creado_en is 'task retencion';
comment on index public.entregas_destino_id is 'GET /webhooks/deliveries, fk entregas_destino';
comment on index public.entregas_orden is 'task entregas';
comment on index public.entregas_pendientes is 'task entregas';
comment on index public.entregas_sin_entregar is 'GET /webhooks/deliveries';
comment on index public.entregas_tomadas is 'task entregas';
comment on index public.eventos_por_repartir is 'task reparto';
comment on index public.facturas_lineas_factura_id is 'GET /billing/invoices/{id}, fk facturas_lineas_factura';
comment on index public.facturas_por_cobrar is 'POST /billing/stripe/webhook';
comment on index public.historial_citas_cita_id is 'GET /appointments/{id}/events, fk historial_citas_cita';
comment on index public.historial_subscripciones_subscripcion_id is 'GET /admin/metrics, fk historial_subscripciones_subscripcion';
comment on index public.horarios_disponibilidad_dia is 'GET /schedules/slots, PUT /appointments/{id}/cancel, fk horarios_disponibilidad_profesional';
comment on index public.horarios_disponibilidad_libres is 'GET /availability, GET /availability/{date}';
comment on index public.horarios_disponibilidad_reservas is 'GET /availability/{date}, task reservas_vencidas';
comment on index public.horarios_profesionales_profesional_id is 'POST /schedules/generate, PUT /schedules/week/{profesionalId}';
comment on index public.limites_vence_en is 'task limites';
comment on index public.mensajes_whatsapp_creado_en is 'task reparto';
comment on index public.mensajes_whatsapp_por_conversar is 'POST /whatsapp/inbound/{token}';
comment on index public.mensajes_whatsapp_telefono is 'POST /whatsapp/inbound/{token}';
comment on index public.pagos_factura_id is 'GET /billing/invoices/{id}, fk pagos_factura';
comment on index public.plantillas_servicios_industria is 'POST /setup/import-services';
comment on index public.profesionales_lista is 'GET /professionals';
comment on index public.servicios_lista is 'GET /services';
comment on index public.servicios_profesionales_servicio_id is 'GET /availability, fk servicios_profesionales_servicio';
comment on index public.sesiones_familia is 'POST /auth/logout';
comment on index public.sesiones_revocadas is 'POST /auth/refresh';
comment on index public.sesiones_usuario_id is 'GET /auth/sessions, fk sesiones_usuario';

-- As in 11, but that the insert looks only at the days it is asked for: it had hashed all franjas of the tenant, years of them, whenever a cita
-- was cancelled or moved.
create or replace function app.generar_franjas(org bigint, profesionales bigint[], desde date, hasta date)
returns table (creadas int, eliminadas int) language plpgsql set search_path = '' as $$
begin
  perform app.bloquear_profesionales(org, profesionales);

  delete from public.horarios_disponibilidad h
  where h.organizacion_id = org and h.profesional_id = any (profesionales) and h.fecha between desde and hasta
    and h.estado = 'reservado_temporal' and h.reservado_hasta <= app.ahora();

  delete from public.horarios_disponibilidad h
  where h.organizacion_id = org and h.profesional_id = any (profesionales) and h.fecha between desde and hasta
    and h.estado in ('disponible', 'bloqueado')
    and not exists (
      select from app.franjas_objetivo(org, profesionales, desde, hasta) o
      where o.profesional_id = h.profesional_id and o.inicia_en = h.inicia_en and o.termina_en = h.termina_en
        and o.estado = h.estado and o.precio_dinamico is not distinct from h.precio_dinamico);
  get diagnostics eliminadas = row_count;

  insert into public.horarios_disponibilidad
    (organizacion_id, profesional_id, inicia_en, termina_en, estado, precio_dinamico, horario_profesional_id, tipo_horario, es_recurrente)
  select org, o.profesional_id, o.inicia_en, o.termina_en, o.estado, o.precio_dinamico, o.regla, o.tipo_horario, o.es_recurrente
  from app.franjas_objetivo(org, profesionales, desde, hasta) o
  where not exists (
    select from public.horarios_disponibilidad h
    where h.organizacion_id = org and h.profesional_id = any (profesionales) and h.fecha between desde and hasta
      and h.profesional_id = o.profesional_id and h.fecha = o.fecha and h.inicia_en = o.inicia_en and h.termina_en = o.termina_en);
  get diagnostics creadas = row_count;
  return next;
end $$;
