-- Starting catalogue of services per industry. Prices are reference prices in USD at an ordinary Latin American level; the table
-- monedas turns them into a local suggestion. Buffers are time to clean, disinfect or travel, not time with the client.
-- Each row: what is charged and how long on the first line, who may do it and what it includes on the second.

-- Barbería: chairs turn over without a pause; only razor and colour need time to disinfect or clean.
insert into public.plantillas_servicios (tipo_industria, orden, nombre, categoria, subcategoria,
    precio_minimo, precio_sugerido, precio_maximo, duracion_minutos, buffer_antes_minutos, buffer_despues_minutos,
    requiere_confirmacion, etiquetas, tipos_profesional_autorizados, descripcion)
select 'barberia', v.* from (values
  ( 1, 'Corte clásico',               'Corte',  'Adulto',        6,  8, 15, 30, 0,  0, false, array['tijera', 'adultos'],
    array['barbero', 'estilista'],   'Corte a tijera o máquina con contornos perfilados y peinado final.'),
  ( 2, 'Corte degradado',             'Corte',  'Adulto',        7, 10, 18, 45, 0,  0, false, array['fade', 'navaja'],
    array['barbero'],                'Degradado bajo, medio o alto a máquina y navaja, con peinado y acabado.'),
  ( 3, 'Corte infantil',              'Corte',  'Infantil',      5,  7, 12, 30, 0,  0, false, array['infantil', 'familia'],
    array['barbero', 'estilista'],   'Corte para menores de 12 años, hecho con calma, con peinado incluido.'),
  ( 4, 'Corte para adulto mayor',     'Corte',  'Adulto mayor',  5,  6, 12, 30, 0,  0, false, array['tijera', 'familia'],
    array['barbero', 'estilista'],   'Corte cómodo y sin prisa, con arreglo de cejas, nuca y patillas.'),
  ( 5, 'Rapado a máquina',            'Corte',  'Adulto',        4,  5,  9, 20, 0,  0, false, array['rapado', 'adultos'],
    array['barbero', 'estilista'],   'Rapado parejo a un solo largo, con contornos y nuca a navaja.'),
  ( 6, 'Diseño en el cabello',        'Corte',  'Adulto',        3,  5, 10, 20, 0,  0, false, array['navaja', 'freestyle'],
    array['barbero'],                'Líneas o figuras a navaja para complementar un corte ya hecho.'),
  ( 7, 'Corte y barba',               'Combos', 'Adulto',       10, 14, 25, 60, 0,  5, false, array['combo', 'barba'],
    array['barbero'],                'Corte a elección y arreglo de barba con toalla caliente y bálsamo.'),
  ( 8, 'Arreglo de barba',            'Barba',  'Perfilado',     4,  6, 12, 20, 0,  5, false, array['barba', 'navaja'],
    array['barbero'],                'Rebaje, perfilado a navaja e hidratación de la barba con aceite.'),
  ( 9, 'Afeitado clásico a navaja',   'Barba',  'Afeitado',      6,  9, 18, 30, 0,  5, false, array['navaja', 'toalla_caliente'],
    array['barbero'],                'Afeitado completo con toalla caliente, espuma tibia y loción calmante.'),
  (10, 'Perfilado de cejas',          'Rostro', 'Cejas',         2,  3,  6, 10, 0,  0, false, array['cejas', 'navaja'],
    array['barbero', 'estilista'],   'Limpieza y forma natural de las cejas a navaja o pinza.'),
  (11, 'Limpieza facial para hombre', 'Rostro', 'Facial',       10, 15, 30, 40, 0,  5, false, array['facial', 'mascarilla'],
    array['barbero', 'estilista'],   'Exfoliación, vapor, extracción de puntos negros y mascarilla.'),
  (12, 'Camuflaje de canas',          'Color',  'Cabello',      10, 15, 30, 45, 0, 10, false, array['canas', 'tinte'],
    array['estilista', 'colorista'], 'Color que disimula las canas con un tono natural, con lavado incluido.'),
  (13, 'Tinte de barba',              'Color',  'Barba',         7, 10, 20, 30, 0,  5, false, array['barba', 'tinte'],
    array['barbero', 'colorista'],   'Color parejo para la barba con prueba de tono y cuidado de la piel.')
) as v
on conflict (tipo_industria, nombre) do nothing;

-- Salón de belleza: colour and straightening fill half a day, so the shop confirms them before it blocks a chair.
insert into public.plantillas_servicios (tipo_industria, orden, nombre, categoria, subcategoria,
    precio_minimo, precio_sugerido, precio_maximo, duracion_minutos, buffer_antes_minutos, buffer_despues_minutos,
    requiere_confirmacion, etiquetas, tipos_profesional_autorizados, descripcion)
