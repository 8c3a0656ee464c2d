-- Anybody opens a client's account; one of them could take every hour that a business offers.
alter table public.organizaciones add column citas_por_cliente smallint not null default 20
  constraint organizaciones_citas_por_cliente_valida check (citas_por_cliente between 1 and 1000);
comment on column public.organizaciones.citas_por_cliente is 'A client who has so many citas still to come books no more by themselves; staff book for them.';
