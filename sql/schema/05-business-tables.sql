-- Who works, who comes, and what is offered.

create table public.profesionales (
  organizacion_id bigint not null default app.tenant_actual()
    constraint profesionales_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  usuario_id bigint,
  nombre_completo text not null constraint profesionales_nombre_largo check (length(btrim(nombre_completo)) between 1 and 150),
  tipo_profesional text not null constraint profesionales_tipo_formato check (tipo_profesional ~ '^[a-z][a-z0-9_]{1,49}$'),
  especialidades text[] not null default '{}' constraint profesionales_especialidades_pocas check (cardinality(especialidades) <= 30),
  email text constraint profesionales_email_formato check (email = lower(email) and email like '%_@_%' and length(email) <= 254),
  telefono text constraint profesionales_telefono_formato check (telefono ~ '^\+[1-9][0-9]{6,14}$'),
  documento_identidad text constraint profesionales_documento_largo check (length(documento_identidad) <= 30),
  fecha_ingreso date,
  comision_porcentaje numeric(5,2) not null default 0 constraint profesionales_comision_valida check (comision_porcentaje between 0 and 100),
  biografia text constraint profesionales_biografia_largo check (length(biografia) <= 1000),
  foto_url text constraint profesionales_foto_url_formato check (foto_url ~ '^https?://' and length(foto_url) <= 500),
  color_calendario text constraint profesionales_color_formato check (color_calendario ~ '^#[0-9a-f]{6}$'),
  reservable_en_linea boolean not null default true,
  orden smallint not null default 0,
  generado_hasta date,
  activo boolean not null default true,
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint,
  primary key (organizacion_id, id),
  constraint profesionales_usuario_unico unique (organizacion_id, usuario_id),
  constraint profesionales_usuario foreign key (organizacion_id, usuario_id) references public.usuarios (organizacion_id, id) on delete restrict
);
comment on column public.profesionales.tipo_profesional is 'Slug such as barbero; matched with servicios.tipos_profesional_autorizados.';
comment on column public.profesionales.generado_hasta is 'Last local date whose franjas were generated: a change of hours rebuilds up to here.';

create table public.clientes (
  organizacion_id bigint not null default app.tenant_actual()
    constraint clientes_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  usuario_id bigint,
  nombre text not null constraint clientes_nombre_largo check (length(btrim(nombre)) between 1 and 150),
  email text constraint clientes_email_formato check (email = lower(email) and email like '%_@_%' and length(email) <= 254),
  telefono text constraint clientes_telefono_formato check (telefono ~ '^\+[1-9][0-9]{6,14}$'),
  fecha_nacimiento date constraint clientes_fecha_nacimiento_valida check (fecha_nacimiento between '1900-01-01' and '2100-01-01'),
  profesional_preferido_id bigint,
  notas text constraint clientes_notas_largo check (length(notas) <= 2000),
  alergias text constraint clientes_alergias_largo check (length(alergias) <= 1000),
  direccion text constraint clientes_direccion_largo check (length(direccion) <= 300),
  como_conocio text constraint clientes_como_conocio_largo check (length(como_conocio) <= 100),
  acepta_mensajes boolean not null default true,
  busqueda text collate "C" not null generated always as (app.texto_busqueda(nombre, email, telefono)) stored,
  activo boolean not null default true,
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint,
  primary key (organizacion_id, id),
  constraint clientes_usuario_unico unique (organizacion_id, usuario_id),
  constraint clientes_usuario foreign key (organizacion_id, usuario_id) references public.usuarios (organizacion_id, id) on delete restrict,
  constraint clientes_profesional_preferido foreign key (organizacion_id, profesional_preferido_id)
    references public.profesionales (organizacion_id, id) on delete restrict
);
comment on table public.clientes is 'Phone and e-mail are not unique: families share them.';
comment on column public.clientes.busqueda is 'Normalised name, e-mail and digits of the phone; only search reads it.';

