#!/bin/sh
# Makes the folders that the supervised server runs with, and prints who runs it, where, and with which program, as
# NAME=value lines for supervisord's environment. Root finds an ordinary user: the one UNIFIED_USER names, whose private
# PostgreSQL it is, postgres or nobody. What that user cannot reach in the checkout goes to the system's state directory.
#
#   service.sh DATA_DIR [FOLDER]   from the root of the checkout; FOLDER is where a socket goes that fits nowhere else
set -eu

root=$PWD data=$1 link=$1/service
user=$(id -un) dir=$link home=$root program=$root/bin/unified

refuse() {
	echo "$*" >&2
	exit 1
}

own() { install -d -m 0700 -o "$user" -g "$(id -g "$user")" "$1"; }

ordinary_user() {
	for user in ${UNIFIED_USER:-$(stat -c %U "$data/postgres" 2>/dev/null || true) postgres nobody}; do
		if [ "$user" != root ] && id "$user" >/dev/null 2>&1; then return; fi
	done
	refuse "there is no ordinary user ${UNIFIED_USER:-postgres or nobody} to run the server as"
}

reaches_all() {
	setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- \
		sh -c 'cd / && test -x "$1" && test -x "$2" && { test ! -e "$3" || test -r "$3"; }' sh "$program" "$data" "$root/.env" 2>/dev/null
}

# A program that runs cannot be overwritten, only replaced.
hand_over() {
	install -m 0700 -o "$user" "$1" "$home/$2.new"
	mv -f "$home/$2.new" "$home/$2"
}

# One private PostgreSQL serves the checkout, whoever starts it, root or the user.
share_database() {
	shared=$data/postgres there=$dir/postgres
	[ "$home" != "$root" ] || there=$shared
	real=$(readlink -e "$shared" || true)
	if [ -z "$real" ]; then
		real=$there
		install -d -m 0755 "$real"
	fi
	for place in "$shared" "$there"; do
		[ "$(readlink -f "$place")" = "$(readlink -f "$real")" ] || ln -sfn "$real" "$place"
	done
	find "$real/" -maxdepth 1 ! -name 'data-*' -exec chown -h "$user" {} +
}

mkdir -p "$data"
if [ "$(id -u)" = 0 ]; then
	ordinary_user
	if ! reaches_all; then
		dir=/var/lib/unified/service-$(printf %s "$link" | sha256sum | cut -c 1-12)
		home=$dir program=$dir/unified
	fi
fi

if [ -e "$link" ] && [ "$(readlink -f "$link")" != "$(readlink -m "$dir")" ]; then rm -rf "$link"; fi
mkdir -p "${dir%/*}"
own "$dir"
[ "$dir" = "$link" ] || ln -sfn "$dir" "$link"
if [ -n "${2-}" ]; then
	mkdir -m 0700 "$2" 2>/dev/null || { [ ! -h "$2" ] && [ -O "$2" ]; } || [ "$(stat -c %U "$2")" = "$user" ] || refuse "$2 belongs to somebody else"
	chown -h "$user" "$2"
fi
if [ "$home" != "$root" ]; then
	hand_over bin/unified unified
	if [ -e .env ]; then hand_over .env .env; else rm -f "$home/.env"; fi
	data=$dir
fi
[ "$(id -u)" != 0 ] || (data=$1 && share_database)

passwd=$(getent passwd "$user" || true)
home_dir=${passwd%:*}
printf '%s\n' "UNIFIED_USER=$user" "UNIFIED_DIR=$(readlink -f "$dir")" "UNIFIED_HOME=$home" "UNIFIED_BINARY=$program" \
	"DATA_DIR=$data" "USER=$user" "LOGNAME=$user" "HOME=${home_dir##*:}"
