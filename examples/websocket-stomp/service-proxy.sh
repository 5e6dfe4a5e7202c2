#!/usr/bin/env bash
# Runs this example: makes the certificate and fetches the page library where they are missing,
# then starts the gateway in the foreground. Options are passed on, for example: --bind 127.0.0.1
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
gateway=${PUMPHOUSE_BIN:-$root/build/release/bin}/gateway
if [ ! -x "$gateway" ]; then
  echo "There is no $gateway. Build it first: ci/demo does, or see README.md." >&2
  exit 2
fi
"$root/ci/make_certificate" membrane.p12
[ -s www/stomp.umd.min.js ] ||
  "$root/ci/fetch_npm" @stomp/stompjs bundles/stomp.umd.min.js www/stomp.umd.min.js
exec "$gateway" -c proxies.xml "$@"