create table public.servicios (
  organizacion_id bigint not null default app.tenant_actual()
    constraint servicios_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  plantilla_servicio_id bigint constraint servicios_plantilla references public.plantillas_servicios (id) on delete restrict,
  nombre text not null constraint servicios_nombre_largo check (length(btrim(nombre)) between 1 and 120),
  descripcion text constraint servicios_descripcion_largo check (length(descripcion) <= 500),
  categoria text constraint servicios_categoria_largo check (length(categoria) between 1 and 80),
  subcategoria text constraint servicios_subcategoria_largo check (length(subcategoria) between 1 and 80),
  precio numeric(12,2) not null constraint servicios_precio_positivo check (precio >= 0),
  moneda char(3) not null constraint servicios_moneda_existe references public.monedas (codigo) on delete restrict,
  duracion_minutos smallint not null constraint servicios_duracion_valida check (duracion_minutos between 5 and 720 and duracion_minutos % 5 = 0),
  buffer_antes_minutos smallint not null default 0
    constraint servicios_buffer_antes_valido check (buffer_antes_minutos between 0 and 120 and buffer_antes_minutos % 5 = 0),
  buffer_despues_minutos smallint not null default 0
    constraint servicios_buffer_despues_valido check (buffer_despues_minutos between 0 and 120 and buffer_despues_minutos % 5 = 0),
  paso_minutos smallint constraint servicios_paso_valido check (paso_minutos in (5, 10, 15, 20, 30, 60)),
  antelacion_minima_minutos int constraint servicios_antelacion_valida check (antelacion_minima_minutos between 0 and 43200),
  horizonte_dias smallint constraint servicios_horizonte_valido check (horizonte_dias between 1 and 730),
  tipos_profesional_autorizados text[] constraint servicios_tipos_pocos check (cardinality(tipos_profesional_autorizados) between 1 and 20),
  requiere_confirmacion boolean not null default false,
  reservable_en_linea boolean not null default true,
  color text constraint servicios_color_formato check (color ~ '^#[0-9a-f]{6}$'),
  etiquetas text[] not null default '{}' constraint servicios_etiquetas_pocas check (cardinality(etiquetas) <= 30),
  orden smallint not null default 0,
  activo boolean not null default true,
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint,
  primary key (organizacion_id, id),
  constraint servicios_nombre_unico unique (organizacion_id, nombre),
  constraint servicios_plantilla_una_vez unique (organizacion_id, plantilla_servicio_id)
);
comment on column public.servicios.moneda is 'Always the organisation''s, set by trigger.';
comment on column public.servicios.paso_minutos is 'Overrides the organisation''s; likewise antelacion_minima_minutos and horizonte_dias. Null = the organisation''s.';
comment on column public.servicios.tipos_profesional_autorizados is 'Null = every type of professional may give it.';
comment on column public.servicios.requiere_confirmacion is 'A booking starts as pendiente even where the organisation confirms automatically.';

create table public.servicios_profesionales (
  organizacion_id bigint not null default app.tenant_actual()
    constraint servicios_profesionales_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  servicio_id bigint not null,
  profesional_id bigint not null,
  precio_personalizado numeric(12,2) constraint servicios_profesionales_precio_positivo check (precio_personalizado >= 0),
  duracion_personalizada_minutos smallint constraint servicios_profesionales_duracion_valida
    check (duracion_personalizada_minutos between 5 and 720 and duracion_personalizada_minutos % 5 = 0),
  activo boolean not null default true,
  creado_en timestamptz not null default now(),
  actualizado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  actualizado_por bigint,
  primary key (organizacion_id, id),
  constraint servicios_profesionales_par_unico unique (organizacion_id, profesional_id, servicio_id),
  constraint servicios_profesionales_servicio foreign key (organizacion_id, servicio_id) references public.servicios (organizacion_id, id) on delete restrict,
  constraint servicios_profesionales_profesional foreign key (organizacion_id, profesional_id)
    references public.profesionales (organizacion_id, id) on delete restrict
);
comment on column public.servicios_profesionales.precio_personalizado is 'Null = the price of the service; likewise the duration.';

-- Search in any part of name, e-mail or phone, accents and case ignored, every word required; in order of name, keyset on (busqueda, id).
-- Security definer (saas_search, see 08): the tenant comes from the context, never from an argument.
create function app.buscar_clientes(consulta text, activos boolean, tras_busqueda text, tras_id bigint, cuantos int)
returns table (id bigint, busqueda text) language sql stable security definer set search_path = '' as $$
  with patrones as (
    select '%' || regexp_replace(
        case when p ~ '^[-+().0-9]*[0-9][-+().0-9]*$' then regexp_replace(p, '[^0-9]', '', 'g') else p end, '([\\%_])', '\\\1', 'g') || '%' as patron
    from regexp_split_to_table(btrim(app.normalizar(consulta)), '\s+') p)
  select c.id, c.busqueda
  from public.clientes c
  where c.organizacion_id = app.tenant_actual()
    and c.activo = activos
    -- the longest word reaches the trigram index, the others filter what it finds
    and c.busqueda like (select patron from patrones order by length(patron) desc limit 1)
    and c.busqueda like all (array(select patron from patrones))
    and (tras_busqueda is null or (c.busqueda, c.id) > (tras_busqueda collate "C", tras_id))
  order by c.busqueda, c.id
  limit cuantos
$$;
