-- Why: every instance of the API counts here what one address, account or password attempt has used of its limit, so that a second
-- instance or a restart gives nobody a fresh start. No tenant: an attacker has none, and a key names nobody (an HMAC under the API's secret).
create table public.limites (
  clave text collate "C" primary key constraint limites_clave_hmac check (clave ~ '^[A-Za-z0-9_-]{22}$'),
  cuenta integer not null constraint limites_cuenta_positiva check (cuenta >= 0),
  bloqueada_hasta timestamptz,
  vence_en timestamptz not null,
  constraint limites_bloqueo_antes_de_vencer check (bloqueada_hasta <= vence_en)
);
comment on table public.limites is 'Counters of rate limits and of failed sign-ins, shared by all instances of the API.';
comment on column public.limites.clave is 'HMAC of what is counted: no e-mail or address can be read from it.';
comment on column public.limites.bloqueada_hasta is 'Until then no attempt of this key is looked at.';
comment on column public.limites.vence_en is 'After that the count begins again, and the row may be deleted.';

-- For the cleaning.
create index limites_vence_en on public.limites (vence_en);
