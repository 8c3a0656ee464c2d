-- What travels by message: one-use links and codes, and accounts whose only key is the phone that receives them.

-- Why: an invitation, a proof of an e-mail, a reset and a sign-in by code are one thing: a secret sent to a destination, good once and
-- not for long.
create table public.codigos (
  organizacion_id bigint not null default app.tenant_actual()
    constraint codigos_organizacion references public.organizaciones (id) on delete restrict,
  id bigint generated always as identity,
  proposito text not null
    constraint codigos_proposito_valido check (proposito in ('invitacion', 'verificacion', 'restablecimiento', 'acceso')),
  usuario_id bigint,
  destino text not null constraint codigos_destino_formato
    check ((destino = lower(destino) and destino like '%_@_%' and length(destino) <= 254) or destino ~ '^\+[1-9][0-9]{6,14}$'),
  codigo_hash bytea not null constraint codigos_codigo_hash_sha256 check (length(codigo_hash) = 32),
  intentos smallint not null default 0 constraint codigos_intentos_pocos check (intentos between 0 and 5),
  expira_en timestamptz not null,
  usado_en timestamptz,
  datos jsonb not null default '{}' constraint codigos_datos_objeto check (jsonb_typeof(datos) = 'object'),
  creado_en timestamptz not null default now(),
  creado_por bigint default app.usuario_actual(),
  primary key (organizacion_id, id),
  constraint codigos_usuario foreign key (organizacion_id, usuario_id) references public.usuarios (organizacion_id, id) on delete cascade,
  constraint codigos_usuario_segun_proposito check ((usuario_id is not null) = (proposito in ('verificacion', 'restablecimiento'))),
  constraint codigos_expira_despues check (expira_en > creado_en)
);
comment on table public.codigos is
  'Never the secret itself: SHA-256 of a link''s 32 random bytes, HMAC of a code''s six digits. Rows go 30 days after they expire.';
comment on column public.codigos.destino is
  'E-mail or E.164 phone that the secret was sent to. Whoever brings it back has proved that it is theirs.';
comment on column public.codigos.intentos is 'Guesses of the six digits, counted and committed before each is compared.';
comment on column public.codigos.datos is 'Of an invitation: rol, nombre, email, telefono, canal.';
-- One at a time: a new one ends the former, and two that are made at once are one.
create unique index codigos_uno_vigente on public.codigos (organizacion_id, proposito, destino) where usado_en is null;
-- A link is found by its hash. Digits repeat in time.
create unique index codigos_enlace_unico on public.codigos (organizacion_id, codigo_hash) where proposito <> 'acceso';
-- fk codigos → usuarios
create index codigos_usuario_id on public.codigos (organizacion_id, usuario_id) where usuario_id is not null;
-- For the cleaning.
create index codigos_expira_en on public.codigos (organizacion_id, expira_en);
select app.proteger_tabla('public.codigos');

-- Who may be invited is decided here, as in app.usuarios_guardia: to a role below one's own. Nobody ends an invitation that they could
-- not send.
create function app.codigos_guardia() returns trigger language plpgsql set search_path = '' as $$
declare
  fila constant public.codigos := case tg_op when 'DELETE' then old else new end;
begin
  if current_user <> 'saas_app' or fila.proposito <> 'invitacion'
    or (tg_op = 'DELETE' and (fila.usado_en is not null or fila.expira_en <= now())) then
    return fila;
  end if;
  if coalesce(app.rol_actual(), '') not in ('admin', 'propietario')
    or app.nivel_de_rol(fila.datos ->> 'rol') not between 1 and app.nivel_de_rol(app.rol_actual()) - 1 then
    raise exception 'Solo se invita a un rol inferior al propio' using errcode = '42501';
  end if;
  return fila;
end $$;
create trigger b_guardia before insert or delete on public.codigos for each row execute function app.codigos_guardia();

