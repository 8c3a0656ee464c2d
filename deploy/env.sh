#!/bin/sh
# Writes .env from .env.example, making every secret that is empty there. Never touches a .env that exists.
set -eu
cd "$(dirname "$0")/.."
if [ -e .env ]; then
  echo '.env is there already: delete it first if its secrets serve nobody.' >&2
  exit 1
fi
umask 077
while IFS= read -r line; do
  case $line in
    N8N_WEBHOOK_SECRET=) printf '%swhsec_%s\n' "$line" "$(openssl rand -base64 32)" ;;
    # Given by Stripe, or absent.
    STRIPE_*) printf '%s\n' "$line" ;;
    *_PASSWORD= | *_SECRET= | *_KEY= | *_TOKEN=) printf '%s%s\n' "$line" "$(openssl rand -hex 32)" ;;
    *) printf '%s\n' "$line" ;;
  esac
done < .env.example > .env.new
mv .env.new .env
echo 'Wrote .env. Say there where your web application is: APP_URL.'
