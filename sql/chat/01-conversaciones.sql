-- The conversations of the AI agent, in a database of their own (chat_memories_db): n8n writes them too, and must not be near appointments.
-- The table has the name and the three columns of n8n's node "Postgres Chat Memory"; what we add fills itself when n8n inserts.
create schema app;
create schema chat;

-- ── Context: the same names and meaning as in the main database, and no more than policies here need ────────────
create function app.tenant_actual() returns bigint language sql stable parallel safe
return nullif(pg_catalog.current_setting('app.current_tenant_id', true), '')::bigint;

-- The main database has already checked who it is; this only repeats for whom.
create function app.fijar_contexto(organizacion bigint, usuario bigint, rol text, ahora timestamptz default null)
returns void language sql volatile set search_path = ''
begin atomic
  select pg_catalog.set_config('app.current_tenant_id', coalesce(organizacion::text, ''), true),
         pg_catalog.set_config('app.current_user_id', coalesce(usuario::text, ''), true);
end;

create function app.fijar_origen(ip inet, solicitud uuid) returns void language sql volatile set search_path = ''
begin atomic
  select pg_catalog.set_config('app.ip', coalesce(pg_catalog.host(ip), ''), true),
         pg_catalog.set_config('app.solicitud', coalesce(solicitud::text, ''), true);
end;

-- ── What a session id says ──────────────────────────────────────────────────────────────────────────────────────
-- '12:wa:+573001234567' is of organisation 12. Null when it says none: the checks below refuse it by name.
create function app.organizacion_de(sesion text) returns bigint language sql immutable strict parallel safe
return substring(sesion from '^([1-9][0-9]{0,14}):')::bigint;

create function app.canal_de(sesion text) returns text language sql immutable strict parallel safe
return case pg_catalog.split_part(sesion, ':', 2) when 'wa' then 'whatsapp' when 'web' then 'web' when 'c' then 'web' else 'otro' end;

-- ── What a message of LangChain says ────────────────────────────────────────────────────────────────────────────
create function app.rol_de(message jsonb) returns text language sql immutable strict parallel safe
return case message ->> 'type' when 'human' then 'cliente' when 'ai' then 'agente' when 'tool' then 'herramienta' else 'sistema' end;

