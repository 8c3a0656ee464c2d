-- What a business shows to anybody is asked for far more often than it changes. Each writer moves a version in its own transaction, so whoever
-- sees the write sees the version: an answer that was kept under the version of now is as good as a new one.

-- Why: a row a professional and not an organisation, which would halve a busy tenant's bookings. Bookings of one professional queue on its
-- lock anyway, so nobody waits here who would not wait there.
create table public.versiones (
  organizacion_id bigint not null default app.tenant_actual()
    constraint versiones_organizacion references public.organizaciones (id) on delete restrict,
  profesional_id bigint not null,
  version bigint not null constraint versiones_version_positiva check (version > 0),
  primary key (organizacion_id, profesional_id)
) with (fillfactor = 50);  -- each version finds room beside the former one, and the index need not know
comment on table public.versiones is 'Only triggers write it. No row: nothing changed yet.';
comment on column public.versiones.profesional_id is
  'Whose agenda; 0 = what the organisation offers: itself, its services, its professionals. Without a foreign key: the franja that moves it has one.';
comment on column public.versiones.version is 'Grows with each transaction that wrote. It means nothing else.';
select app.proteger_tabla('public.versiones');

-- By the clock, so that what a failover or a restored backup loses does not come again with other contents.
create function app.subir_version(org bigint, profesional bigint) returns void language plpgsql volatile set search_path = '' as $$
begin
  insert into public.versiones as v (organizacion_id, profesional_id, version)
  values (org, profesional, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
  on conflict (organizacion_id, profesional_id) do update set version = greatest(v.version + 1, excluded.version)
    where v.xmin <> pg_current_xact_id()::xid;
end $$;

-- What a transaction writes is seen at one moment, so its first row moves the version and notes it, and the others of that professional find
-- the note without a function being called: a booking pays once. A savepoint that is rolled back takes both with it.
-- The statement of subir_version and not a call of it, which a booking would feel.
create function app.versionar_agenda() returns trigger language plpgsql volatile set search_path = '' as $$
declare
  org constant bigint := coalesce(new.organizacion_id, old.organizacion_id);
  profesional constant bigint := coalesce(new.profesional_id, old.profesional_id);
begin
  insert into public.versiones as v (organizacion_id, profesional_id, version)
  values (org, profesional, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
  on conflict (organizacion_id, profesional_id) do update set version = greatest(v.version + 1, excluded.version)
    where v.xmin <> pg_current_xact_id()::xid;
  if old.profesional_id <> profesional then
    perform app.subir_version(org, old.profesional_id);
  end if;
  perform set_config('app.agenda_versionada', profesional::text, true);
  return null;
end $$;
create trigger z_version_alta after insert on public.horarios_disponibilidad for each row
  when (current_setting('app.agenda_versionada', true) is distinct from new.profesional_id::text)
  execute function app.versionar_agenda();
create trigger z_version_cambio after update on public.horarios_disponibilidad for each row
  when (current_setting('app.agenda_versionada', true) is distinct from new.profesional_id::text or old.profesional_id <> new.profesional_id)
  execute function app.versionar_agenda();
create trigger z_version_baja after delete on public.horarios_disponibilidad for each row
  when (current_setting('app.agenda_versionada', true) is distinct from old.profesional_id::text)
  execute function app.versionar_agenda();

create function app.versionar_catalogo() returns trigger language plpgsql volatile set search_path = '' as $$
declare
  fila constant record := coalesce(new, old);
begin
  case tg_table_name
    when 'organizaciones' then perform app.subir_version(fila.id, 0);
    else perform app.subir_version(fila.organizacion_id, 0);
  end case;
  return null;
end $$;

-- A change is told by what it left alone, so that a new column counts until somebody says otherwise. An organisation that is created shows
-- nothing yet; on its plan, and on how far a professional is generated, no answer depends.
create trigger z_version_cambio after update on public.organizaciones for each row
  when (to_jsonb(old) - '{plan_actual,solo_lectura,activo,actualizado_en,actualizado_por}'::text[]
    <> to_jsonb(new) - '{plan_actual,solo_lectura,activo,actualizado_en,actualizado_por}'::text[])
  execute function app.versionar_catalogo();
create trigger z_version_cambio after update on public.profesionales for each row
  when (to_jsonb(old) - '{generado_hasta,actualizado_en,actualizado_por}'::text[]
    <> to_jsonb(new) - '{generado_hasta,actualizado_en,actualizado_por}'::text[])
  execute function app.versionar_catalogo();
create trigger z_version after insert or delete on public.profesionales for each row execute function app.versionar_catalogo();
create trigger z_version after insert or update or delete on public.servicios for each row execute function app.versionar_catalogo();
create trigger z_version after insert or update or delete on public.servicios_profesionales for each row execute function app.versionar_catalogo();