select 'salon_belleza', v.* from (values
  ( 1, 'Corte de dama',           'Cabello',      'Corte',      8, 12,  25,  45, 0,  5, false, array['corte', 'asesoramiento'],
    array['estilista', 'colorista'],   'Asesoramiento de estilo, lavado, corte y secado con forma.'),
  ( 2, 'Lavado y brushing',       'Cabello',      'Peinado',    6,  9,  18,  40, 0,  5, false, array['secado', 'plancha'],
    array['estilista', 'colorista'],   'Lavado con masaje capilar y secado liso o con ondas.'),
  ( 3, 'Peinado para evento',     'Cabello',      'Peinado',   15, 25,  50,  60, 0,  5, false, array['evento', 'novia'],
    array['estilista'],                'Recogido, semirrecogido u ondas con fijación para toda la noche.'),
  ( 4, 'Retoque de raíz',         'Color',        'Tinte',     18, 25,  50,  90, 0, 10, false, array['tinte', 'canas'],
    array['colorista'],                'Color en el crecimiento de la raíz, con lavado y secado.'),
  ( 5, 'Tinte completo',          'Color',        'Tinte',     25, 38,  80, 120, 0, 10, false, array['tinte', 'cambio_de_look'],
    array['colorista'],                'Color de raíz a puntas con mascarilla selladora, lavado y secado.'),
  ( 6, 'Balayage',                'Color',        'Mechas',    50, 80, 180, 210, 0, 15, true,  array['mechas', 'decolorado'],
    array['colorista'],                'Mechas degradadas a mano alzada, matiz, tratamiento y brushing.'),
  ( 7, 'Alisado con keratina',    'Tratamientos', 'Alisado',   40, 60, 130, 180, 0, 15, true,  array['keratina', 'liso'],
    array['estilista', 'colorista'],   'Alisado que reduce el volumen y el frizz, con sellado a plancha.'),
  ( 8, 'Hidratación profunda',    'Tratamientos', 'Nutrición', 12, 18,  40,  45, 0,  5, false, array['mascarilla', 'nutritivo'],
    array['estilista', 'colorista'],   'Mascarilla nutritiva con calor para cabello seco o maltratado y secado.'),
  ( 9, 'Manicura tradicional',    'Uñas',         'Manos',      5,  8,  15,  40, 0,  5, false, array['manos', 'esmalte'],
    array['manicurista'],              'Limado, cutículas, hidratación y esmalte tradicional a elección.'),
  (10, 'Manicura semipermanente', 'Uñas',         'Manos',      9, 14,  25,  60, 0,  5, false, array['manos', 'gel'],
    array['manicurista'],              'Preparación de la uña y esmalte en gel que dura hasta tres semanas.'),
  (11, 'Uñas acrílicas',          'Uñas',         'Manos',     16, 24,  45, 120, 0, 10, false, array['manos', 'extensiones'],
    array['manicurista'],              'Aplicación de uñas esculpidas con forma, largo y color a elección.'),
  (12, 'Pedicura spa',            'Uñas',         'Pies',      10, 15,  28,  60, 0, 10, false, array['pies', 'esmalte'],
    array['manicurista'],              'Baño de pies, exfoliación, arreglo de uñas, masaje breve y esmalte.'),
  (13, 'Maquillaje social',       'Maquillaje',   'Evento',    20, 32,  65,  60, 0,  5, false, array['evento', 'noche'],
    array['maquillista', 'estilista'], 'Preparación de la piel y maquillaje de larga duración para el evento.')
) as v
on conflict (tipo_industria, nombre) do nothing;

-- Estética: cabins are disinfected between clients; acids, needles and laser need a person to check contraindications first.
insert into public.plantillas_servicios (tipo_industria, orden, nombre, categoria, subcategoria,
    precio_minimo, precio_sugerido, precio_maximo, duracion_minutos, buffer_antes_minutos, buffer_despues_minutos,
    requiere_confirmacion, etiquetas, tipos_profesional_autorizados, descripcion)
select 'estetica', v.* from (values
  ( 1, 'Limpieza facial profunda',         'Facial',       'Limpieza',    18, 28,  55,  75, 0, 10, false, array['facial', 'poros'],
    array['cosmetologo', 'esteticista'], 'Vapor, extracción de impurezas, alta frecuencia y mascarilla calmante.'),
  ( 2, 'Hidratación facial',               'Facial',       'Hidratación', 16, 25,  50,  60, 0, 10, false, array['facial', 'luminosidad'],
    array['cosmetologo', 'esteticista'], 'Limpieza suave, suero de ácido hialurónico, mascarilla y masaje facial.'),
  ( 3, 'Peeling químico suave',            'Facial',       'Renovación',  25, 40,  80,  45, 0, 10, true,  array['manchas', 'marcas'],
    array['cosmetologo'],                'Renovación de la piel con ácidos suaves para manchas y marcas leves.'),
  ( 4, 'Punta de diamante',                'Facial',       'Renovación',  22, 35,  70,  60, 0, 10, false, array['poros', 'luminosidad'],
    array['cosmetologo', 'esteticista'], 'Microdermoabrasión que afina poros y textura, con mascarilla final.'),
  ( 5, 'Microagujas con dermapen',         'Aparatología', 'Facial',      35, 55, 120,  60, 0, 15, true,  array['marcas', 'firmeza'],
    array['cosmetologo'],                'Microperforación con anestesia en crema y suero para marcas y firmeza.'),
  ( 6, 'Radiofrecuencia facial',           'Aparatología', 'Facial',      20, 32,  65,  45, 0, 10, false, array['firmeza', 'arrugas'],
    array['cosmetologo', 'esteticista'], 'Calor controlado que estimula el colágeno y reafirma el óvalo facial.'),
  ( 7, 'Depilación de piernas con cera',   'Depilación',   'Cera',        10, 16,  30,  45, 0, 10, false, array['cera', 'piernas'],
    array['esteticista'],                'Cera tibia en piernas completas, con gel calmante al terminar.'),
  ( 8, 'Depilación de bikini con cera',    'Depilación',   'Cera',         8, 12,  25,  30, 0, 10, false, array['cera', 'bikini'],
    array['esteticista'],                'Cera de baja temperatura en línea de bikini, con material desechable.'),
  ( 9, 'Depilación láser de zona pequeña', 'Depilación',   'Láser',       12, 20,  40,  20, 0, 10, true,  array['axilas', 'rostro'],
    array['tecnico_laser'],              'Una sesión en axilas, bozo o zona similar, con gel frío y protector.'),
  (10, 'Depilación láser de piernas',      'Depilación',   'Láser',       35, 55, 110,  60, 0, 10, true,  array['piernas', 'sesiones'],
    array['tecnico_laser'],              'Una sesión en piernas completas, con revisión de piel y gel frío.'),
  (11, 'Diseño de cejas',                  'Mirada',       'Cejas',        5,  8,  15,  30, 0,  5, false, array['cejas', 'henna'],
    array['lashista', 'esteticista'],    'Medición del rostro, depilación con cera o hilo y retoque de color.'),
  (12, 'Lifting de pestañas',              'Mirada',       'Pestañas',    14, 22,  40,  60, 0,  5, false, array['rizado', 'tinte'],
    array['lashista'],                   'Rizado desde la raíz con tinte y nutrición de la pestaña natural.'),
  (13, 'Extensiones de pestañas',          'Mirada',       'Pestañas',    22, 35,  65, 120, 0, 10, false, array['pelo_a_pelo', 'volumen'],
    array['lashista'],                   'Aplicación pelo a pelo con el largo y la curva que elija el cliente.'),
  (14, 'Masaje reductor',                  'Corporal',     'Modelado',    15, 22,  45,  60, 0, 10, false, array['abdomen', 'modelado'],
    array['esteticista'],                'Maniobras intensas en abdomen, cintura o piernas con gel térmico.')
) as v
on conflict (tipo_industria, nombre) do nothing;

