#!/bin/sh
# Puts back the newest copy from before an instant, to be replayed up to it when PostgreSQL starts. Without an instant: all that is archived.
#   docker compose down && docker compose run --rm --entrypoint sh postgres /etc/franja/restore.sh '2027-03-15 10:37:00-05'
# Each restore begins another history; a number behind the instant says along which to go, when it is not the last: the first is 1.
set -eu
backup=${BACKUP:-/backup}
until=${1:-}
history=${2:-latest}
case $history in latest) ;; *[!0-9]*) echo "A history is a number: $history" >&2; exit 1 ;; esac
now=$(date -u +%Y%m%dT%H%M%SZ)
limit=$now
if [ -n "$until" ]; then limit=$(date -u -d "$until" +%Y%m%dT%H%M%SZ); fi
if [ -e "$PGDATA/postmaster.pid" ]; then
  echo "PostgreSQL runs: docker compose down. If it was killed, and surely runs nowhere, remove $PGDATA/postmaster.pid." >&2
  exit 1
fi
is_later() { [ "$(basename "$1")" '>' "$limit" ]; }
for each in "$backup"/base/*Z; do
  if [ -d "$each" ] && ! is_later "$each"; then copy=$each; fi
done
if [ -z "${copy:-}" ]; then echo "No copy in $backup/base is that old." >&2; exit 1; fi
former=
unarchived=
if [ -d "$PGDATA" ]; then
  former=$PGDATA.$now
  mv "$PGDATA" "$former"
  unarchived=" || cp \"$former/pg_wal/%f\" \"%p\" 2>/dev/null"
fi
cp -a "$copy" "$PGDATA"
touch "$PGDATA/recovery.signal"
# What was not archived yet is in the former data, if that disk is still there.
cat >> "$PGDATA/postgresql.auto.conf" <<SETTINGS
restore_command = 'cp "$backup/wal/%f" "%p" 2>/dev/null$unarchived'
recovery_target_time = '$until'
recovery_target_timeline = '$history'
recovery_target_action = 'promote'
SETTINGS
if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$PGDATA/recovery.signal" "$PGDATA/postgresql.auto.conf"; fi
# From here on another history is archived, which leads on from no copy that was made later than that instant.
for each in "$backup"/base/*Z; do
  if is_later "$each"; then mv "$each" "$each.undone"; fi
done
echo "$copy${former:+; the data that was there is in $former}"
