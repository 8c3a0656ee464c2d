-- GET /admin/metrics reads the history once and whole, so nobody looks up that of a subscription, and none can be deleted.
drop index public.historial_subscripciones_subscripcion_id;
