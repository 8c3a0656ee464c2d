-- Who did it, so that a workflow writes to the business what its client did, and to the client what the business did, without asking back.
create or replace function app.cita_json(c public.citas) returns jsonb language plpgsql stable set search_path = '' as $$
begin
  return (
    select jsonb_build_object(
      'cita', jsonb_build_object(
        'id', c.id, 'codigo_cita', c.codigo_cita, 'estado', c.estado,
        'inicia_en', app.instante_json(c.inicia_en), 'termina_en', app.instante_json(c.termina_en),
        'fecha_cita', c.fecha_cita, 'hora_inicio', left(c.hora_inicio::text, 5), 'hora_fin', left(c.hora_fin::text, 5), 'zona_horaria', o.zona_horaria,
        'precio_servicio', c.precio_servicio::text, 'descuento', c.descuento::text, 'precio_final', c.precio_final::text, 'moneda', c.moneda,
        'origen', c.origen, 'veces_reprogramada', c.veces_reprogramada, 'notas_cliente', c.notas_cliente, 'motivo_cancelacion', c.motivo_cancelacion),
      'cliente', jsonb_build_object('id', cl.id, 'nombre', cl.nombre, 'email', cl.email, 'telefono', cl.telefono, 'acepta_mensajes', cl.acepta_mensajes),
      'profesional', jsonb_build_object('id', p.id, 'nombre_completo', p.nombre_completo, 'tipo_profesional', p.tipo_profesional,
        'email', p.email, 'telefono', p.telefono),
      'servicio', jsonb_build_object('id', s.id, 'nombre', s.nombre, 'categoria', s.categoria, 'duracion_minutos', s.duracion_minutos),
      'organizacion', app.organizacion_json(o),
      -- Who answers by WhatsApp is a cliente without an account; the clock is nobody.
      'autor', case when app.rol_actual() is not null then jsonb_build_object('usuario_id', app.usuario_actual(), 'rol', app.rol_actual()) end)
    from public.organizaciones o
    join public.clientes cl on cl.organizacion_id = o.id and cl.id = c.cliente_id
    join public.profesionales p on p.organizacion_id = o.id and p.id = c.profesional_id
    join public.servicios s on s.organizacion_id = o.id and s.id = c.servicio_id
    where o.id = c.organizacion_id);
end $$;
