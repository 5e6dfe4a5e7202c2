#!/usr/bin/env bash
# Runs this example: starts the gateway in the foreground. Options are passed on.
set -euo pipefail
cd "$(dirname "$0")"
exec ../run-gateway "$@"
