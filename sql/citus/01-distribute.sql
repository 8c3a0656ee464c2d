-- Distributes the schema over the nodes of a Citus cluster (docs/citus.md). Not applied by the migrator: once, with psql, by a superuser,
-- on the coordinator, when the files of sql/ are applied and 00-nodes.sql has run on every node.
-- test/sql/citus.spec.ts compares these lists with the catalogue: a new table belongs in one of the three.
begin;
set local citus.multi_shard_modify_mode = 'sequential';  -- foreign keys to reference tables
set local citus.enable_unsafe_triggers = on;             -- "unsafe": they write only the shards beside them, which Citus does not check

-- Keys come off and back on as they are, so that the order of what follows does not matter.
create temp table llaves on commit drop as
select k.conname as nombre, k.conrelid::regclass as tabla, pg_get_constraintdef(k.oid) as definicion
from pg_constraint k
where k.contype = 'f' and k.connamespace = 'public'::regnamespace;

do $$
declare
  llave record;
begin
  for llave in select * from llaves loop
    execute format('alter table %s drop constraint %I', llave.tabla, llave.nombre);
  end loop;
end $$;

-- Sign-in: the variable in the head of its two functions is not told to other nodes, so the role alone has to do. Nobody can become it.
alter policy login_context on public.usuarios using (true);
alter policy login_context on public.organizaciones using (true);
alter policy login_context on public.directorio_organizaciones using (true);
alter policy login_context on public.directorio_usuarios using (true);

-- Unique over all organisations, which no node can promise: npm run super-admin asks before it makes the platform's.
drop index public.organizaciones_una_plataforma;

-- ── A copy on every node: what rows of tenants refer to and triggers read ───────────────────────────────────────
select create_reference_table('public.monedas');
select create_reference_table('public.plantillas_servicios');
select create_reference_table('public.planes_subscripcion');
select create_reference_table('public.emisores_facturas');
select create_reference_table('public.impuestos_pais');
select create_reference_table('public.directorio_organizaciones');
select create_reference_table('public.directorio_usuarios');

-- Of the coordinator alone, because no statement joins them with rows of tenants, and a copy would cost each write a commit on every node:
-- limites, ejecuciones_tareas, eventos_stripe, migraciones_aplicadas.

-- ── By tenant: all rows of an organisation on one node ──────────────────────────────────────────────────────────
select create_distributed_table('public.organizaciones', 'id', shard_count => 64);
select create_distributed_table('public.usuarios', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.sesiones', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.idempotencia', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.profesionales', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.clientes', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.servicios', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.servicios_profesionales', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.citas', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.historial_citas', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.horarios_disponibilidad', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.subscripciones', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.metricas_uso_organizacion', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.historial_subscripciones', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.horarios_profesionales', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.auditoria', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.codigos', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.segundos_factores', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.codigos_recuperacion', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.claves_api', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.eventos', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.destinos_webhook', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.entregas', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.recordatorios', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.instancias_whatsapp', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.mensajes_whatsapp', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.plantillas_mensajes', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.uso_deltas', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.versiones', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.avisos_uso', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.avisos_subscripcion', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.facturas', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.facturas_lineas', 'organizacion_id', colocate_with => 'public.organizaciones');
select create_distributed_table('public.pagos', 'organizacion_id', colocate_with => 'public.organizaciones');

-- A reference table may not refer to a distributed one: the two of the directories stay off. Nobody deletes an organisation or a user.
do $$
declare
  llave record;
begin
  for llave in select * from llaves where nombre not in ('directorio_organizaciones_organizacion', 'directorio_usuarios_usuario') loop
    execute format('alter table %s add constraint %I %s', llave.tabla, llave.nombre, llave.definicion);
  end loop;
end $$;

-- What the nodes were told to make they made as the superuser, whose functions are everybody's.
revoke all on all functions in schema app from public;

commit;
