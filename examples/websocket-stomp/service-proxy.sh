#!/usr/bin/env bash
# Runs this example: makes the certificate and fetches the page library where they are missing,
# then starts the gateway in the foreground. Options are passed on, for example: --bind 127.0.0.1
# PROXIES=proxies-2015-web-server.xml ./service-proxy.sh runs another form of the configuration.
set -euo pipefail
cd "$(dirname "$0")"
../../ci/make_certificate membrane.p12
[ -s www/stomp.umd.min.js ] ||
  ../../ci/fetch_npm @stomp/stompjs bundles/stomp.umd.min.js www/stomp.umd.min.js
exec ../run-gateway "$@"
