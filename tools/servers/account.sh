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

# drop_to USER DIR [CAPABILITY]: sets the array `as` to the words that run a command as USER, with
# that one ambient capability if named. When DIR lies below a directory that USER may not pass (a
# checkout in /root), the command runs in a mount namespace where it may: see open_way. (An ambient
# CAP_DAC_READ_SEARCH would not do: Erlang asks access(2), which looks away from capabilities.)
drop_to() {
  local user=$1 dir=$2 caps=-all${3:+,+$3}
  as=()
  if [ "$(id -u)" != 0 ]; then return; fi
  as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups --no-new-privs
      "--inh-caps=$caps" "--ambient-caps=$caps" "--bounding-set=$caps")
  if (cd / && "${as[@]}" test -x "$dir/."); then return; fi
  as=(unshare --mount "$(dirname "${BASH_SOURCE[0]}")/open_way" "$dir" "${as[@]}")
  if (cd / && "${as[@]}" test -x "$dir/."); then return; fi
  echo "user $user can not enter $dir: open the directories above it (chmod o+x) or move the checkout" >&2
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

# stop_pid PID SIGNAL SECONDS: signals and waits until the process is gone, then kills it.
stop_pid() {
  local pid=$1 deadline=$((SECONDS + $3))
  kill -s "$2" "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null; do
    [ "$SECONDS" -lt "$deadline" ] || kill -s KILL "$pid" 2>/dev/null || true
    sleep 0.1
  done
}

usage() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
  exit 64
}
