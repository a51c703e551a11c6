# A private PostgreSQL in the scratch folder: its own copy of the programs, so that installing the extension touches
# no other installation, and its own server, which only a socket in the scratch folder leads to.
# shellcheck shell=bash
set -euo pipefail

make_private_installation() {
  copy_debian_postgresql "$PG_MAJOR" "$SCRATCH/pg"
  use_private_installation "$SCRATCH/pg"
}

# copy_debian_postgresql MAJOR ROOT: PostgreSQL finds its share and lib folders relative to its own programs: a copy is
# a complete installation, and its pg_config says where `make install` must put things.
copy_debian_postgresql() {
  unprivileged mkdir -p "$2"/usr/{lib,share}/postgresql "$2/usr/include"
  unprivileged cp -a "/usr/lib/postgresql/$1" "$2/usr/lib/postgresql/"
  unprivileged cp -a "/usr/share/postgresql/$1" "$2/usr/share/postgresql/"
  unprivileged ln -s /usr/include/postgresql "$2/usr/include/postgresql"
}

# use_private_installation ROOT: of this one, or of a copy of it.
use_private_installation() {
  export PG_BINDIR=$1/usr/lib/postgresql/$PG_MAJOR/bin
  export PG_CONFIG=$PG_BINDIR/pg_config
  export PATH=$PG_BINDIR:$PATH
}

# start_server [SETTING ...]: with lines of postgresql.conf beyond those that every server here has. `trust` is safe
# here: nobody else can enter the scratch folder that holds the socket.
start_server() {
  export PGDATA=$SCRATCH/data PGHOST=$SCRATCH PGPORT=5432 PGUSER=postgres PGDATABASE=postgres PGCLIENTENCODING=UTF8
  unprivileged initdb --no-sync -A trust -U postgres -E UTF8 --locale=C.UTF-8 >"$SCRATCH/initdb.log" 2>&1 ||
    { cat "$SCRATCH/initdb.log" >&2; die "initdb failed"; }
  unprivileged tee -a "$PGDATA/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$SCRATCH'
unix_socket_permissions = 0700
fsync = off
timezone = 'UTC'
log_timezone = 'UTC'
$(printf '%s\n' "$@")
CONF
  unprivileged pg_ctl start --silent --wait --log="$SCRATCH/server.log" ||
    { show_server_log >&2; die "the server did not start"; }
}

show_server_log() {
  printf '\nThe last lines of the server log:\n'
  tail -n 20 "$SCRATCH/server.log"
}

stop_server() {
  server_is_running || return 0
  unprivileged pg_ctl stop --silent --mode=fast --timeout=20 ||
    unprivileged pg_ctl stop --silent --mode=immediate
}

server_is_running() { [ -e "$SCRATCH/data/postmaster.pid" ]; }
