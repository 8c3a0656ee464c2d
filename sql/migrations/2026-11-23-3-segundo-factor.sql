-- A second factor (TOTP), its recovery codes, and who may touch them.

-- Why: the secret is what both sides know, so it cannot be hashed; the API seals it (AES-256-GCM) with a key that the database never sees.
-- Pending until its owner types a first code. ultimo_paso: a code is good once, also when two requests carry it at the same moment.
create table public.segundos_factores (
  organizacion_id bigint not null default app.tenant_actual()
    constraint segundos_factores_organizacion references public.organizaciones (id) on delete restrict,
  usuario_id bigint not null,
  secreto_sellado text not null constraint segundos_factores_secreto_sellado check (secreto_sellado like 'v1.%' and length(secreto_sellado) <= 400),
  ultimo_paso bigint constraint segundos_factores_paso_positivo check (ultimo_paso > 0),
  activado_en timestamptz,
  creado_en timestamptz not null default now(),
  primary key (organizacion_id, usuario_id),
  constraint segundos_factores_usuario foreign key (organizacion_id, usuario_id) references public.usuarios (organizacion_id, id) on delete cascade,
  constraint segundos_factores_activo_con_paso check (activado_en is null or ultimo_paso is not null)
);
comment on table public.segundos_factores is 'One TOTP secret a user; null activado_en is one that was shown and not yet confirmed.';
comment on column public.segundos_factores.ultimo_paso is 'The 30-second step of the last code taken: no code of it or before is taken again.';

-- Why: who loses the phone signs in with one of these. A row is a code not yet used; using it deletes it.
create table public.codigos_recuperacion (
  organizacion_id bigint not null default app.tenant_actual()
    constraint codigos_recuperacion_organizacion references public.organizaciones (id) on delete restrict,
  usuario_id bigint not null,
  codigo_hash bytea not null constraint codigos_recuperacion_hash_sha256 check (length(codigo_hash) = 32),
  creado_en timestamptz not null default now(),
  primary key (organizacion_id, usuario_id, codigo_hash),
  constraint codigos_recuperacion_segundo_factor foreign key (organizacion_id, usuario_id)
    references public.segundos_factores (organizacion_id, usuario_id) on delete cascade
);
comment on table public.codigos_recuperacion is 'Recovery codes not yet used, SHA-256 of 80 random bits and the user: nothing to guess, so nothing to slow down.';

select app.proteger_tabla('public.segundos_factores');
select app.proteger_tabla('public.codigos_recuperacion');

-- Everybody has only their own second factor; who manages may take away that of a user below them, and give nobody one. super_admin, on its
-- own connection, takes away anybody's.
create function app.segundo_factor_guardia() returns trigger language plpgsql set search_path = '' as $$
declare
  dueno constant bigint := case tg_op when 'DELETE' then old.usuario_id else new.usuario_id end;
  organizacion constant bigint := case tg_op when 'DELETE' then old.organizacion_id else new.organizacion_id end;
begin
  if current_user not in ('saas_app', 'saas_admin') or (dueno = app.usuario_actual() and organizacion = app.tenant_actual())
    or (tg_op = 'DELETE' and ((current_user = 'saas_admin' and app.rol_actual() = 'super_admin')
      or (app.rol_actual() in ('admin', 'propietario') and exists (
        select from public.usuarios u where u.organizacion_id = organizacion and u.id = dueno and u.rol <> 'super_admin'
          and app.nivel_de_rol(u.rol::text) < app.nivel_de_rol(app.rol_actual())))))
  then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  raise exception 'Cada quien tiene solo su segundo factor' using errcode = '42501';
end $$;
create trigger b_guardia before insert or update or delete on public.segundos_factores for each row execute function app.segundo_factor_guardia();
create trigger b_guardia before insert or update or delete on public.codigos_recuperacion for each row execute function app.segundo_factor_guardia();

alter table public.organizaciones add column segundo_factor_obligatorio boolean not null default false;
comment on column public.organizaciones.segundo_factor_obligatorio is 'Users of role admin sign in with a second factor; the others as they choose.';

create trigger z_auditar after insert or update or delete on public.segundos_factores for each row execute function app.auditar();