-- Spa: fifteen minutes after every session to air the cabin, change the linen and let the guest leave without hurry.
insert into public.plantillas_servicios (tipo_industria, orden, nombre, categoria, subcategoria,
    precio_minimo, precio_sugerido, precio_maximo, duracion_minutos, buffer_antes_minutos, buffer_despues_minutos,
    requiere_confirmacion, etiquetas, tipos_profesional_autorizados, descripcion)
select 'spa', v.* from (values
  ( 1, 'Masaje relajante de 60 minutos', 'Masajes',      'Relajante',   20, 30,  60,  60,  0, 15, false, array['relax', 'aceites'],
    array['masajista', 'terapeuta'],   'Masaje suave de cuerpo completo con aceites tibios y música.'),
  ( 2, 'Masaje relajante de 90 minutos', 'Masajes',      'Relajante',   28, 42,  85,  90,  0, 15, false, array['relax', 'aceites'],
    array['masajista', 'terapeuta'],   'Masaje suave y prolongado, con más tiempo en espalda, pies y cabeza.'),
  ( 3, 'Masaje descontracturante',       'Masajes',      'Terapéutico', 22, 34,  70,  60,  0, 15, false, array['espalda', 'nudos'],
    array['masajista', 'terapeuta'],   'Presión media a profunda sobre nudos y contracturas musculares.'),
  ( 4, 'Masaje con piedras calientes',   'Masajes',      'Relajante',   25, 40,  80,  75, 10, 15, false, array['piedras', 'calor'],
    array['masajista', 'terapeuta'],   'Piedras volcánicas tibias y masaje lento para soltar la tensión.'),
  ( 5, 'Masaje de espalda y cuello',     'Masajes',      'Exprés',      12, 18,  35,  30,  0, 15, false, array['espalda', 'oficina'],
    array['masajista', 'terapeuta'],   'Media hora dedicada a espalda, hombros y cuello cargados.'),
  ( 6, 'Masaje prenatal',                'Masajes',      'Terapéutico', 22, 35,  70,  60,  0, 15, true,  array['embarazo', 'suave'],
    array['terapeuta'],                'Masaje suave de costado desde el cuarto mes, con apoyo de almohadas.'),
  ( 7, 'Drenaje linfático manual',       'Masajes',      'Terapéutico', 20, 32,  65,  60,  0, 15, false, array['piernas', 'postoperatorio'],
    array['terapeuta'],                'Maniobras lentas que alivian la retención de líquidos y la hinchazón.'),
  ( 8, 'Reflexología podal',             'Masajes',      'Pies',        14, 20,  40,  45,  0, 15, false, array['pies', 'relax'],
    array['terapeuta', 'masajista'],   'Baño de pies y presión en puntos reflejos de la planta.'),
  ( 9, 'Exfoliación corporal',           'Corporal',     'Exfoliación', 20, 30,  60,  45,  0, 15, false, array['piel', 'sales'],
    array['esteticista', 'masajista'], 'Exfoliación con sales y aceites, ducha y crema hidratante.'),
  (10, 'Envoltura de arcilla',           'Corporal',     'Envolturas',  25, 38,  75,  60,  0, 15, false, array['piel', 'arcilla'],
    array['esteticista', 'masajista'], 'Arcilla tibia sobre todo el cuerpo, manta térmica, ducha y crema.'),
  (11, 'Facial hidratante',              'Facial',       'Hidratación', 20, 30,  60,  60,  0, 15, false, array['rostro', 'mascarilla'],
    array['esteticista'],              'Limpieza, exfoliación, mascarilla hidratante y masaje de rostro y cuello.'),
  (12, 'Vapor con aromaterapia',         'Hidroterapia', 'Vapor',       12, 18,  35,  45,  0, 15, false, array['vapor', 'aromas'],
    array['terapeuta', 'esteticista'], 'Sesión privada de vapor con esencias, toallas e infusión.'),
  (13, 'Ritual de medio día',            'Rituales',     'Experiencia', 60, 90, 180, 180, 10, 15, true,  array['regalo', 'experiencia'],
    array['masajista', 'terapeuta'],   'Vapor, exfoliación, masaje de cuerpo completo y facial en una visita.')
) as v
on conflict (tipo_industria, nombre) do nothing;

-- Podología: ten minutes after each visit to sterilise instruments; what depends on a diagnosis is confirmed by the clinic.
insert into public.plantillas_servicios (tipo_industria, orden, nombre, categoria, subcategoria,
    precio_minimo, precio_sugerido, precio_maximo, duracion_minutos, buffer_antes_minutos, buffer_despues_minutos,
    requiere_confirmacion, etiquetas, tipos_profesional_autorizados, descripcion)
