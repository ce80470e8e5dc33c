#!/bin/sh
# Stops the private PostgreSQL servers that run in the given folders, such as var/postgres, and waits until they are gone.
set -eu

for dir; do
	for file in "$dir"/data-*/postmaster.pid; do
		[ -e "$file" ] || continue
		data=$(readlink -f "${file%/*}")
		read -r pid <"$file"
		[ "$(readlink "/proc/$pid/cwd" || true)" = "$data" ] || continue
		kill -INT "$pid" # a fast shutdown
		tries=300
		while [ -e "$file" ] && [ -e "/proc/$pid" ] && [ $tries -gt 0 ]; do # who keeps it may start it again
			sleep 0.1
			tries=$((tries - 1))
		done
		[ $tries -gt 0 ] || { echo "stop: the PostgreSQL server in $data (process $pid) does not stop" >&2 && exit 1; }
	done
done
