#!/usr/bin/env bash
# Builds a Docker image from this machine's own PostgreSQL, for tests where no registry is
# reached. Everyone else pulls the official image.
#
# Usage: .ci/postgres-image.sh [tag]        default tag: workbook-postgres:15
#
# The image takes what the official one takes: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB,
# POSTGRES_INITDB_ARGS, PGDATA, and arguments such as `postgres -c fsync=off`.
set -euo pipefail

tag=${1:-workbook-postgres:15}
major=${PG_MAJOR:-15}
bin=/usr/lib/postgresql/$major/bin
lib=/usr/lib/postgresql/$major/lib
share=/usr/share/postgresql/$major

for needed in "$bin/postgres" "$bin/initdb" "$share" /usr/share/zoneinfo; do
	[[ -e $needed ]] || { echo "postgres-image: $needed is missing: install the package postgresql-$major" >&2; exit 1; }
done

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# Programs of the entry point, besides the server's own.
programs=(/bin/bash /bin/mkdir /bin/chmod /bin/cat)

# Every shared library that a program or one of the server's modules names.
libraries() {
	local file
	for file in "$bin"/{postgres,initdb,pg_ctl,psql} "${programs[@]}" "$lib"/*.so; do
		if ldd "$file" >/dev/null 2>&1; then ldd "$file"; fi # one without shared libraries is no fault
	done |
		awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && $2 ~ /^\(/ { print $1 }' |
		sort -u
}

# C.UTF-8 is a folder of its own in some versions of Debian, and built into libc in others.
locales=()
for dir in /usr/lib/locale/C.utf8 /usr/lib/locale/C.UTF-8; do
	[[ -d $dir ]] && locales+=("$dir")
done

mkdir -p "$root"/{bin,lib,lib64,usr/bin,usr/lib,etc,tmp,var/lib/postgresql/data}
# tar keeps the paths; -h copies what links point to, so that nothing dangles. What cannot be
# followed are links to the package's configuration, which is not part of the image.
{
	printf '%s\n' "${programs[@]}" "$bin" "$lib" "$share" /usr/share/zoneinfo "${locales[@]}"
	libraries
} | sed 's|^/||' | tar -C / -ch --ignore-failed-read --files-from=- | tar -C "$root" -x
ln -s bash "$root/bin/sh"

echo 'postgres:x:999:999::/var/lib/postgresql:/bin/sh' >"$root/etc/passwd"
echo 'postgres:x:999:' >"$root/etc/group"
chmod 1777 "$root/tmp"
chown -R 999:999 "$root/var/lib/postgresql"

cat >"$root/entrypoint" <<'ENTRY'
#!/bin/sh
set -eu
: "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}"
: "${POSTGRES_PASSWORD:?POSTGRES_PASSWORD must be set}"
if [ "${1:-postgres}" = "${1#-}" ] && [ "${1:-postgres}" != postgres ]; then
	exec "$@"
fi
if [ "${1:-}" = postgres ]; then
	shift
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	mkdir -p "$PGDATA"
	chmod 700 "$PGDATA"
	printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
	# shellcheck disable=SC2086 # the arguments are words on purpose
	initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 \
		${POSTGRES_INITDB_ARGS:-} -D "$PGDATA"
	: >/tmp/password
	echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
	if [ "$POSTGRES_DB" != postgres ]; then
		echo "CREATE DATABASE \"$POSTGRES_DB\";" |
			postgres --single -D "$PGDATA" postgres >/dev/null
	fi
fi
exec postgres -D "$PGDATA" -c 'listen_addresses=*' -c unix_socket_directories=/tmp "$@"
ENTRY
chmod 755 "$root/entrypoint"

tar -C "$root" --sort=name -c . | docker import \
	--change "ENV PATH=$bin:/usr/bin:/bin" \
	--change 'ENV PGDATA=/var/lib/postgresql/data' \
	--change 'ENV LANG=C.UTF-8' \
	--change 'ENV TZ=UTC' \
	--change 'USER 999:999' \
	--change 'EXPOSE 5432' \
	--change 'ENTRYPOINT ["/entrypoint"]' \
	--change 'CMD ["postgres"]' \
	- "$tag"
