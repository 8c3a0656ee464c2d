#!/bin/sh
# A copy of the whole server, while it is in use; then what is older than the last KEEP copies (7) goes. In the container of PostgreSQL:
#   docker compose exec -u postgres postgres sh /etc/franja/backup.sh
set -eu
backup=${BACKUP:-/backup}
partial=$backup/base/.partial
rm -rf "$partial"
pg_basebackup -D "$partial" --checkpoint=fast --wal-method=stream
pg_verifybackup --quiet "$partial"
sleep 1 # it is named by a second in which it was whole
copy=$backup/base/$(date -u +%Y%m%dT%H%M%SZ)
mv "$partial" "$copy"
ls -d "$backup"/base/*Z | sort -r | tail -n +$((${KEEP:-7} + 1)) | while IFS= read -r old; do rm -rf "$old"; done
# WAL from before the oldest copy serves nobody. Its backup_label says where it begins.
oldest=$(ls -d "$backup"/base/*Z | sort | head -n 1)
pg_archivecleanup "$backup/wal" "$(sed -n 's/^START WAL LOCATION: .* (file \([0-9A-F]*\))$/\1/p' "$oldest/backup_label")"
echo "$copy"
