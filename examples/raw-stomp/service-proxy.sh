#!/usr/bin/env bash
# Runs this example in the foreground. Options are passed on, for example: --bind 127.0.0.1
set -euo pipefail
cd "$(dirname "$0")"
exec ../run-gateway "$@"