select 'podologia', v.* from (values
  ( 1, 'Consulta de podología',           'Consulta',        'Valoración',     10, 15,  35, 30, 0, 10, false, array['revisar', 'pies'],
    array['podologo'],                       'Historia clínica, revisión de ambos pies y plan de tratamiento.'),
  ( 2, 'Quiropodia completa',             'Cuidado del pie', 'Integral',       14, 20,  40, 45, 0, 10, false, array['durezas', 'limpieza'],
    array['podologo'],                       'Corte de uñas, retiro de callos y durezas, pulido e hidratación.'),
  ( 3, 'Corte y limado de uñas',          'Cuidado del pie', 'Uñas',            7, 10,  20, 30, 0, 10, false, array['familia', 'limpieza'],
    array['podologo', 'auxiliar_podologia'], 'Corte correcto, limado y limpieza de surcos, ideal para adultos mayores.'),
  ( 4, 'Retiro de callos y durezas',      'Cuidado del pie', 'Piel',           12, 18,  35, 30, 0, 10, false, array['callos', 'durezas'],
    array['podologo'],                       'Deslaminado indoloro de callos y durezas, pulido y crema.'),
  ( 5, 'Tratamiento de uña encarnada',    'Uñas',            'Uña encarnada',  18, 28,  60, 45, 0, 10, false, array['dolor', 'curar'],
    array['podologo'],                       'Retiro de la espícula que lastima, curación y pautas para casa.'),
  ( 6, 'Corrección de uña con ortonixia', 'Uñas',            'Uña encarnada',  30, 45,  90, 45, 0, 10, true,  array['brackets', 'corregir'],
    array['podologo'],                       'Colocación de bracket que corrige la curva de la uña sin cirugía.'),
  ( 7, 'Reconstrucción de uña',           'Uñas',            'Reconstrucción', 10, 15,  30, 40, 0, 10, false, array['resina', 'pies'],
    array['podologo', 'auxiliar_podologia'], 'Resina flexible que devuelve forma y protección a la uña dañada.'),
  ( 8, 'Tratamiento de hongos en uñas',   'Uñas',            'Hongos',         15, 24,  50, 30, 0, 10, false, array['hongos', 'fresado'],
    array['podologo'],                       'Fresado de la uña afectada, aplicación de antimicótico e indicaciones.'),
  ( 9, 'Láser para hongos en uñas',       'Uñas',            'Hongos',         25, 40,  90, 30, 0, 10, true,  array['hongos', 'sesiones'],
    array['podologo'],                       'Una sesión de láser sobre las uñas afectadas, con fresado previo.'),
  (10, 'Tratamiento de verruga plantar',  'Piel',            'Verrugas',       18, 28,  60, 30, 0, 10, true,  array['verruga', 'planta'],
    array['podologo'],                       'Deslaminado y aplicación local para eliminar la verruga, con control.'),
  (11, 'Cuidado del pie con diabetes',    'Pie de riesgo',   'Diabetes',       16, 25,  50, 45, 0, 10, false, array['diabetes', 'prevenir'],
    array['podologo'],                       'Prueba de sensibilidad y pulso, corte seguro de uñas y prevención.'),
  (12, 'Estudio de la pisada',            'Biomecánica',     'Valoración',     25, 40,  80, 45, 0, 10, false, array['pisada', 'deporte'],
    array['podologo'],                       'Análisis de postura y marcha con plataforma e informe de resultados.'),
  (13, 'Plantillas a medida',             'Biomecánica',     'Ortesis',        50, 80, 160, 45, 0, 10, true,  array['plantillas', 'pisada'],
    array['podologo'],                       'Toma de molde, fabricación y ajuste de un par de plantillas a medida.')
) as v
on conflict (tipo_industria, nombre) do nothing;

-- Consultorio médico: short gaps for the record and the couch; a procedure also needs the room prepared beforehand.
insert into public.plantillas_servicios (tipo_industria, orden, nombre, categoria, subcategoria,
    precio_minimo, precio_sugerido, precio_maximo, duracion_minutos, buffer_antes_minutos, buffer_despues_minutos,
    requiere_confirmacion, etiquetas, tipos_profesional_autorizados, descripcion)
select 'consultorio_medico', v.* from (values
  ( 1, 'Consulta de medicina general', 'Consulta',       'General',      12, 25,  50, 30,  0,  5, false, array['adultos', 'familia'],
    array['medico_general'],                        'Interrogatorio, examen físico, diagnóstico, receta y plan a seguir.'),
  ( 2, 'Consulta de control',          'Consulta',       'Seguimiento',   8, 15,  35, 20,  0,  5, false, array['resultados', 'receta'],
    array['medico_general', 'medico_especialista'], 'Revisión de la evolución, lectura de exámenes y ajuste del tratamiento.'),
  ( 3, 'Consulta con especialista',    'Consulta',       'Especialidad', 30, 45,  90, 40,  0,  5, false, array['especialidad', 'adultos'],
    array['medico_especialista'],                   'Valoración completa por especialista, con diagnóstico e indicaciones.'),
  ( 4, 'Consulta pediátrica',          'Consulta',       'Pediatría',    20, 35,  70, 30,  0,  5, false, array['infantil', 'familia'],
    array['medico_especialista'],                   'Examen del niño, control de peso y talla, vacunas al día y consejos.'),
  ( 5, 'Consulta ginecológica',        'Consulta',       'Ginecología',  25, 40,  80, 40,  0, 10, false, array['mujer', 'prevenir'],
    array['medico_especialista'],                   'Entrevista y examen ginecológico, con toma de citología si corresponde.'),
  ( 6, 'Consulta por videollamada',    'Consulta',       'En línea',     10, 20,  40, 20,  0,  5, false, array['remoto', 'receta'],
    array['medico_general', 'medico_especialista'], 'Atención a distancia con orientación, receta digital y seguimiento.'),
  ( 7, 'Chequeo preventivo anual',     'Consulta',       'Prevención',   25, 45,  90, 60,  0,  5, false, array['prevenir', 'adultos'],
    array['medico_general'],                        'Examen físico completo, cálculo de riesgos y orden de laboratorio.'),
  ( 8, 'Consulta de nutrición',        'Nutrición',      'Alimentación', 15, 25,  50, 45,  0,  5, false, array['peso', 'alimentos'],
    array['nutricionista'],                         'Medidas corporales, hábitos y plan de alimentación personalizado.'),
  ( 9, 'Certificado médico',           'Trámites',       'Certificados',  8, 12,  25, 20,  0,  5, false, array['trabajo', 'escuela'],
    array['medico_general'],                        'Examen físico y certificado firmado para trabajo, escuela o deporte.'),
  (10, 'Electrocardiograma',           'Estudios',       'Corazón',      12, 20,  40, 30,  0, 10, false, array['estudio', 'latido'],
    array['medico_general', 'enfermero'],           'Registro de doce derivaciones en reposo con informe escrito.'),
  (11, 'Control de presión y glucosa', 'Enfermería',     'Controles',     3,  5,  12, 15,  0,  5, false, array['diabetes', 'prevenir'],
    array['enfermero'],                             'Toma de presión, pulso y glucosa capilar con registro de resultados.'),
  (12, 'Curación de heridas',          'Enfermería',     'Curaciones',    6, 10,  25, 30,  0, 10, false, array['herida', 'puntos'],
    array['enfermero', 'medico_general'],           'Limpieza, cambio de apósito o retiro de puntos con material estéril.'),
  (13, 'Aplicación de inyección',      'Enfermería',     'Inyecciones',   2,  4,  10, 15,  0,  5, false, array['receta', 'suero'],
    array['enfermero'],                             'Aplicación del medicamento recetado que traiga el paciente.'),
  (14, 'Procedimiento menor',          'Procedimientos', 'Consultorio',  30, 50, 120, 60, 10, 15, true,  array['sutura', 'lunar'],
    array['medico_general', 'medico_especialista'], 'Sutura, retiro de lunar o drenaje con anestesia local y curación.')
) as v
on conflict (tipo_industria, nombre) do nothing;

