-- Plans sold to businesses, in USD; a year costs ten months. A null limit means unlimited.
-- Sized on real shops: a chair or two see up to 25 appointments a day (basico), a busy shop 60 (profesional: 60 × 31 = 1,860 a
-- month, each with a confirmation, a reminder and a request for feedback). The trial holds a whole industry's templates.
-- custom has no list price and no limits: the contract sets them.
insert into public.planes_subscripcion (codigo_plan, nombre, descripcion, precio_mensual, precio_anual, moneda,
    limite_profesionales, limite_clientes, limite_servicios, limite_usuarios, limite_citas_mes, limite_whatsapp_mes,
    dias_prueba, funciones, orden, activo) values
  ('trial', 'Prueba gratuita',
    'Catorce días para agendar citas reales y probar los recordatorios y las integraciones, sin tarjeta.',
    0.00, 0.00, 'USD', 3, 100, 20, 3, 200, 100, 14,
    '{"whatsapp": true, "recordatorios": true, "api": true, "n8n": true,
      "reportes_avanzados": true, "marca_propia": false, "soporte_prioritario": false}', 1, true),
  ('basico', 'Básico',
    'Para profesionales independientes y negocios pequeños: agenda en línea, recordatorios y avisos por WhatsApp.',
    15.00, 150.00, 'USD', 4, 1500, 40, 6, 800, 1600, 0,
    '{"whatsapp": true, "recordatorios": true, "api": false, "n8n": false,
      "reportes_avanzados": false, "marca_propia": false, "soporte_prioritario": false}', 2, true),
  ('profesional', 'Profesional',
    'Para negocios en crecimiento con agenda llena: más equipo, reportes avanzados, API y automatizaciones con n8n.',
    35.00, 350.00, 'USD', 15, 10000, 150, 25, 2500, 7500, 0,
    '{"whatsapp": true, "recordatorios": true, "api": true, "n8n": true,
      "reportes_avanzados": true, "marca_propia": false, "soporte_prioritario": false}', 3, true),
  ('empresarial', 'Empresarial',
    'Para empresas con equipos grandes: marca propia, soporte prioritario y límites para miles de citas al mes.',
    99.00, 990.00, 'USD', 75, 100000, 500, 150, 20000, 60000, 0,
    '{"whatsapp": true, "recordatorios": true, "api": true, "n8n": true,
      "reportes_avanzados": true, "marca_propia": true, "soporte_prioritario": true}', 4, true),
  ('custom', 'A la medida',
    'Sin límites de uso; el precio y las condiciones se acuerdan por contrato.',
    0.00, 0.00, 'USD', null, null, null, null, null, null, 0,
    '{"whatsapp": true, "recordatorios": true, "api": true, "n8n": true,
      "reportes_avanzados": true, "marca_propia": true, "soporte_prioritario": true}', 5, true)
on conflict (codigo_plan) do nothing;
