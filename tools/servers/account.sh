# shellcheck shell=bash
# The account a server runs under: started by root an unprivileged one, otherwise the caller's own.
# Sourced by the scripts beside it.

# account_for USER...: the first of these users that exists; the caller when the caller is not root.
account_for() {
  local user
  if [ "$(id -u)" != 0 ]; then id -un; return; fi
  for user in "$@" nobody; do
    if id -u "$user" >/dev/null 2>&1; then echo "$user"; return; fi
  done
}

# drop_to USER [CAPABILITIES]: sets the array `as` to the words that run a command as USER, with those
# ambient capabilities (",+name…") if named. USER may be unable to pass a directory above ours (a
# checkout in /root): a command that enters its directory before and uses relative paths does not mind.
drop_to() {
  local user=$1 caps=-all${2:-}
  # shellcheck disable=SC2034
  as=()
  if [ "$(id -u)" != 0 ]; then return; fi
  as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups --no-new-privs
      "--inh-caps=$caps" "--ambient-caps=$caps" "--bounding-set=$caps")
}

# drop_to_reach USER DIR: the same for a command that insists on the absolute path of DIR. Where USER
# may not pass the directories above DIR, the command also gets the weakest capability that opens the
# way; in no other case.
drop_to_reach() {
  local way
  for way in '' ,+dac_read_search ,+dac_override; do
    drop_to "$1" "$way"
    # stat, not test: access(2) looks away from capabilities.
    if (cd / && "${as[@]}" stat "$2/.") >/dev/null 2>&1; then return; fi
  done
  echo "user $1 can not enter $2: open the directories above it (chmod o+x) or move the checkout" >&2
  return 77
}

# own USER PATH...: gives the paths to USER (nothing to do for an ordinary caller).
own() {
  local user=$1
  shift
  if [ "$(id -u)" = 0 ]; then chown -R "$user:$(id -g "$user")" "$@"; fi
}

# password_of DIR: the server's password, made once, readable by its owner alone.
password_of() {
  [ -s "$1/password" ] || (umask 077 && head -c 32 /dev/urandom | base64 | tr -dc A-Za-z0-9 >"$1/password")
  cat "$1/password"
}

# A process that has ended counts as gone, though its parent may not have asked for its status yet.
is_there() { kill -0 "$1" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }

# stop_pid PID SIGNAL SECONDS: signals and waits until the process is gone, then kills it.
stop_pid() {
  local pid=$1 deadline=$((SECONDS + $3))
  kill -s "$2" "$pid" 2>/dev/null || return 0
  while is_there "$pid"; do
    [ "$SECONDS" -lt "$deadline" ] || kill -s KILL "$pid" 2>/dev/null || true
    sleep 0.1
  done
}

usage() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
  exit 64
}