-- Academia: one-to-one lessons run back to back; admission courses and guidance are long and confirmed first.
insert into public.plantillas_servicios (tipo_industria, orden, nombre, categoria, subcategoria,
    precio_minimo, precio_sugerido, precio_maximo, duracion_minutos, buffer_antes_minutos, buffer_despues_minutos,
    requiere_confirmacion, etiquetas, tipos_profesional_autorizados, descripcion)
select 'academia', v.* from (values
  ( 1, 'Clase de prueba',                 'Primer contacto', 'Presentación',  3,  5, 12,  30, 0,  0, false, array['conocer', 'inicial'],
    array['profesor', 'tutor', 'instructor'], 'Media hora para conocer al docente, el método y los objetivos.'),
  ( 2, 'Evaluación de nivel',             'Primer contacto', 'Diagnóstico',   4,  7, 15,  30, 0,  5, false, array['nivel', 'prueba'],
    array['profesor', 'tutor'],               'Prueba escrita y oral con informe del nivel y plan sugerido.'),
  ( 3, 'Apoyo escolar de primaria',       'Apoyo escolar',   'Primaria',      6,  9, 18,  60, 0,  0, false, array['tareas', 'infantil'],
    array['tutor', 'profesor'],               'Ayuda con tareas, lectura y cuentas, con reporte a la familia.'),
  ( 4, 'Clase de matemáticas',            'Apoyo escolar',   'Ciencias',      8, 12, 25,  60, 0,  0, false, array['colegio', 'ejercicios'],
    array['profesor', 'tutor'],               'Explicación paso a paso y ejercicios del tema que el alumno necesita.'),
  ( 5, 'Clase de física o química',       'Apoyo escolar',   'Ciencias',      8, 13, 28,  60, 0,  0, false, array['colegio', 'ejercicios'],
    array['profesor'],                        'Teoría y resolución de problemas según el programa del curso.'),
  ( 6, 'Preparación preuniversitaria',    'Apoyo escolar',   'Exámenes',     12, 18, 35, 120, 0, 10, true,  array['ingreso', 'simulacro'],
    array['profesor'],                        'Repaso para el examen de admisión, simulacro cronometrado y corrección comentada.'),
  ( 7, 'Clase individual de inglés',      'Idiomas',         'Inglés',        8, 12, 25,  60, 0,  0, false, array['hablar', 'escribir'],
    array['profesor', 'tutor'],               'Conversación, gramática y vocabulario al ritmo y meta del alumno.'),
  ( 8, 'Preparación de examen de idioma', 'Idiomas',         'Exámenes',     12, 18, 40,  90, 0,  5, false, array['diploma', 'simulacro'],
    array['profesor'],                        'Práctica de las cuatro destrezas con modelos del examen y corrección.'),
  ( 9, 'Clase de guitarra',               'Música',          'Cuerdas',       8, 12, 25,  60, 0,  0, false, array['guitarra', 'inicial'],
    array['instructor'],                      'Técnica, acordes y repertorio a elección; se presta el instrumento.'),
  (10, 'Clase de piano',                  'Música',          'Teclado',       9, 14, 28,  60, 0,  0, false, array['piano', 'inicial'],
    array['instructor'],                      'Lectura, técnica y repertorio en piano acústico o digital del salón.'),
  (11, 'Clase de canto',                  'Música',          'Voz',           9, 14, 28,  45, 0,  0, false, array['voz', 'repertorio'],
    array['instructor'],                      'Respiración, afinación e interpretación con pistas de acompañamiento.'),
  (12, 'Clase de dibujo y pintura',       'Arte',            'Plástica',      8, 12, 25,  90, 0, 10, false, array['dibujo', 'pintura'],
    array['instructor'],                      'Técnica guiada sobre un proyecto propio; incluye materiales básicos.'),
  (13, 'Clase de computación básica',     'Tecnología',      'Ofimática',     7, 10, 20,  60, 0,  0, false, array['desde_cero', 'oficina'],
    array['instructor', 'tutor'],             'Uso de la computadora, internet, correo y documentos desde cero.'),
  (14, 'Orientación vocacional',          'Orientación',     'Carrera',      15, 25, 50,  60, 0, 10, true,  array['carrera', 'futuro'],
    array['orientador'],                      'Entrevista, prueba de intereses y devolución con opciones de carrera.')
) as v
on conflict (tipo_industria, nombre) do nothing;

