# shellcheck shell=bash
# A server written in Java, with little memory. Sourced, after account.sh, by the scripts beside it.

# in_java DIR WORD…: becomes the Java machine that runs these in DIR, from the jars that DIR/jars names.
in_java() {
  local dir=$1 jars
  shift
  jars=$(cat "$dir/jars")
  drop_to_reach "$(account_for nobody)" "$jars"
  cd "$dir" || return
  # shellcheck disable=SC2154
  exec "${as[@]}" java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
    -Djava.io.tmpdir=. -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$jars/*" "$@"
}
