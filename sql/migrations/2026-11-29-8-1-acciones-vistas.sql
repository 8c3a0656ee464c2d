-- Of 2026-11-29-5, in a transaction of its own: this lock lets all others read and write, and that one nobody.
alter table public.mensajes_whatsapp validate constraint mensajes_whatsapp_accion_valida;
