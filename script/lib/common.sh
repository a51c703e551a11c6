# What both commands start from: messages, the scratch folder that everything happens in, and the two other
# accounts a command may run as.
# shellcheck shell=bash
set -euo pipefail

# No setting of the caller's may lead a program from here to another server, or change what it does with this one. Only
# PG_MAJOR is for us: which PostgreSQL that is.
for variable in "${!PG@}" MAKEFLAGS MAKELEVEL; do [ "$variable" = PG_MAJOR ] || unset "$variable"; done

say() { printf '==> %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

as_root() {
  if [ "$EUID" = 0 ]; then "$@"; else sudo "$@"; fi
}

# PostgreSQL refuses to run as root. Root therefore hands everything but the installing to `nobody`: every Debian
# has that account, and unlike `postgres` it owns no cluster that a test could damage.
unprivileged() {
  if [ "$EUID" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi
}

# output_folder CHECKOUT NAME: prints a folder for what stays: build/NAME in the checkout, or where that is read-only,
# elsewhere.
output_folder() {
  local folder=$1/build/$2
  if mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ]; then
    [ "$EUID" != 0 ] || chown --reference="$1" "$1/build" "$folder"
  else
    folder=$(mktemp -d "/tmp/export_leads-$2.XXXXXX")
  fi
  printf '%s\n' "$folder"
}

# Makes $SCRATCH and sees to it that neither it nor a process started from here outlives the script. The name is
# short because the path of a Unix socket may have 107 bytes.
make_scratch() {
  SCRATCH=$(mktemp -d /tmp/export_leads.XXXXXX)
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  [ "$EUID" != 0 ] || chown nobody:nogroup "$SCRATCH"
  unprivileged mkdir "$SCRATCH/home" "$SCRATCH/tmp"
  export SCRATCH HOME=$SCRATCH/home TMPDIR=$SCRATCH/tmp LC_ALL=C.UTF-8
  export PGHOST=$SCRATCH # where a private server will be: without one, a program must not find another
  umask 022
}

clean_up() {
  local status=$?
  trap '' HUP INT TERM
  [ -z "${job:-}" ] || kill -- "-$job" 2>/dev/null || true
  [ -z "${lanes[*]:-}" ] || { kill "${lanes[@]}" && wait "${lanes[@]}"; } 2>/dev/null || true
  if [ "$status" != 0 ] && server_is_running; then show_server_log >&2; fi
  stop_server || true
  cd /
  rm -rf "$SCRATCH"
}

# Runs a command as a process group of its own, which clean_up can end whole, and returns its status. Waiting for
# it in the background lets a signal end the script at once.
interruptible() {
  local status=0
  set -m
  "$@" </dev/null &
  job=$!
  set +m
  wait "$job" || status=$?
  job=
  return "$status"
}
