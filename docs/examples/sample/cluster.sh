#!/bin/sh
# Usage: cluster.sh EAU2SH SAMPLE COLUMNS QUERY
# Starts three nodes on free ports of loopback, loads the sample, asks the query and, on a terminal, opens the prompt. The
# nodes keep their tables in a temporary folder and end with this script.
set -eu
eau2sh=$1 sample=$2 columns=$3 query=$4
dir=$(mktemp -d)
pids=
# A node that was killed meanwhile is no failure.
trap 'kill $pids 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

# start NAME [FLAG...] starts a node and waits until it takes clients.
start() {
	name=$1
	shift
	"$eau2sh" serve --dir "$dir/$name" --name "$name" --listen 127.0.0.1:0 --bind 127.0.0.1:0 "$@" >"$dir/$name.out" 2>"$dir/$name.log" &
	pids="$pids $!"
	until grep -q '^to join' "$dir/$name.out"; do
		kill -0 $! 2>/dev/null || { cat "$dir/$name.log" >&2; exit 1; }
		sleep 0.1
	done
}

start a
join=$(sed -n 's/^to join: --join //p' "$dir/a.out")
start b --join "$join"
start c --join "$join"
address=$(sed -n 's/^listening on //p' "$dir/c.out")

"$eau2sh" --connect "$address" --load "files=$sample:$columns" -e 'SHOW NODES' -e 'SHOW CHUNKS FROM files' --mode table
echo && cat "$query" && echo
"$eau2sh" --connect "$address" --mode table -f "$query"
if [ -t 0 ] && [ -t 1 ]; then
	echo "Three nodes run; this is a client of c. The nodes end with it. Ctrl-D leaves."
	"$eau2sh" --connect "$address"
fi
