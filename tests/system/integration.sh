#!/bin/sh
# What an integrator does first: register a server, send a hundred metrics, ask for them. It knows
# nothing of credentials: those come from ~/.curlrc.
set -eu
id=$(curl -sS -X POST "$BASE/api/v1/servers" -H 'Content-Type: application/json' \
  -d '{"hostname":"script.example","ip_address":"192.0.2.10","os":"Linux","labels":{}}' |
  tee /dev/stderr | jq -er .id) 2>&1
metrics=$(for i in $(seq 0 99); do
  echo "{\"metric_type\":\"cpu\",\"metric_name\":\"usage\",\"value\":$i,\"labels\":{\"core\":\"0\"},\"timestamp\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}"
done | jq -s .)
curl -sS --fail-with-body -X POST "$BASE/api/v1/ingest" -H 'Content-Type: application/json' \
  -d "{\"server_id\":\"$id\",\"metrics\":$metrics}" | jq -e '.accepted == 100' >/dev/null
for try in $(seq 1 100); do
  count=$(curl -sS "$BASE/api/v1/metrics?server_id=$id&metric_type=cpu&limit=1000" | jq '.items | length')
  if [ "$count" -ge 100 ]; then break; fi
  sleep 0.05
done
echo "$count of 100 after $try tries"
[ "$count" -ge 100 ]
