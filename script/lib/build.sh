# Builds the extension from a copy of the checkout and installs it in the private installation: the checkout may be
# read-only, and no build product of another account gets into it.
# shellcheck shell=bash
set -euo pipefail

# Copies the files of the checkout $1, as they are now and without what git ignores, and makes the copy the current
# folder.
copy_source() {
  export EXPORT_LEADS_SOURCE=$SCRATCH/source BUILD_DIR=$SCRATCH/build
  unprivileged mkdir "$EXPORT_LEADS_SOURCE" "$BUILD_DIR"
  list_source "$1" | tar -C "$1" --null --files-from=- -c | unprivileged tar -C "$EXPORT_LEADS_SOURCE" -x
  cd "$EXPORT_LEADS_SOURCE"
}

# The names of the source files, each ended by a zero byte. A checkout of another account's is no obstacle, and an
# unpacked archive, where there is no git to ask, is taken whole.
list_source() (
  cd "$1"
  if [ -e .git ]; then
    git -c safe.directory='*' ls-files -z --cached --others --exclude-standard --deduplicate |
      while IFS= read -r -d '' file; do
        # what is deleted but still tracked is listed too
        if [ -e "$file" ]; then printf '%s\0' "$file"; fi
      done
  else
    find . -path ./build -prune -o -type f -print0
  fi
)

# ccache keeps what the extension and the programs of the tests are compiled to in build/ccache of the checkout $1, or
# for this run alone where the account that compiles gets no access there; a command that another one runs uses the
# latter's. The copy's path is another each time; only names relative to it count.
keep_compiled() {
  local folder=${EXPORT_LEADS_CCACHE:-$1/build/ccache}
  if mkdir -p "$1/build" 2>/dev/null && mkdir "$folder" 2>/dev/null && [ "$EUID" = 0 ]; then
    chown --reference="$1" "$1/build"
    chown nobody:nogroup "$folder"
  fi
  unprivileged test -w "$folder" || folder=$SCRATCH/ccache
  export EXPORT_LEADS_CCACHE=$folder CCACHE_DIR=$folder CCACHE_BASEDIR=$SCRATCH CCACHE_NOHASHDIR=yes CCACHE_MAXSIZE=200M
  export MAKEFLAGS='-- CXX=ccache\ g++' # for every make from here on, of copies and other versions, too
}

build_extension() {
  local output
  say "Building the extension for PostgreSQL $PG_MAJOR"
  output=$(unprivileged make --silent --jobs="$(nproc)" PG_CONFIG="$PG_CONFIG" 2>&1 &&
    unprivileged make --silent PG_CONFIG="$PG_CONFIG" install 2>&1) ||
    { printf '%s\n' "$output" >&2; die "the build failed"; }
}
