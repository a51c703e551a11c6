# The Debian packages the commands need, and how they are installed: only what is missing, without leaving a
# cluster, a running server or a changed configuration behind.
# shellcheck shell=bash
set -euo pipefail

# packages_for NEED: the packages that it stands for: the building of the extension and a server with it, what several
# suites or commands share, or the package of that name.
packages_for() {
  case $1 in
    extension | server) echo make g++ ccache zlib1g-dev "postgresql-$PG_MAJOR" "postgresql-server-dev-$PG_MAJOR" ;;
    packaging)
      packages_for server
      echo build-essential debhelper git postgresql-all postgresql-server-dev-all
      ;;
    unit) # for another architecture, which dpkg has to know, with UNIT_ARCH=arm64
      echo g++ make cmake ccache "zlib1g-dev${UNIT_ARCH:+:$UNIT_ARCH}" "libgtest-dev${UNIT_ARCH:+:$UNIT_ARCH}"
      [ -z "${UNIT_ARCH:-}" ] || echo "crossbuild-essential-$UNIT_ARCH" "libstdc++6:$UNIT_ARCH" qemu-user
      ;;
    pgtap) echo "postgresql-$PG_MAJOR-pgtap" libtap-parser-sourcehandler-pgtap-perl ;;
    plpgsql-check) echo "postgresql-$PG_MAJOR-plpgsql-check" ;;
    former) # the PostgreSQL to upgrade from, where it is another, with UPGRADE_FROM=15
      [ -z "${UPGRADE_FROM:-}" ] || echo "postgresql-$UPGRADE_FROM" "postgresql-server-dev-$UPGRADE_FROM"
      ;;
    pg_cron) echo "postgresql-$PG_MAJOR-cron" ;;
    npm) has_npm || echo nodejs npm ;;
    bench)
      echo cmake libgtest-dev libbenchmark-dev libxlsxwriter-dev python3 python3-psycopg2 python3-sqlalchemy \
        python3-openpyxl python3-xlsxwriter
      ;;
    web)
      packages_for npm
      echo python3 python3-flask python3-sqlalchemy python3-psycopg2 python3-openpyxl python3-aiosmtpd chromium \
        libreoffice-calc fonts-dejavu-core
      ;;
    cassert) echo bison flex perl dpkg-dev pkgconf libicu-dev libxml2-dev valgrind ;;
    *) echo "$1" ;;
  esac
}

# Node.js of another origin than Debian's brings an npm of its own, beside which Debian's can't be installed.
has_npm() { command -v node >/dev/null && command -v npm >/dev/null; }

# Sets PG_MAJOR where the caller has not: the PostgreSQL of the Debian release at hand.
find_postgresql() {
  if [ -z "${PG_MAJOR:-}" ]; then
    PG_MAJOR=$(release_postgresql)
    if [ -z "$PG_MAJOR" ]; then
      update_package_lists
      PG_MAJOR=$(release_postgresql)
    fi
    [ -n "$PG_MAJOR" ] || die "apt knows no package postgresql; is this a Debian?"
  fi
  can_be_had || { update_package_lists && can_be_had; } ||
    die "PostgreSQL $PG_MAJOR is neither installed nor offered by apt; there are: $(offered_postgresql | xargs)"
  export PG_MAJOR
}

can_be_had() {
  is_installed "postgresql-server-dev-$PG_MAJOR" || offered_postgresql | grep -qxF -e "$PG_MAJOR"
}

# The major versions that apt knows, installed ones among them.
offered_postgresql() {
  apt-cache pkgnames postgresql-server-dev- 2>/dev/null | sed -n 's/.*-\([0-9][0-9]*\)$/\1/p' | sort -n
}

# The major version that the release's metapackage depends on; nothing where the package lists are empty.
release_postgresql() {
  { apt-cache depends postgresql 2>/dev/null || true; } | sed -n 's/^ *Depends: postgresql-\([0-9][0-9]*\)$/\1/p'
}

is_installed() {
  dpkg-query --show --showformat='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# install_packages NEED...: those of the needed packages that are not installed yet.
install_packages() {
  local need package missing=()
  case " $* " in *" server "* | *" extension "* | *" packaging "*) find_postgresql ;; esac
  for need; do
    for package in $(packages_for "$need"); do
      is_installed "$package" || missing+=("$package")
    done
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  say "Installing ${missing[*]}"
  update_package_lists
  if [ -n "${PG_MAJOR:-}" ] && is_installed "postgresql-$PG_MAJOR" &&
    [[ ! " ${missing[*]} " =~ \ (pgbouncer|postgresql-(all|[0-9]+))\  ]]; then
    apt_get install "${missing[@]}"
  else
    install_without_services "${missing[@]}"
  fi
}

update_package_lists() {
  [ -z "${package_lists_updated:-}" ] || return 0
  apt_get update
  package_lists_updated=yes
}

# apt_get COMMAND ARG...: quiet unless it fails. Configuration that is there already stays, without a question.
apt_get() {
  local output
  [ "$EUID" = 0 ] || command -v sudo >/dev/null ||
    die "packages have to be installed: run this as root, or install sudo"
  output=$(as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -y -o DPkg::Lock::Timeout=300 -o DPkg::Options::=--force-confold \
    --no-install-recommends "$@" </dev/null 2>&1) ||
    { printf '%s\n' "$output" >&2; die "apt-get $1 failed"; }
}

# Debian's server packages, one of which postgresql-all brings, make a cluster `main` and start every cluster they find;
# pgbouncer, and the message bus that the browser brings, would be started, too. Two files stop that for as long as the
# installation runs; the subshell's trap takes them away again. pgbouncer would still start with the machine.
install_without_services() (
  drop_in_dir=/etc/postgresql-common/createcluster.d
  drop_in=$drop_in_dir/export_leads.conf
  policy=/usr/sbin/policy-rc.d
  guards=("$drop_in")

  trap 'as_root rm -f "${guards[@]}"; remove_if_unowned "$drop_in_dir"' EXIT
  trap 'exit 130' HUP INT TERM

  as_root mkdir -p "$drop_in_dir"
  echo "create_main_cluster = false" | as_root tee "$drop_in" >/dev/null
  if [ ! -e "$policy" ]; then # a policy of the machine's own stays in force
    guards+=("$policy")
    as_root tee "$policy" >/dev/null <<'SH'
#!/bin/sh
case $1 in postgresql* | pgbouncer | dbus) exit 101 ;; esac
SH
    as_root chmod 755 "$policy"
  fi
  apt_get install "$@"
  if [[ " $* " = *" pgbouncer "* ]]; then as_root update-rc.d pgbouncer disable; fi
)

# remove_if_unowned FOLDER: removes an empty folder that belongs to no package.
remove_if_unowned() {
  dpkg-query --search "$1" >/dev/null 2>&1 || as_root rmdir --ignore-fail-on-non-empty "$1"
}