-- Taller técnico: prices are labour only; parts are quoted apart, and work at home carries travel time on both sides.
insert into public.plantillas_servicios (tipo_industria, orden, nombre, categoria, subcategoria,
    precio_minimo, precio_sugerido, precio_maximo, duracion_minutos, buffer_antes_minutos, buffer_despues_minutos,
    requiere_confirmacion, etiquetas, tipos_profesional_autorizados, descripcion)
select 'taller_tecnico', v.* from (values
  ( 1, 'Diagnóstico de celular o tableta',    'Celulares',    'Diagnóstico',    3,  5,  12,  20,  0,  0, false, array['celular', 'revisar'],
    array['tecnico_celulares'],         'Revisión del equipo y presupuesto, que se descuenta si se repara.'),
  ( 2, 'Cambio de pantalla de celular',       'Celulares',    'Reparación',    10, 18,  40,  60,  0,  5, false, array['celular', 'vidrio'],
    array['tecnico_celulares'],         'Mano de obra del cambio y prueba táctil; el repuesto se cotiza aparte.'),
  ( 3, 'Cambio de batería de celular',        'Celulares',    'Reparación',     6, 10,  25,  40,  0,  5, false, array['celular', 'pila'],
    array['tecnico_celulares'],         'Mano de obra del cambio y prueba de carga; el repuesto va aparte.'),
  ( 4, 'Cambio de conector de carga',         'Celulares',    'Reparación',     8, 14,  30,  60,  0,  5, false, array['celular', 'carga'],
    array['tecnico_celulares'],         'Desarme, cambio o limpieza del conector y prueba de carga y datos.'),
  ( 5, 'Diagnóstico de computadora',          'Computadoras', 'Diagnóstico',    5, 10,  20,  45,  0,  0, false, array['laptop', 'revisar'],
    array['tecnico_computo'],           'Prueba de disco, memoria y sistema, con informe y presupuesto.'),
  ( 6, 'Mantenimiento de computadora',        'Computadoras', 'Mantenimiento', 10, 18,  40,  90,  0,  5, false, array['laptop', 'limpieza'],
    array['tecnico_computo'],           'Limpieza interna, cambio de pasta térmica y puesta a punto del sistema.'),
  ( 7, 'Formateo e instalación',              'Computadoras', 'Programas',     12, 20,  40, 120,  0,  5, false, array['laptop', 'respaldo'],
    array['tecnico_computo'],           'Respaldo de archivos, sistema limpio, controladores y programas básicos.'),
  ( 8, 'Recuperación de datos',               'Computadoras', 'Datos',         25, 45, 120, 120,  0,  0, true,  array['disco', 'respaldo'],
    array['tecnico_computo'],           'Intento de rescate desde disco o memoria, con lista de lo recuperado.'),
  ( 9, 'Revisión de electrodoméstico',        'Hogar',        'Diagnóstico',    8, 15,  30,  60, 20, 20, false, array['lavadora', 'nevera'],
    array['tecnico_electrodomesticos'], 'Visita a domicilio, prueba de lavadora o refrigerador y presupuesto.'),
  (10, 'Mantenimiento de aire acondicionado', 'Hogar',        'Mantenimiento', 18, 30,  60,  90, 20, 20, true,  array['clima', 'limpieza'],
    array['tecnico_electrodomesticos'], 'Visita a domicilio con lavado de filtros y serpentín y control de gas.'),
  (11, 'Cambio de aceite y filtro',           'Automotriz',   'Mantenimiento',  8, 15,  35,  45,  0, 10, false, array['motor', 'carro'],
    array['mecanico'],                  'Mano de obra y revisión de niveles; aceite y filtro se cobran aparte.'),
  (12, 'Diagnóstico con escáner',             'Automotriz',   'Diagnóstico',   10, 18,  40,  45,  0,  5, false, array['motor', 'fallas'],
    array['mecanico'],                  'Lectura de códigos de falla, explicación y presupuesto de reparación.'),
  (13, 'Revisión de frenos',                  'Automotriz',   'Seguridad',      8, 14,  30,  60,  0, 10, false, array['frenos', 'carro'],
    array['mecanico'],                  'Desmontaje, limpieza, medición de pastillas y discos, y ajuste.'),
  (14, 'Alineación y balanceo',               'Automotriz',   'Ruedas',        12, 20,  40,  60,  0, 10, false, array['llantas', 'carro'],
    array['mecanico'],                  'Alineación computarizada y balanceo de las cuatro ruedas.')
) as v
on conflict (tipo_industria, nombre) do nothing;

-- Centro de fitness: individual sessions by the hour; equipment is wiped between people, tables are changed after treatment.
insert into public.plantillas_servicios (tipo_industria, orden, nombre, categoria, subcategoria,
    precio_minimo, precio_sugerido, precio_maximo, duracion_minutos, buffer_antes_minutos, buffer_despues_minutos,
    requiere_confirmacion, etiquetas, tipos_profesional_autorizados, descripcion)
