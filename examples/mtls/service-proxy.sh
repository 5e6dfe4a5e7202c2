#!/usr/bin/env bash
# Runs this example: makes the certificates that are missing, then starts the gateway in the
# foreground. Options are passed on, for example: --bind 127.0.0.1
set -euo pipefail
cd "$(dirname "$0")"

# An authority for clients (clients.pem) and a client that it vouches for (client.pem, client.key).
# The authority's key is thrown away: it has nobody else to vouch for.
make_client() (
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  umask 077
  key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
  printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n' >"$work/client.ext"
  {
    openssl req -x509 "${key[@]}" -days 365 -subj "/CN=Clients/O=Pumphouse development" \
      -keyout "$work/clients.key" -out "$work/clients.pem" &&
    openssl req -new "${key[@]}" -subj "/CN=alice/O=Pumphouse development" \
      -keyout "$work/client.key" -out "$work/client.csr" &&
    openssl x509 -req -in "$work/client.csr" -CA "$work/clients.pem" -CAkey "$work/clients.key" \
      -CAcreateserial -days 365 -extfile "$work/client.ext" -out "$work/client.pem"
  } >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  cp "$work/clients.pem" "$work/client.key" "$work/client.pem" .
)

# Good for another day at least?
is_good() { [ -s "$1" ] && openssl x509 -in "$1" -noout -checkend 86400 >/dev/null; }

../../ci/make_certificate server.p12
if ! { is_good clients.pem && is_good client.pem && [ -s client.key ]; }; then make_client; fi
exec ../run-gateway "$@"
