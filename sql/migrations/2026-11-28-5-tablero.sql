-- GET /dashboard puts the citas of its days into one cube. Guessing a service, a professional and a state to go together at random, the planner expected
-- as many cells as citas and sorted them all; of what occurs together it now knows the number, and hashes.
create statistics public.citas_servicio_profesional_estado (ndistinct) on servicio_id, profesional_id, estado from public.citas;
-- Of an empty table it would be known that it is empty, and plans be made for that.
do $$ begin
  if (select c.reltuples > 0 from pg_class c where c.oid = 'public.citas'::regclass) then
    analyze public.citas;
  end if;
end $$;

-- How many clients there are, and how many are new, from the index alone.
drop index public.clientes_creado_en;
create index clientes_creado_en on public.clientes (organizacion_id, creado_en) include (activo);
comment on index public.clientes_creado_en is 'GET /dashboard';
