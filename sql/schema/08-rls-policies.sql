-- Row Level Security: enabled and forced, the same stamp everywhere (app.proteger_tabla in 02). Nothing set, nothing visible.
-- Later files (10, 11) stamp their own tables. A table without a stamp fails the catalogue test.

select app.proteger_tabla('public.organizaciones', 'id');
select app.proteger_tabla('public.usuarios');
select app.proteger_tabla('public.sesiones');
select app.proteger_tabla('public.idempotencia');
select app.proteger_tabla('public.profesionales');
select app.proteger_tabla('public.clientes');
select app.proteger_tabla('public.servicios');
select app.proteger_tabla('public.servicios_profesionales');
select app.proteger_tabla('public.citas');
select app.proteger_tabla('public.historial_citas');
select app.proteger_tabla('public.horarios_disponibilidad');

-- The directories belong to no tenant: only system functions and sign-in read them.
select app.proteger_tabla('public.directorio_organizaciones');
select app.proteger_tabla('public.directorio_usuarios');
drop policy aislamiento_tenant on public.directorio_organizaciones;
drop policy solo_lectura on public.directorio_organizaciones;
drop policy integracion on public.directorio_organizaciones;
drop policy aislamiento_tenant on public.directorio_usuarios;
drop policy solo_lectura on public.directorio_usuarios;
drop policy integracion on public.directorio_usuarios;

-- login_context: the role saas_auth, which nobody can connect as, inside its two look-up functions and with the variable they set.
create policy login_context on public.usuarios for select to saas_auth using (app.rol_actual() = 'login_context');
create policy login_context on public.organizaciones for select to saas_auth using (app.rol_actual() = 'login_context');
create policy login_context on public.directorio_organizaciones for select to saas_auth using (app.rol_actual() = 'login_context');
create policy login_context on public.directorio_usuarios for select to saas_auth using (app.rol_actual() = 'login_context');

-- Search inside words: LIKE is not leakproof, so under a policy with a condition it never reaches its index. The role saas_search
-- cannot be connected to, reads this one table and owns one function, which takes the tenant from the context.
create policy busqueda on public.clientes for select to saas_search using (true);
