# shellcheck shell=bash disable=SC2154,SC2016
# The steps of tools/run. Sourced by it; top, run, servers and the ports are set.

# shellcheck source=tools/servers/account.sh
. "$servers/account.sh"
account=$(account_for nobody)
# Scripts of checks run as the checker does, so it has an account apart: one of Debian's base that owns
# nothing here, so that they reach no file or process of the suite. (Not root: there is only the caller's.)
checker_account=$(account_for irc games)

gateway_url=http://127.0.0.1:$gateway_port
# In the order of their start; the reverse is the order of their stop.
server_names=(postgres rabbitmq alertmanager mail gateway)
service_names=(ingest checker notifier report api)

step() {
  local title=$1 from=$SECONDS
  shift
  printf '  %-52s' "$title"
  # Not in an if: there, bash would go on after a failure inside the step.
  set +e
  (set -e && "$@") >"$run.step" 2>&1
  local status=$?
  set -e
  if [ $status != 0 ]; then
    printf 'failed\n\n'
    tail -n 60 "$run.step" >&2
    exit 1
  fi
  rm -f "$run.step"
  printf '%4d s\n' $((SECONDS - from))
}

build_programs() {
  [ -e build/release/build.ninja ] || cmake --preset release
  cmake --build --preset release -j "${JOBS:-$(nproc)}"
}

build_web() {
  cd services/web
  if ! cmp -s package-lock.json node_modules/.lock-of-this; then
    npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.lock-of-this
  fi
  if [ ! -e dist/index.html ] || [ -n "$(find . "$top/docs" -newer dist/index.html -type f \
       -not -path './node_modules/*' -not -path './dist/*' -print -quit)" ]; then
    npm run build
  fi
}

random_text() { head -c 256 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | head -c "$1"; }

# Each secret is made once and stays; the files are for the owner alone.
write_settings() (
  umask 077
  mkdir -p "$run/secrets" "$run/agent-env"
  (umask 022 && mkdir -p "$run/scripts")
  [ -s "$run/secrets/jwt" ] || random_text 48 >"$run/secrets/jwt"
  [ -s "$run/secrets/encryption" ] || random_text 32 >"$run/secrets/encryption"
  [ -s "$run/secrets/database" ] || random_text 32 >"$run/secrets/database"
  [ -s "$run/secrets/alertmanager_webhook" ] || random_text 48 >"$run/secrets/alertmanager_webhook"
  [ -s "$run/admin.env" ] || first_administrator >"$run/admin.env"
  "$servers/rabbitmq" prepare "$run/rabbitmq" "$rabbitmq_port"
  settings | tools/run_settings.py write "$run"
  printf '%s\n' "$gateway_url" >"$run/agent-env/MONITRON_AGENT_SERVER"
  printf '%s\n' /proc/self/cwd/../agent >"$run/agent-env/MONITRON_AGENT_STATE_DIR"
  printf '%s\n' "127.0.0.1:$agent_probes" >"$run/agent-env/MONITRON_AGENT_PROBES_ADDRESS"
  own "$account" "$run/private"
)

# Once: a later change of .env does not change an account that is there.
first_administrator() {
  local ADMIN_EMAIL=admin@monitron.example ADMIN_PASSWORD name value
  ADMIN_PASSWORD=$(random_text 20)
  while IFS='=' read -r name value; do printf -v "$name" %s "$value"; done \
    < <(tools/run_settings.py given ADMIN_EMAIL ADMIN_PASSWORD)
  printf 'ADMIN_EMAIL=%q\nADMIN_PASSWORD=%q\n' "$ADMIN_EMAIL" "$ADMIN_PASSWORD"
}

# What make run decides; tools/run_settings.py adds what .env and the environment say.
settings() {
  # shellcheck source=/dev/null
  . "$run/admin.env"
  cat <<CONF
DATABASE_URL=postgres://monitron_user:$(cat "$run/secrets/database")@127.0.0.1:$postgres_port/monitron_db?sslmode=disable
RABBITMQ_URL=$("$servers/rabbitmq" url "$run/rabbitmq")
JWT_SECRET=$(cat "$run/secrets/jwt")
ENCRYPTION_KEY=$(cat "$run/secrets/encryption")
EMAIL_HOST=127.0.0.1
EMAIL_PORT=$smtp_port
EMAIL_FROM=Monitron <monitron@monitron.example>
MONITRON_EMAIL_TLS=none
MONITRON_NOTIFIER_EMAIL_TO=operations@monitron.example
MONITRON_PUBLIC_URL=$gateway_url
MONITRON_ALERTMANAGER_WEBHOOK_TOKEN=$(cat "$run/secrets/alertmanager_webhook")
ALERTMANAGER_URL=http://127.0.0.1:$alertmanager_port/api/v2/alerts
PORT=$gateway_port
ADMIN_EMAIL=$ADMIN_EMAIL
ADMIN_PASSWORD=$ADMIN_PASSWORD
MONITRON_API_ADDRESS=127.0.0.1:$api_port
MONITRON_API_QUERY_ADDRESS=127.0.0.1:$query_port
MONITRON_API_STREAM_ADDRESS=127.0.0.1:$stream_port
MONITRON_API_PROBES_ADDRESS=127.0.0.1:$api_probes
MONITRON_INGEST_ADDRESS=127.0.0.1:$ingest_port
MONITRON_INGEST_PROBES_ADDRESS=127.0.0.1:$ingest_probes
MONITRON_CHECKER_PROBES_ADDRESS=127.0.0.1:$checker_probes
MONITRON_CHECKER_SCRIPTS_DIR=$run/scripts
MONITRON_NOTIFIER_PROBES_ADDRESS=127.0.0.1:$notifier_probes
MONITRON_REPORT_PROBES_ADDRESS=127.0.0.1:$report_probes
CONF
}

