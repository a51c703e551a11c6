# Runs suites in lanes, since most keep one core busy. Each lane has a copy of the source, an installation and a server
# of its own: suites on one server share its roles, and some change the installed files. The lanes take the suites from
# one queue, those that last longest first.
# shellcheck shell=bash
set -euo pipefail

longest_first=(pgtap lint packages storm web xlsx fuzz system faults unit mailer)

# run_in_lanes SUITE ...: runs run_suite for each of them, with a server where `with_server` is not empty.
run_in_lanes() {
  local suite lane
  for suite in "${longest_first[@]}" "$@"; do
    if [[ " $* " = *" $suite "* ]]; then echo "$suite"; fi
  done | awk '!seen[$0]++' >"$SCRATCH/queue"
  queue=$SCRATCH/queue
  lanes=()
  for ((lane = 1; lane <= ($# > 1 ? 2 : 1); ++lane)); do
    run_lane "$lane" </dev/null &
    lanes+=($!)
  done
  for lane in "${lanes[@]}"; do wait "$lane" || die "a lane of suites did not end"; done
  lanes=()
}

# run_lane NUMBER: takes suites from the queue until there are none.
run_lane() {
  local suite
  job=
  trap '[ -z "${job:-}" ] || kill -- "-$job" 2>/dev/null; stop_server' EXIT
  trap 'exit 143' TERM
  [ "$1" = 1 ] || enter_lane "$SCRATCH/$1"
  if [ -n "${with_server:-}" ]; then start_server; fi
  while suite=$(next_suite) && [ -n "$suite" ]; do run_suite "$suite"; done
}

# Makes the folder $1 the scratch folder, with copies of what is in the first lane's.
enter_lane() {
  local part
  unprivileged mkdir -p "$1"/{home,tmp,build}
  for part in source pg; do
    [ ! -e "$SCRATCH/$part" ] || unprivileged cp -a "$SCRATCH/$part" "$1/$part"
  done
  [ -z "${PG_BINDIR:-}" ] || use_private_installation "$1/pg"
  export SCRATCH=$1 HOME=$1/home TMPDIR=$1/tmp PGHOST=$1 EXPORT_LEADS_SOURCE=$1/source BUILD_DIR=$1/build
  cd "$EXPORT_LEADS_SOURCE"
}

# Takes the first suite from the queue and prints its name; prints nothing where there is none.
next_suite() { one_lane_at_a_time take_first; }
take_first() {
  head -n 1 "$queue"
  sed -i 1d "$queue"
}

one_lane_at_a_time() {
  (
    flock 9
    "$@"
  ) 9>"$queue.lock"
}
