-- Who left before 2026-11-29-2 kept the free time that had been generated for them, which nobody can book and the occupancy of who stays counts.
-- It goes as that of who leaves now does: what is held or booked stays. The owner obeys the policies of a forced table, and has none.
alter table public.profesionales no force row level security;
alter table public.horarios_disponibilidad no force row level security;
alter table public.horarios_disponibilidad disable trigger z_version_baja; -- no answer that is kept shows who left
-- By the index of the EXCLUDE: nobody books while this runs.
delete from public.horarios_disponibilidad h using public.profesionales p
where not p.activo and h.organizacion_id = p.organizacion_id and h.profesional_id = p.id and h.estado in ('disponible', 'bloqueado')
  and tstzrange(h.inicia_en, h.termina_en) && tstzrange(now(), null);
alter table public.horarios_disponibilidad enable trigger z_version_baja;
alter table public.horarios_disponibilidad force row level security;
alter table public.profesionales force row level security;