supervised() { [ -e "$run/sv/$1/supervise/ok" ] && sv status "$run/sv/$1" >/dev/null 2>&1; }

# What runs keeps its ports: its servers stay up, and know each other by them. These two tell all others.
check_running() {
  local postgres gateway base=
  if ! supervised postgres || [ ! -s "$run/postgres/port" ] || [ ! -s "$run/gateway/address" ]; then return; fi
  postgres=$(<"$run/postgres/port") gateway=$(<"$run/gateway/address") gateway=${gateway##*:}
  if [ "$postgres" = "$postgres_port" ] && [ "$gateway" = "$gateway_port" ]; then return; fi
  if [ "$postgres" != 25432 ]; then base="RUN_BASE_PORT=$((postgres - 11)) "; fi
  cat <<END
Monitron runs already, with other ports: the gateway on $gateway (asked for: $gateway_port),
PostgreSQL on $postgres (asked for: $postgres_port). Nothing was stopped.
Either end it first: ${RUN_DIR:+RUN_DIR=$(printf %q "$run") }make stop
or keep its ports:   ${RUN_DIR:+RUN_DIR=$(printf %q "$run") }${base}PORT=$gateway make run
or let a second one run beside it, in a folder and on ports of its own (RUN_DIR and RUN_BASE_PORT).
END
  return 1
}

# Our own programs are replaced; the servers stay up.
stop_ours() {
  local name
  for name in agent "${service_names[@]}"; do
    if supervised "$name"; then sv -w 30 force-stop "$run/sv/$name"; fi
  done
}

check_ports() {
  local port taken=0
  if supervised postgres; then return; fi
  # What a crash left behind is ours to remove.
  [ ! -e "$run/rabbitmq/port" ] || "$servers/rabbitmq" stop "$run/rabbitmq"
  [ ! -e "$run/postgres/port" ] || "$servers/postgres" stop "$run/postgres"
  [ ! -e "$run/gateway" ] || "$servers/nginx" stop "$run/gateway"
  for port in "${all_ports[@]}"; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "port $port is taken$(ss -Hltnp "sport = :$port" 2>/dev/null | sed -n 's/.*users:((\("[^"]*",pid=[0-9]*\).*/ by \1/p' | head -n 1)"
      taken=1
    fi
  done
  [ "$taken" = 0 ] || {
    echo "Stop that program, or choose other ports: PORT=… moves the gateway, RUN_BASE_PORT=… (for example 21000) moves everything."
    return 1
  }
}

install_programs() {
  cmake --install build/release --prefix "$run/app"
  mkdir -p "$run/app/web"
  rm -rf "$run/app/web.new"
  cp -R services/web/dist "$run/app/web.new"
  rm -rf "$run/app/web"
  mv "$run/app/web.new" "$run/app/web"
  chmod -R go+rX "$run/app"
  chmod 755 "$run"
}

# service NAME SCRIPT: a supervised program, its output in a bounded log. Started by `sv up` only.
service() {
  local name=$1 script=$2
  mkdir -p "$run/sv/$name/log" "$run/sv/$name/control" "$run/log/$name"
  chown "$account" "$run/log/$name" 2>/dev/null || true
  printf 's1000000\nn5\n' >"$run/log/$name/config"
  printf '#!/bin/bash\nexec 2>&1\nset -e\n%s\n' "$script" >"$run/sv/$name/run"
  printf '#!/bin/bash\nexec %q %q %q svlogd .\n' "$servers/as" "$account" "$run/log/$name" >"$run/sv/$name/log/run"
  chmod 755 "$run/sv/$name/run" "$run/sv/$name/log/run"
  supervised "$name" || touch "$run/sv/$name/down"
}

# our_service NAME [ENV [AS_OPTIONS]]: one of our programs, with the settings in its environment.
our_service() {
  local name=$1 user=$account
  if [ "$name" = checker ]; then user=$checker_account; fi
  service "$name" "exec chpst -e $(printf %q "$run/${2:-env}") $(printf %q "$servers/as") ${3:-} \
  $user $(printf %q "$run/app") bin/monitron-$name"
}

up() {
  local name
  for name in "$@"; do
    wait_for 15 "the supervisor of $name" supervised "$name"
    rm -f "$run/sv/$name/down"
    sv up "$run/sv/$name"
  done
}

# wait_for SECONDS WHAT COMMAND…
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || { echo "$what is not there in time"; return 1; }
    sleep 0.1
  done
}

