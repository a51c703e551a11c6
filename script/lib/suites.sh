# The suites of test/: what they need and what they are made of, which the comment that opens a suite's `run` says.
#   # Needs: server python3-openpyxl    `server` is one with the extension, `extension` the built one alone; the others
#                                       are what packages_for knows, or packages. Without the line: a server.
#   # Parts: test/pgtap/*.sql other     what `run` takes as arguments: what the * stands for in names of files, or words
# shellcheck shell=bash
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

all_suites() {
  find "$checkout/test" -mindepth 2 -maxdepth 2 -name run -executable -printf '%h\n' | sed 's|.*/||' | sort
}

# header SUITE WORD: the rest of the lines `# WORD: ...` of its `run`.
header() { sed -n "/^set /q; s/^# $2: //p" "$checkout/test/$1/run"; }

needs_of() { local needs; needs=$(header "$1" Needs); echo "${needs:-server}"; }

# parts_of SUITE: the names of its parts, a line each; none where it has to be run whole.
parts_of() (
  cd "$checkout"
  read -ra words < <(header "$1" Parts | xargs) || true
  for word in "${words[@]}"; do
    if [[ $word != *'*'* ]]; then echo "$word"; continue; fi
    prefix=${word%%\**} suffix=${word##*\*}
    for file in $word; do
      file=${file#"$prefix"}
      echo "${file%"$suffix"}"
    done
  done
)

# check_part SUITE PART: ends the script where there is none of that name.
check_part() {
  local parts suite with_parts=
  parts=$(parts_of "$1" | sort)
  if [ -z "$parts" ]; then
    for suite in $(all_suites); do [ -z "$(header "$suite" Parts)" ] || with_parts+=" $suite"; done
    die "the suite '$1' runs as a whole; those with parts are:$with_parts"
  fi
  grep -qxF -e "$2" <<<"$parts" || die "no part '$2' in the suite '$1'; there are: $(xargs <<<"$parts")"
}
