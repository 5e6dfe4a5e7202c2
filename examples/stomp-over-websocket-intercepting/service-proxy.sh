#!/usr/bin/env bash
# Runs this example: fetches the page library where it is missing, then starts the gateway in the
# foreground. Options are passed on.
set -euo pipefail
cd "$(dirname "$0")"
www=../websocket-stomp/www
[ -s $www/stomp.umd.min.js ] ||
  ../../ci/fetch_npm @stomp/stompjs bundles/stomp.umd.min.js $www/stomp.umd.min.js
exec ../run-gateway "$@"