select 'centro_fitness', v.* from (values
  ( 1, 'Evaluación física inicial',        'Evaluación',    'Ingreso',       7, 12, 30, 45, 0,  5, false, array['ingreso', 'metas'],
    array['entrenador_personal', 'fisioterapeuta'], 'Entrevista, medidas, pruebas de fuerza y movilidad, y plan de metas.'),
  ( 2, 'Análisis de composición corporal', 'Evaluación',    'Medidas',       5,  8, 20, 20, 0,  5, false, array['grasa', 'masa_muscular'],
    array['nutricionista', 'entrenador_personal'],  'Medición por bioimpedancia con informe de grasa, músculo y agua.'),
  ( 3, 'Entrenamiento personal',           'Entrenamiento', 'Individual',    8, 15, 35, 60, 0,  0, false, array['fuerza', 'metas'],
    array['entrenador_personal'],                   'Sesión uno a uno con calentamiento, rutina guiada y estiramiento.'),
  ( 4, 'Entrenamiento en dúo',             'Entrenamiento', 'Dúo',          12, 22, 45, 60, 0,  0, false, array['pareja', 'fuerza'],
    array['entrenador_personal'],                   'Sesión guiada para dos personas; el precio es por la pareja.'),
  ( 5, 'Diseño de rutina',                 'Entrenamiento', 'Planes',        8, 12, 30, 45, 0,  0, false, array['rutina', 'metas'],
    array['entrenador_personal'],                   'Plan de cuatro semanas según nivel y equipo, con práctica supervisada.'),
  ( 6, 'Entrenamiento por videollamada',   'Entrenamiento', 'En línea',      6, 10, 25, 45, 0,  0, false, array['remoto', 'en_casa'],
    array['entrenador_personal', 'instructor'],     'Sesión en vivo desde casa con peso corporal o equipo sencillo.'),
  ( 7, 'Boxeo de acondicionamiento',       'Entrenamiento', 'Boxeo',         8, 12, 28, 60, 0,  5, false, array['boxeo', 'cardio'],
    array['instructor', 'entrenador_personal'],     'Técnica de golpeo, manoplas y circuito; se prestan guantes.'),
  ( 8, 'Pilates en reformer',              'Bienestar',     'Pilates',      10, 16, 35, 55, 0,  5, false, array['pilates', 'postura'],
    array['instructor', 'fisioterapeuta'],          'Sesión individual en máquina para fuerza, postura y flexibilidad.'),
  ( 9, 'Yoga personalizado',               'Bienestar',     'Yoga',         10, 15, 35, 60, 0,  5, false, array['yoga', 'respirar'],
    array['instructor'],                            'Posturas, respiración y relajación adaptadas a cada persona.'),
  (10, 'Asesoramiento nutricional',        'Nutrición',     'Plan',         15, 25, 50, 45, 0,  5, false, array['dieta', 'deporte'],
    array['nutricionista'],                         'Evaluación, plan de comidas según el entrenamiento y lista de compras.'),
  (11, 'Control de nutrición',             'Nutrición',     'Seguimiento',   8, 14, 30, 30, 0,  5, false, array['dieta', 'peso'],
    array['nutricionista'],                         'Nuevas medidas, revisión de avances y ajuste del plan de comidas.'),
  (12, 'Sesión de fisioterapia',           'Recuperación',  'Fisioterapia', 15, 22, 45, 45, 0, 10, false, array['dolor', 'rehabilitar'],
    array['fisioterapeuta'],                        'Valoración, terapia manual o equipos y ejercicios de rehabilitación.'),
  (13, 'Masaje deportivo',                 'Recuperación',  'Masaje',       15, 22, 45, 45, 0, 10, false, array['descarga', 'piernas'],
    array['fisioterapeuta'],                        'Descarga muscular de los grupos más exigidos por el entrenamiento.'),
  (14, 'Estiramiento asistido',            'Recuperación',  'Movilidad',     8, 12, 28, 30, 0,  5, false, array['movilidad', 'postura'],
    array['fisioterapeuta', 'entrenador_personal'], 'Estiramientos guiados por el profesional para ganar movilidad.')
) as v
on conflict (tipo_industria, nombre) do nothing;

-- Veterinaria: the table is disinfected between animals; surgery needs fasting, preparation and recovery, so it is confirmed.
insert into public.plantillas_servicios (tipo_industria, orden, nombre, categoria, subcategoria,
    precio_minimo, precio_sugerido, precio_maximo, duracion_minutos, buffer_antes_minutos, buffer_despues_minutos,
    requiere_confirmacion, etiquetas, tipos_profesional_autorizados, descripcion)
select 'veterinaria', v.* from (values
  ( 1, 'Consulta veterinaria general',      'Consulta',       'General',        10, 18,  40,  30,  0, 10, false, array['perros', 'gatos'],
    array['medico_veterinario'],                          'Examen completo, diagnóstico presuntivo, receta e indicaciones.'),
  ( 2, 'Consulta de control veterinario',   'Consulta',       'Seguimiento',     6, 10,  25,  20,  0, 10, false, array['perros', 'gatos'],
    array['medico_veterinario'],                          'Revisión de la evolución, de heridas o de resultados de laboratorio.'),
  ( 3, 'Consulta de animales exóticos',     'Consulta',       'Exóticos',       15, 25,  50,  40,  0, 10, true,  array['aves', 'conejos'],
    array['medico_veterinario'],                          'Examen de aves, conejos, roedores o reptiles y guía de manejo.'),
  ( 4, 'Vacunación',                        'Prevención',     'Vacunas',         8, 14,  30,  20,  0, 10, false, array['perros', 'gatos'],
    array['medico_veterinario'],                          'Examen previo, una vacuna a elección y registro en la cartilla.'),
  ( 5, 'Desparasitación',                   'Prevención',     'Parásitos',       4,  8,  20,  15,  0,  5, false, array['perros', 'gatos'],
    array['medico_veterinario', 'asistente_veterinario'], 'Pesaje, dosis interna según el peso y fecha de la próxima toma.'),
  ( 6, 'Colocación de microchip',           'Prevención',     'Identificación', 12, 20,  40,  15,  0,  5, false, array['viaje', 'registro'],
    array['medico_veterinario'],                          'Microchip, lectura de prueba e inscripción de los datos del dueño.'),
  ( 7, 'Baño de perro pequeño',             'Estética',       'Baño',            7, 12,  22,  60,  0, 10, false, array['perros', 'higiene'],
    array['peluquero_canino', 'asistente_veterinario'],   'Baño, secado, cepillado, oídos y uñas para perros de hasta 10 kg.'),
  ( 8, 'Baño de perro grande',              'Estética',       'Baño',           12, 20,  38,  90,  0, 15, false, array['perros', 'higiene'],
    array['peluquero_canino', 'asistente_veterinario'],   'Baño, secado, cepillado, oídos y uñas para perros de más de 10 kg.'),
  ( 9, 'Baño y corte de pelo',              'Estética',       'Corte',          12, 20,  40,  90,  0, 15, false, array['perros', 'raza'],
    array['peluquero_canino'],                            'Baño completo y corte de raza o al gusto, con perfume y moño.'),
  (10, 'Corte de uñas y limpieza de oídos', 'Estética',       'Higiene',         3,  6,  12,  20,  0,  5, false, array['perros', 'gatos'],
    array['asistente_veterinario', 'peluquero_canino'],   'Corte y limado de uñas y limpieza de oídos, sin necesidad de baño.'),
  (11, 'Ecografía abdominal',               'Estudios',       'Imagen',         18, 28,  60,  30,  0, 10, false, array['imagen', 'ayuno'],
    array['medico_veterinario'],                          'Estudio de los órganos abdominales con informe; requiere ayuno.'),
  (12, 'Limpieza dental',                   'Procedimientos', 'Boca',           35, 55, 120,  90, 15, 20, true,  array['boca', 'anestesia'],
    array['medico_veterinario'],                          'Retiro de sarro con ultrasonido y pulido bajo anestesia controlada.'),
  (13, 'Esterilización de gata',            'Cirugía',        'Esterilización', 30, 50, 110,  90, 15, 20, true,  array['gatos', 'ayuno'],
    array['medico_veterinario'],                          'Cirugía con anestesia, medicación para el dolor y control a los días.'),
  (14, 'Esterilización de perra',           'Cirugía',        'Esterilización', 45, 75, 160, 120, 15, 20, true,  array['perros', 'ayuno'],
    array['medico_veterinario'],                          'Cirugía con anestesia según el peso, medicación y control posterior.')
) as v
on conflict (tipo_industria, nombre) do nothing;

