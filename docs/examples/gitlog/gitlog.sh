#!/bin/sh
# Usage: gitlog.sh [-t] [-o DIR] REPOSITORY...
# Turns the commits that lead to each repository's HEAD into three SoR files in DIR, here if it is not given:
#
#   users.sor     <uid><"name">      who authored or committed; the name is a hash of the mail address
#   projects.sor  <pid><"name">      the repositories; the name is a hash of the path
#   commits.sor   <pid><uid of the author><uid of the committer>
#
# With -t the projects are the files and folders at the top of each repository, and a commit has a row for each that it
# touches; merges touch nothing. It takes git and awk. Mail addresses are those of the repository's .mailmap.
set -eu

usage() {
	echo "usage: gitlog.sh [-t] [-o DIR] REPOSITORY..." >&2
	exit 2
}

top=0 out=.
while getopts to: option; do
	case $option in
	t) top=1 ;;
	o) out=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || usage

export LC_ALL=C # names are bytes
mkdir -p "$out"
out=$(cd "$out" && pwd) # git takes relative paths from the top of the repository that it is in
tmp=$(mktemp -d "$out/gitlog.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
mkdir "$tmp/users" "$tmp/projects"

# A line of the log that begins with \001 is a commit, the others are paths: git writes control characters in them as \ooo.
rows='BEGIN { FS = OFS = "\001" }
/^\001/ { author = $2; committer = $3; split("", seen) }
/^\001/ && !top { print repository, author, committer }
/^[^\001]/ {
	sub(/\/.*/, ""); gsub(/"/, "")
	if (!($0 in seen)) { seen[$0]; print repository "/" $0, author, committer }
}'
for repository; do
	path=$(git -C "$repository" rev-parse --absolute-git-dir)
	set -- --format='%x01%aE%x01%cE'
	[ $top = 0 ] || set -- "$@" --name-only --no-renames
	git -C "$repository" -c core.quotePath=false -c log.showSignature=false log "$@" HEAD -- >"$tmp/log"
	repository=$path top=$top awk "BEGIN { repository = ENVIRON[\"repository\"]; top = ENVIRON[\"top\"] + 0 } $rows" "$tmp/log" >>"$tmp/rows"
done

# Ids count from 1. SoR takes a column of nothing but 0 and 1 for BOOL; +1 is the INT.
id='function id(n) { return n == 1 ? "+1" : n }'

# number gives ids, writes the commits, and each text to be hashed to a file named after its id.
number='BEGIN { FS = "\001" }
function of(kind, text,    file) {
	if (!((kind, text) in ids)) {
		ids[kind, text] = ++count[kind]
		file = tmp "/" kind "/" count[kind]
		printf "%s", text >file
		close(file)
		print file >(tmp "/" kind ".list")
	}
	return id(ids[kind, text])
}
{ printf "<%s><%s><%s>\n", of("projects", $1), of("users", $2), of("users", $3) }'
tmp=$tmp awk "BEGIN { tmp = ENVIRON[\"tmp\"] } $id $number" "$tmp/rows" >"$tmp/commits.sor"

for kind in users projects; do
	touch "$tmp/$kind.list"
	git hash-object --no-filters --stdin-paths <"$tmp/$kind.list" >"$tmp/$kind.hashes"
	awk "$id"' { printf "<%s><\"%s\">\n", id(NR), $1 }' "$tmp/$kind.hashes" >"$tmp/$kind.sor"
done
mv "$tmp/users.sor" "$tmp/projects.sor" "$tmp/commits.sor" "$out"
