#!/usr/bin/env bash
# Runs this example in the foreground. Options are passed on, for example: --bind 127.0.0.1
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
gateway=${PUMPHOUSE_BIN:-$root/build/release/bin}/gateway
if [ ! -x "$gateway" ]; then
  echo "There is no $gateway. Build it first: see README.md in the top folder." >&2
  exit 2
fi
exec "$gateway" -c proxies.xml "$@"