-- Its content is a text, or a list of blocks of which some are text.
create function app.contenido_de(message jsonb) returns text language sql immutable strict parallel safe
return case pg_catalog.jsonb_typeof(message -> 'content')
  when 'array' then (
    select coalesce(pg_catalog.string_agg(
      case pg_catalog.jsonb_typeof(b.value) when 'string' then b.value #>> '{}' else b.value ->> 'text' end, E'\n' order by b.ordinality), '')
    from pg_catalog.jsonb_array_elements(message -> 'content') with ordinality b)
  else coalesce(message ->> 'content', '') end;

-- ── Tables ──────────────────────────────────────────────────────────────────────────────────────────────────────
create table chat.n8n_chat_histories (
  id bigint generated always as identity primary key,
  session_id varchar(255) not null constraint n8n_chat_histories_sesion check (session_id ~ '^[1-9][0-9]{0,14}:[A-Za-z0-9_.:+@-]{1,150}$'),
  message jsonb not null
    constraint n8n_chat_histories_mensaje check (jsonb_typeof(message) = 'object' and message ? 'type' and message ? 'content'),
  organizacion_id bigint generated always as (app.organizacion_de(session_id)) stored,
  rol text not null
    constraint n8n_chat_histories_rol check (rol in ('cliente', 'agente', 'personal', 'herramienta', 'sistema')),
  canal text not null constraint n8n_chat_histories_canal check (canal in ('whatsapp', 'web', 'telefono', 'correo', 'otro')),
  usuario_id bigint,
  externo_id text constraint n8n_chat_histories_externo check (length(externo_id) between 1 and 200),
  creado_en timestamptz not null default clock_timestamp(),
  constraint n8n_chat_histories_tamano check (octet_length(message::text) <= 1048576)
);
comment on table chat.n8n_chat_histories is 'One row a message. id, session_id and message are what n8n''s Postgres Chat Memory reads and writes; the key has no organizacion_id because n8n knows none: session_id carries it.';
comment on column chat.n8n_chat_histories.session_id is '<organizacion_id>:<anything>: wa:<E.164> of a WhatsApp number, c:<cliente_id> of a client signed in, web:<…> of a visitor.';
comment on column chat.n8n_chat_histories.message is 'As LangChain stores it: {"type": "human"|"ai"|…, "content": …, "additional_kwargs": {}, …}.';
comment on column chat.n8n_chat_histories.rol is 'Who speaks. A person of the business is "ai" to n8n, whose agent then knows that this was answered.';
comment on column chat.n8n_chat_histories.usuario_id is 'Who added it through the API; null when n8n did.';
comment on column chat.n8n_chat_histories.externo_id is 'The id that its channel gave it: the same message arriving twice is one row.';
create unique index n8n_chat_histories_externo_unico on chat.n8n_chat_histories (session_id, externo_id) where externo_id is not null;
create index n8n_chat_histories_conversacion on chat.n8n_chat_histories (session_id, id); -- n8n: where session_id = $1 order by id
create index n8n_chat_histories_antiguedad on chat.n8n_chat_histories (organizacion_id, creado_en); -- retention

create table chat.conversaciones (
  session_id varchar(255) primary key,
  organizacion_id bigint generated always as (app.organizacion_de(session_id)) stored,
  canal text not null,
  ultimo_mensaje_en timestamptz not null,
  ultimo_mensaje_id bigint not null,
  creado_en timestamptz not null default clock_timestamp()
);
comment on table chat.conversaciones is 'One row a session, kept by the trigger on messages: the list by last message costs a page, not the history.';
create index conversaciones_recientes on chat.conversaciones (organizacion_id, ultimo_mensaje_id desc);

-- ── Triggers: with the rights of whoever inserts, who may write both tables ─────────────────────────────────────
create function app.completar_mensaje() returns trigger language plpgsql set search_path = '' as $$
begin
  new.rol := coalesce(new.rol, app.rol_de(new.message));
  new.canal := coalesce(new.canal, app.canal_de(new.session_id));
  return new;
end $$;
create trigger completar before insert on chat.n8n_chat_histories for each row execute function app.completar_mensaje();

create function app.anotar_conversacion() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into chat.conversaciones as c (session_id, canal, ultimo_mensaje_en, ultimo_mensaje_id)
  values (new.session_id, new.canal, new.creado_en, new.id)
  on conflict (session_id) do update
  set canal = excluded.canal, ultimo_mensaje_en = greatest(c.ultimo_mensaje_en, excluded.ultimo_mensaje_en),
      ultimo_mensaje_id = greatest(c.ultimo_mensaje_id, excluded.ultimo_mensaje_id);
  return null;
end $$;
create trigger anotar after insert on chat.n8n_chat_histories for each row execute function app.anotar_conversacion();

-- ── Isolation ───────────────────────────────────────────────────────────────────────────────────────────────────
-- saas_app: the tenant in its context. n8n_app: all, because n8n knows no tenant; it is the operator's own automation.
alter table chat.n8n_chat_histories enable row level security;
alter table chat.n8n_chat_histories force row level security;
create policy tenant on chat.n8n_chat_histories to saas_app
  using (organizacion_id = app.tenant_actual()) with check (organizacion_id = app.tenant_actual());
create policy n8n on chat.n8n_chat_histories to n8n_app using (true) with check (true);
alter table chat.conversaciones enable row level security;
alter table chat.conversaciones force row level security;
create policy tenant on chat.conversaciones to saas_app
  using (organizacion_id = app.tenant_actual()) with check (organizacion_id = app.tenant_actual());
create policy n8n on chat.conversaciones to n8n_app using (true) with check (true);
