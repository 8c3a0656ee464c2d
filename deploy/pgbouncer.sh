#!/bin/sh
# Writes who may connect from the environment, into memory, then becomes PgBouncer.
set -eu
umask 077
entry() { printf '"%s" "%s"\n' "$1" "$(printf %s "$2" | sed 's/"/""/g')"; }
{
  entry saas_app "$SAAS_APP_PASSWORD"
  entry saas_admin "$SAAS_ADMIN_PASSWORD"
} > "${PGBOUNCER_RUN:-/run/pgbouncer}/userlist.txt"
unset SAAS_APP_PASSWORD SAAS_ADMIN_PASSWORD
exec "${PGBOUNCER:-pgbouncer}" /etc/pgbouncer/pgbouncer.ini
