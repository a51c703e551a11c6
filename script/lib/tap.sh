# Turns what test programs print into the closing line a suite owes script/test.
# shellcheck shell=bash
set -euo pipefail
shopt -s inherit_errexit # a command substitution stops at a failing command, too

# chosen PART: whether that part is to be run: it is one of the program's arguments, or there are none.
parts=" $* "
chosen() { [[ $parts = *" $1 "* || -z ${parts// /} ]]; }

# closing_line PASSED FAILED [SKIPPED]: prints the line; fails if a test failed.
closing_line() {
  local line="$1 passed, $2 failed"
  [ "${3:-0}" = 0 ] || line+=", $3 skipped"
  printf '%s\n' "$line"
  [ "$2" = 0 ]
}

# Counts the test lines of the TAP on standard input, leaving out indented subtests and the lone "ok" that prove ends
# a file with; prints "PASSED FAILED SKIPPED".
count_tap() {
  awk '
    /^ok [0-9-]/ && /# *[Ss][Kk][Ii][Pp]/ { skipped++; next }
    /^ok [0-9-]/ { passed++ }
    /^not ok [0-9-]/ { failed++ }
    END { print passed + 0, failed + 0, skipped + 0 }'
}

# check NAME COMMAND...: runs one check of a suite that is a list of commands, prints it as a line of TAP and the
# command's output below it, and adds it to `passed` or `failed`. A function is left at its first failing command:
# that takes a subshell outside of any condition, as bash does not stop at errors inside one.
passed=0 failed=0
check() {
  local name=$1 result=ok output status
  shift
  set +e
  output=$(set -e; "$@" 2>&1)
  status=$?
  set -e
  if [ "$status" = 0 ]; then
    passed=$((passed + 1))
  else
    result="not ok"
    failed=$((failed + 1))
  fi
  printf '%s\n' "$result - $name" ${output:+"$output"}
}