-- ── Accounts without a password, or without an e-mail ───────────────────────────────────────────────────────────
alter table public.usuarios alter column email drop not null;
alter table public.usuarios alter column password_hash drop not null;
alter table public.usuarios add column telefono_verificado boolean not null default false;
alter table public.usuarios add constraint usuarios_telefono_verificado_existe check (telefono is not null or not telefono_verificado);
-- Who has no e-mail signs in by phone, and only clients do.
alter table public.usuarios add constraint usuarios_identificados check (email is not null or (rol = 'cliente' and telefono is not null));
-- A phone opens one account: two that prove it at once are one client. What somebody only typed opens none, so families share it.
create unique index usuarios_telefono_unico on public.usuarios (organizacion_id, telefono)
  where rol = 'cliente' and (telefono_verificado or email is null);
comment on column public.usuarios.email is 'Null for a client who signs in by phone alone.';
comment on column public.usuarios.password_hash is
  'Null for who signs in by code alone: no password opens the account. Readable only through app.buscar_acceso.';
comment on column public.usuarios.telefono_verificado is
  'Received a code or an invitation there. Only then does the phone sign in to an account that has an e-mail.';

-- Proof is of one destination: another one has yet to be proved.
create function app.usuarios_sin_prueba() returns trigger language plpgsql set search_path = '' as $$
begin
  new.email_verificado := new.email_verificado and new.email is not distinct from old.email;
  new.telefono_verificado := new.telefono_verificado and new.telefono is not distinct from old.telefono;
  return new;
end $$;
create trigger a_sin_prueba before update of email, telefono on public.usuarios for each row
  when (new.email is distinct from old.email or new.telefono is distinct from old.telefono) execute function app.usuarios_sin_prueba();

-- The directory finds accounts by e-mail: who has none is not in it. Dropped and made again, because saas_system owns the former one.
drop trigger directorio on public.usuarios;
drop function app.usuarios_directorio();
create function app.usuarios_directorio() returns trigger
language plpgsql security definer set search_path = '' set app.bypass_rls = 'true' as $$
begin
  if tg_op = 'UPDATE' then
    delete from public.directorio_usuarios d where d.organizacion_id = old.organizacion_id and d.usuario_id = old.id;
  end if;
  if new.email is not null then
    insert into public.directorio_usuarios (email, organizacion_id, usuario_id) values (new.email, new.organizacion_id, new.id);
  end if;
  return null;
end $$;
create trigger directorio after insert or update of email on public.usuarios for each row execute function app.usuarios_directorio();

-- An invited person is nobody yet, and a visitor makes only clients: the account is made here, of the role that the invitation says and no
-- other, if who invited is still active and still above that role. Null: the link is not good, or no longer.
create function app.aceptar_invitacion(organizacion bigint, hash_enlace bytea, nombre_elegido text, hash_password text)
returns bigint language plpgsql volatile security definer set search_path = '' set app.bypass_rls = 'true' as $$
declare
  invitacion public.codigos%rowtype;
  nuevo bigint;
begin
  update public.codigos c set usado_en = now()
  where c.organizacion_id = organizacion and c.proposito = 'invitacion' and c.codigo_hash = hash_enlace
    and c.usado_en is null and c.expira_en > now()
    and exists (select from public.organizaciones o where o.id = organizacion and o.activo)
    and exists (
      select from public.usuarios u
      where u.id = c.creado_por and u.activo and app.nivel_de_rol(c.datos ->> 'rol') between 1 and case
        when u.rol = 'super_admin' then app.nivel_de_rol('admin')
        when u.rol in ('admin', 'propietario') and u.organizacion_id = organizacion then app.nivel_de_rol(u.rol::text) - 1
        else 0 end)
  returning * into invitacion;
  if not found then
    return null;
  end if;
  insert into public.usuarios (organizacion_id, email, password_hash, rol, nombre, telefono, email_verificado, telefono_verificado, creado_por)
  values (organizacion, invitacion.datos ->> 'email', hash_password, (invitacion.datos ->> 'rol')::public.rol_usuario,
    coalesce(nombre_elegido, invitacion.datos ->> 'nombre'), invitacion.datos ->> 'telefono',
    invitacion.datos ->> 'email' = invitacion.destino, coalesce(invitacion.datos ->> 'telefono' = invitacion.destino, false),
    invitacion.creado_por)
  returning id into nuevo;
  return nuevo;
end $$;
