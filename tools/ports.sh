# shellcheck shell=bash disable=SC2034
# The ports of make run, all on 127.0.0.1. RUN_BASE_PORT moves them all to one range, so that two
# checkouts can run side by side; PORT names the gateway's first port alone. Sourced.
if [ -n "${RUN_BASE_PORT:-}" ]; then
  b=$RUN_BASE_PORT
  gateway_port=${PORT:-$b} gateway_port2=$((b + 1))
  api_port=$((b + 2)) stream_port=$((b + 3)) api_probes=$((b + 4))
  ingest_port=$((b + 5)) ingest_probes=$((b + 6)) checker_probes=$((b + 7)) notifier_probes=$((b + 8))
  report_probes=$((b + 9)) agent_probes=$((b + 10))
  postgres_port=$((b + 11)) alertmanager_port=$((b + 12)) smtp_port=$((b + 13)) mail_port=$((b + 14))
  rabbitmq_port=$((b + 16)) query_port=$((b + 15))
else
  gateway_port=${PORT:-3000} gateway_port2=8080
  api_port=18081 query_port=18084 stream_port=18082 api_probes=18091
  ingest_port=18083 ingest_probes=18093 checker_probes=18094 notifier_probes=18095
  report_probes=18096 agent_probes=18097
  postgres_port=25432 alertmanager_port=29093 smtp_port=21025 mail_port=21080
  rabbitmq_port=25610
fi
all_ports=("$gateway_port" "$gateway_port2" "$api_port" "$query_port" "$stream_port" "$api_probes" "$ingest_port"
  "$ingest_probes" "$checker_probes" "$notifier_probes" "$report_probes" "$agent_probes" "$postgres_port"
  "$alertmanager_port" "$smtp_port" "$mail_port" "$rabbitmq_port" $((rabbitmq_port + 1))
  $((rabbitmq_port + 2)) $((rabbitmq_port + 3)) $((rabbitmq_port + 5)))