-- Otro: generic appointments that fit any trade first, then trades that have no industry of their own.
insert into public.plantillas_servicios (tipo_industria, orden, nombre, categoria, subcategoria,
    precio_minimo, precio_sugerido, precio_maximo, duracion_minutos, buffer_antes_minutos, buffer_despues_minutos,
    requiere_confirmacion, etiquetas, tipos_profesional_autorizados, descripcion)
select 'otro', v.* from (values
  ( 1, 'Cita breve',                 'General',   'Atención',       5,  10,  25,  30,  0,  0, false, array['consulta', 'puntual'],
    array['asesor', 'especialista', 'tecnico'], 'Media hora para una consulta puntual o un trámite sencillo.'),
  ( 2, 'Cita estándar',              'General',   'Atención',      10,  20,  45,  60,  0,  0, false, array['consulta', 'completa'],
    array['asesor', 'especialista', 'tecnico'], 'Una hora de atención personalizada para resolver un tema completo.'),
  ( 3, 'Primera visita',             'General',   'Atención',       8,  15,  35,  45,  0,  5, false, array['conocer', 'presupuesto'],
    array['asesor', 'especialista', 'tecnico'], 'Entrevista para conocer la necesidad, resolver dudas y presupuestar.'),
  ( 4, 'Cita de seguimiento',        'General',   'Atención',       5,  10,  25,  30,  0,  0, false, array['avances', 'control'],
    array['asesor', 'especialista', 'tecnico'], 'Revisión de avances y próximos pasos de un servicio ya iniciado.'),
  ( 5, 'Sesión por videollamada',    'General',   'En línea',       8,  15,  35,  45,  0,  5, false, array['remoto', 'video'],
    array['asesor', 'especialista'],            'Atención a distancia; el enlace llega con la confirmación.'),
  ( 6, 'Visita a domicilio',         'General',   'A domicilio',   15,  25,  55,  90, 20, 20, true,  array['en_casa', 'traslado'],
    array['especialista', 'tecnico'],           'Atención en la dirección del cliente, con traslado incluido.'),
  ( 7, 'Asesoría contable',          'Asesoría',  'Finanzas',      15,  25,  60,  60,  0,  5, false, array['impuestos', 'negocio'],
    array['asesor'],                            'Revisión de impuestos, facturas u obligaciones, con recomendaciones.'),
  ( 8, 'Asesoría legal',             'Asesoría',  'Derecho',       20,  35,  80,  60,  0, 10, false, array['contratos', 'familia'],
    array['asesor'],                            'Estudio del caso, lectura de documentos y opciones a seguir.'),
  ( 9, 'Sesión de psicología',       'Bienestar', 'Terapia',       15,  25,  55,  50,  0, 10, false, array['terapia', 'emociones'],
    array['especialista'],                      'Sesión individual y confidencial con un profesional de la psicología.'),
  (10, 'Sesión de fotos en estudio', 'Imagen',    'Fotos',         30,  50, 120,  90, 10, 15, true,  array['retrato', 'estudio'],
    array['artista'],                           'Retratos con luces y fondo, y diez fotos editadas en formato digital.'),
  (11, 'Tatuaje pequeño',            'Imagen',    'Tatuajes',      25,  40,  90,  90, 10, 20, true,  array['tatuaje', 'tinta'],
    array['artista'],                           'Diseño de hasta 8 cm con material estéril y guía de cuidados.'),
  (12, 'Sesión larga de tatuaje',    'Imagen',    'Tatuajes',      60, 100, 250, 240, 10, 20, true,  array['tatuaje', 'tinta'],
    array['artista'],                           'Cuatro horas de trabajo en una pieza mediana o grande, con descansos.'),
  (13, 'Perforación corporal',       'Imagen',    'Perforaciones', 10,  15,  30,  30,  0, 15, false, array['piercing', 'joya'],
    array['artista'],                           'Perforación con aguja estéril, joya básica de titanio y cuidados.'),
  (14, 'Prueba y ajuste de prenda',  'Costura',   'Arreglos',       5,   8,  20,  30,  0,  0, false, array['sastre', 'ropa'],
    array['tecnico', 'especialista'],           'Toma de medidas y marcado de arreglos; la fecha de entrega se acuerda.')
) as v
on conflict (tipo_industria, nombre) do nothing;
