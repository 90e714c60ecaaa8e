#!/bin/sh
# make.sh FILE: writes a listing of this machine's own files as SoR, a row each: path, size in bytes, day of the last
# change, kind. It takes /usr, the Go tree and Go's module cache, which makes a few hundred thousand rows.
set -eu
out=${1:?usage: make.sh FILE}

# The folders, each once: one that lies in another is listed with it.
roots=
for dir in /usr "$(go env GOROOT)" "$(go env GOMODCACHE)"; do
	[ -d "$dir" ] || continue
	case "$dir/" in
	/usr/?*) [ -d /usr ] && continue ;;
	esac
	roots="$roots
$dir"
done

# list prints size, day and path of every file, with tabs between them. A SoR string ends at a quote before a '>' and
# cannot hold a line break: paths with either are left out.
list() {
	if find . -prune -printf '' 2>/dev/null; then # GNU find
		find "$@" -type f ! -path '*"*' ! -path '*
*' -printf '%s\t%TY-%Tm-%Td\t%p\n'
	else # BSD and macOS
		find "$@" -type f ! -path '*"*' ! -path '*
*' -exec stat -f '%z%t%Sm%t%N' -t '%Y-%m-%d' {} +
	fi 2>/dev/null || true # folders that may not be read are left out
}

# kind is the name's ending in lower case; libc.so.6 is an so; a name without one is "none".
kind='BEGIN { FS = "\t" }
{
	path = substr($0, length($1) + length($2) + 3)
	name = path; sub(/.*\//, "", name)
	kind = "none"
	if (name ~ /\.so\.[0-9.]+$/) kind = "so"
	else if (match(name, /.\.[A-Za-z0-9_+]+$/) && RLENGTH < 15) kind = tolower(substr(name, RSTART + 2))
	printf "<\"%s\"><%s><\"%s\"><\"%s\">\n", path, $1, $2, kind
}'

export LC_ALL=C # names are bytes
mkdir -p "$(dirname "$out")"
trap 'rm -f "$out.tmp"' EXIT
IFS='
'
list $roots | awk "$kind" >"$out.tmp"
mv "$out.tmp" "$out"
