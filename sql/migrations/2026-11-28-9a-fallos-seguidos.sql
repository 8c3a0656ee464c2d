-- When a run of failures is one. Without its end, a failure of last week whose delivery was dropped since (a reminder whose time is over) and one of
-- now made a week of failures out of two, and paused the endpoint.
alter table public.destinos_webhook add column fallo_en timestamptz;
comment on column public.destinos_webhook.fallando_desde is 'First of the failures in a row; null after a success. A day of them pauses it. One that comes more than nine hours after the last begins anew.';
comment on column public.destinos_webhook.fallo_en is 'The last of them, to ten minutes.';