start_supervisor() {
  if [ -s "$run/runsvdir.pid" ] && grep -q runsvdir "/proc/$(cat "$run/runsvdir.pid")/comm" 2>/dev/null; then return; fi
  env -i PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8 \
    setsid runsvdir -P "$run/sv" </dev/null >/dev/null 2>&1 &
  echo $! >"$run/runsvdir.pid"
}

start_servers() {
  local name
  if ! supervised postgres; then "$servers/postgres" prepare "$run/postgres" "$postgres_port"; fi
  sed "s/mail:1025/127.0.0.1:$smtp_port/; s/gateway:3000/127.0.0.1:$gateway_port/" docker/alertmanager.yml >"$run/alertmanager.yml.new"
  "$servers/alertmanager" prepare "$run/alertmanager" "$alertmanager_port" "$run/alertmanager.yml.new" \
    "$run/private/MONITRON_ALERTMANAGER_WEBHOOK_TOKEN"
  rm "$run/alertmanager.yml.new"
  "$servers/mail" prepare "$run/mail" "$smtp_port" "$mail_port"
  export GATEWAY_LISTEN="127.0.0.1:$gateway_port 127.0.0.1:$gateway_port2" WEB_ROOT=../app/web
  export API_ADDRESS=127.0.0.1:$api_port QUERY_ADDRESS=127.0.0.1:$query_port STREAM_ADDRESS=127.0.0.1:$stream_port INGEST_ADDRESS=127.0.0.1:$ingest_port
  "$servers/nginx" prepare "$run/gateway"

  for name in postgres rabbitmq alertmanager mail; do
    service "$name" "exec $(printf %q "$servers/$name") run $(printf %q "$run/$name")"
  done
  service gateway "exec $(printf %q "$servers/nginx") run $(printf %q "$run/gateway")"
  # SIGTERM means "when all clients have left" to PostgreSQL.
  printf '#!/bin/sh\nkill -s INT "$(cat supervise/pid)"\n' >"$run/sv/postgres/control/t"
  chmod 755 "$run/sv/postgres/control/t"
  start_supervisor
  up "${server_names[@]}"
  sv hup "$run/sv/gateway"
  wait_for 60 PostgreSQL "$servers/postgres" ready "$run/postgres"
  wait_for 30 Alertmanager "$servers/alertmanager" ready "$run/alertmanager"
  wait_for 30 "the mail sink" "$servers/mail" ready "$run/mail"
  wait_for 30 "the gateway" "$servers/nginx" ready "$run/gateway"
  wait_for 120 RabbitMQ "$servers/rabbitmq" ready "$run/rabbitmq"
}

migrate() {
  MONITRON_DATABASE_ADMIN_URL=$("$servers/postgres" url "$run/postgres") \
    chpst -e "$run/env" "$servers/as" "$account" "$run/app" bin/monitron-migrate up
}

start_services() {
  local name
  for name in "${service_names[@]}"; do
    if [ "$name" = checker ]; then our_service checker checker-env "-c net_raw"; else our_service "$name"; fi
  done
  up "${service_names[@]}"
}

await_ready() {
  wait_for 60 "the suite" curl --silent --fail --noproxy '*' --max-time 5 "$gateway_url/readyz" && return
  curl --silent --noproxy '*' --max-time 5 "$gateway_url/readyz?verbose"
  for name in "${service_names[@]}"; do echo "--- $name" && tail -n 5 "$run/log/$name/current"; done
  return 1
}

# The agent joins like any other: with an enrolment token, which it finds in its state folder.
start_agent() {
  mkdir -p "$run/agent"
  chmod 700 "$run/agent"
  if [ ! -e "$run/secrets/agent-enrolled" ]; then
    (umask 077 && enrolment_token >"$run/agent/enrolment-token")
    touch "$run/secrets/agent-enrolled"
  fi
  own "$account" "$run/agent"
  our_service agent agent-env
  up agent
  wait_for 30 "the agent" curl --silent --fail --noproxy '*' "http://127.0.0.1:$agent_probes/readyz"
}

enrolment_token() {
  local login token
  # shellcheck source=/dev/null
  login=$(. "$run/admin.env" && jq -n --arg email "$ADMIN_EMAIL" --arg password "$ADMIN_PASSWORD" '$ARGS.named')
  token=$(post /auth/login "$login" | jq -er .access_token)
  post /enrolment-tokens '{"name": "this machine", "max_uses": 1}' "$token" | jq -er .token
}

# post PATH JSON [TOKEN]: by standard input, so that no secret is seen in a list of processes.
post() {
  local login=
  if [ -n "${3:-}" ]; then login="header = \"Authorization: Bearer $3\""; fi
  curl --silent --show-error --fail-with-body --noproxy '*' --max-time 10 --config - <<CURL
url = "$gateway_url/api/v1$1"
header = "Content-Type: application/json"
$login
data = $(jq -Rs . <<<"$2")
CURL
}
