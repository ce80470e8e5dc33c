#!/bin/sh
# Installs what the machine lacks, through apt, and says what to install where that cannot be done.
# Go and Node are expected; everything else is looked for in well under 100 ms and left alone when it is there.
#
#   setup.sh                    check, and install what is missing (as root, or through sudo)
#   setup.sh install PACKAGE…   install these packages; needs root
set -eu

has() { command -v "$1" >/dev/null 2>&1; }
found() { [ -e "$1" ]; }

refuse() {
	printf 'setup: %s\n' "$@" >&2
	exit 1
}

missing_packages() {
	found /usr/lib/postgresql/*/bin/initdb 2>/dev/null || has initdb || [ -x "$(pg_config --bindir 2>/dev/null)/initdb" ] || echo postgresql
	has supervisord || echo supervisor
	has curl || echo curl
	has chromium || echo chromium fonts-dejavu-core
	has gcc && found /usr/include/stdio.h || echo gcc libc6-dev
	found /etc/ssl/certs/ca-certificates.crt || echo ca-certificates
}

# Waits where another installation is under way, as on a machine that looks after its own updates.
apt_install() { apt-get -o DPkg::Lock::Timeout=600 install -qy --no-install-recommends "$@"; }

# Debian's packages start their services and make a database cluster of their own. The panel runs private ones, so
# both are prevented, but only for what is new on the machine.
install_packages() {
	policy=/usr/sbin/policy-rc.d
	if ! found "$policy"; then
		trap 'rm -f "$policy"' EXIT
		trap 'exit 1' HUP INT TERM
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -q || echo 'setup: the package lists could not be refreshed; going on with those at hand' >&2
	case " $* " in *' postgresql '*)
		apt_install postgresql-common
		found /etc/postgresql/*/main 2>/dev/null ||
			sed -i 's/^#\{0,1\}create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
		;;
	esac
	apt_install "$@"
	case " $* " in *' supervisor '*)
		! has systemctl || systemctl disable supervisor >/dev/null 2>&1 || true
		;;
	esac
}

if [ "${1-}" = install ]; then
	shift
	install_packages "$@"
	exit
fi

has go || refuse 'Go is missing: install it from https://go.dev/dl/ (go.mod names the version) and put its bin folder into PATH.'
has node && has npm || refuse 'Node.js with npm is missing: install the packages nodejs and npm, or https://nodejs.org/.'

# shellcheck disable=SC2046 # package names are words
set -- $(missing_packages)
[ $# -gt 0 ] || exit 0

echo "setup: missing on this machine: $*"
has apt-get || refuse "There is no apt-get here. Install what these Debian packages hold, then try again: $*"
if [ "$(id -u)" = 0 ]; then
	install_packages "$@"
elif has sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
	sudo sh "$0" install "$@"
else
	refuse 'Installing needs root, and sudo is not to be had. Ask an administrator to run, then try again:' \
		"  apt-get install $*"
fi
