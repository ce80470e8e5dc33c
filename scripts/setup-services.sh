#!/bin/sh
# Installs the mail and web servers that make test-services runs by itself, where the machine lacks them. What is new is
# neither started nor made to start with the machine.
set -eu

cd "$(dirname "$0")/.."
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo

set --
[ -e /usr/lib/dovecot/imap ] || set -- "$@" dovecot-imapd
[ -e /usr/lib/dovecot/modules/auth/libdriver_pgsql.so ] || set -- "$@" dovecot-pgsql
[ -e /usr/sbin/apache2 ] || set -- "$@" apache2-bin
[ -e /usr/sbin/nginx ] || set -- "$@" nginx
found=$(find /usr/lib -path '*/apr-util-1/apr_dbd_pgsql.so' -print -quit)
[ -n "$found" ] || set -- "$@" libaprutil1-dbd-pgsql
[ -e /usr/lib/postfix/postfix-pgsql.so ] || set -- "$@" postfix-pgsql
[ $# -gt 0 ] || exit 0

echo "setup: missing for make test-services: $*"
if [ ! -e /etc/postfix ]; then # else it would make a configuration of its own for this host
	echo 'postfix postfix/main_mailer_type select No configuration' | $as_root debconf-set-selections
fi
units=
for unit in dovecot.socket dovecot.service nginx.service postfix.service postfix-resolvconf.path; do
	[ -e "/lib/systemd/system/$unit" ] || units="$units $unit"
done
$as_root sh scripts/setup.sh install "$@"
if command -v systemctl >/dev/null 2>&1; then
	for unit in $units; do
		[ ! -e "/lib/systemd/system/$unit" ] || $as_root systemctl disable "$unit" >/dev/null 2>&1 || true
	done
fi
