-- The global catalogue: what a business of each industry usually offers.

-- Why: a barber registers at 9:00 and takes bookings at 9:05; nobody types twelve services first.
create table public.plantillas_servicios (
  id bigint generated always as identity primary key,
  tipo_industria public.industria_tipo not null,
  nombre text not null constraint plantillas_servicios_nombre_largo check (length(nombre) between 1 and 120),
  descripcion text not null constraint plantillas_servicios_descripcion_largo check (length(descripcion) <= 500),
  categoria text not null constraint plantillas_servicios_categoria_largo check (length(categoria) between 1 and 80),
  subcategoria text constraint plantillas_servicios_subcategoria_largo check (length(subcategoria) between 1 and 80),
  precio_sugerido numeric(12,2) not null,
  precio_minimo numeric(12,2) not null constraint plantillas_servicios_precio_minimo_positivo check (precio_minimo >= 0),
  precio_maximo numeric(12,2) not null,
  moneda char(3) not null default 'USD' constraint plantillas_servicios_moneda_existe references public.monedas (codigo) on delete restrict,
  duracion_minutos smallint not null
    constraint plantillas_servicios_duracion_valida check (duracion_minutos between 5 and 480 and duracion_minutos % 5 = 0),
  buffer_antes_minutos smallint not null default 0 constraint plantillas_servicios_buffer_antes_valido check (buffer_antes_minutos between 0 and 120),
  buffer_despues_minutos smallint not null default 0 constraint plantillas_servicios_buffer_despues_valido check (buffer_despues_minutos between 0 and 120),
  tipos_profesional_autorizados text[],
  etiquetas text[] not null default '{}',
  requiere_confirmacion boolean not null default false,
  orden smallint not null default 0,
  activo boolean not null default true,
  constraint plantillas_servicios_nombre_unico unique (tipo_industria, nombre),
  constraint plantillas_servicios_precios_ordenados check (precio_sugerido between precio_minimo and precio_maximo)
);
comment on table public.plantillas_servicios is 'Global: tenants read it, none writes it.';

-- Template price → price of a business: its price level, rounded to a price that people write on a board.
create function app.precio_local(precio numeric, destino char(3))
returns numeric language sql stable set search_path = ''
as $$
  select round(greatest(m.redondeo, round(precio * m.factor_sugerido / m.redondeo) * m.redondeo), m.decimales)
  from public.monedas m where m.codigo = destino
$$;
