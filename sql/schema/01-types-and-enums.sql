-- The seven enums. Their words go unchanged from the column to the JSON, so each is documented where it is born.

create schema app;
comment on schema app is 'Functions of Franja. Tables live in public, extensions in extensions.';

create type public.rol_usuario as enum ('super_admin', 'admin', 'propietario', 'empleado', 'cliente');
comment on type public.rol_usuario is 'Hierarchy, highest first. super_admin works only through the database role saas_admin.';

create type public.industria_tipo as enum (
  'barberia', 'salon_belleza', 'estetica', 'spa', 'podologia', 'consultorio_medico',
  'academia', 'taller_tecnico', 'centro_fitness', 'veterinaria', 'otro');

create type public.plan_tipo as enum ('trial', 'basico', 'profesional', 'empresarial', 'custom');

create type public.estado_cita as enum ('pendiente', 'confirmada', 'en_curso', 'completada', 'cancelada', 'no_asistio');
comment on type public.estado_cita is
  'pendiente > confirmada > en_curso > completada; cancelada and no_asistio end a cita before it starts. See app.transicion_permitida.';

create type public.estado_franja as enum ('disponible', 'reservado_temporal', 'ocupado', 'bloqueado');

create type public.estado_subscripcion as enum ('prueba', 'activa', 'morosa', 'suspendida', 'cancelada', 'expirada');

create type public.tipo_horario as enum ('regular', 'descanso', 'especial', 'feriado', 'vacaciones', 'bloqueo');
comment on type public.tipo_horario is
  'regular and descanso repeat weekly; especial replaces the regular hours of its dates; feriado, vacaciones and bloqueo take time away.';
