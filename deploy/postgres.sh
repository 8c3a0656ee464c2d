#!/bin/sh
# Starts PostgreSQL in its container, archiving: each piece of WAL goes to /backup/wal when it is full, and after a minute at the latest.
set -eu
backup=${BACKUP:-/backup}
install -d -o postgres -g postgres -m 700 "$backup/base" "$backup/wal"
exec docker-entrypoint.sh postgres -c archive_mode=on -c archive_library=basic_archive -c "basic_archive.archive_directory=$backup/wal" \
  -c archive_timeout=60 "$@"
