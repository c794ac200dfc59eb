#!/bin/sh
# Prose that names things which exist: relative links lead to files, paths and
# functions in backticks are in the tree, a whole C program in a page is the end
# of one of docs/examples (which are compiled and run), and each public function
# has its reference where the style says: above its declaration, parts in order.
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/house.sh"

fresh_work
cd "$SOURCE"
project_files | grep -E '\.md$' >"$WORK/pages"
[ -s "$WORK/pages" ] || fail 'found no documentation'
: >"$WORK/hits"

# Links: ](target) that is neither a web address nor a place in the same page.
while IFS= read -r page; do
	folder=$(dirname "$page")
	grep -noE '\]\([^)#: ]+[)#]' "$page" | sed -E 's/^([0-9]+):\]\((.*)[)#]$/\1 \2/' |
		while read -r line target; do
			[ -e "$folder/$target" ] ||
				printf '%s:%s: link to %s, which does not exist\n' "$page" "$line" "$target"
		done
	# Code paths in backticks, from the top folder.
	grep -noE '`(affinity|queues|engine|kernels|bench|cli|tests|docs|cmake)/[A-Za-z0-9_./-]+`' "$page" |
		tr -d '`' | while IFS=: read -r line target; do
			[ -e "$target" ] || [ -e "build/release/$target" ] ||
				printf '%s:%s: `%s` does not exist\n' "$page" "$line" "$target"
		done
done <"$WORK/pages" >>"$WORK/hits"

# Names: every pinion_word of the prose is in the sources or the build files.
find affinity queues engine kernels bench cli tests docs cmake \
	\( -name '*.[ch]' -o -name '*.cmake' \) -exec cat {} + |
	grep -oE 'pinion_[a-z0-9_]+' | sort -u >"$WORK/known"
xargs grep -noHE '(^|[^a-z_-])pinion_[a-z0-9_]*[a-z0-9]([^a-z0-9_]|$)' <"$WORK/pages" |
	sed -E 's/^([^:]+:[0-9]+):.*(pinion_[a-z0-9_]*[a-z0-9]).*$/\2 \1/' |
	awk 'NR == FNR { known[$1] = 1; next } !($1 in known) {
		print $2 ": " $1 " is in no source" }' "$WORK/known" - >>"$WORK/hits"

# Programs: each ```c block with a main is what some example ends with.
while IFS= read -r page; do
	rm -f "$WORK"/block.*
	awk -v out="$WORK/block" '
		/^```/ && inside { close(file); inside = 0; next }
		/^```c(pp)?$/ { inside = 1; file = out "." FNR; next }
		inside { print >file }' "$page"
	for block in "$WORK"/block.*; do
		grep -q 'int main(' "$block" 2>/dev/null || continue
		same=no
		for example in docs/examples/*.c docs/examples/*.cpp; do
			if [ -e "$example" ] &&
				tail -n "$(wc -l <"$block")" "$example" | cmp -s - "$block"; then
				same=yes
			fi
		done
		[ "$same" = yes ] ||
			printf '%s:%s: this program is not the end of any docs/examples file\n' \
				"$page" "${block##*.}"
	done
done <"$WORK/pages" >>"$WORK/hits"

# Reference: a docstring directly above each PINION_API, parts in the fixed order.
find affinity queues engine kernels -path '*/include/pinion/*.h' | sort | xargs awk '
	function rank(line) {
		if (line ~ /^ \* @param/) return 1
		if (line ~ /^ \* @return/) return 2
		if (line ~ /^ \* Threads:/) return 3
		if (line ~ /^ \* Ordering:/) return 4
		if (line ~ /^ \* Blocking:/) return 5
		if (line ~ /^ \* Requires:/) return 6
		if (line ~ /^ \* Since:/) return 7
		return 0
	}
	# One docstring may speak for a block of declarations; a blank line ends the block.
	/^$/ { covered = 0 }
	/^\/\*\*/ { last = 0; wrong = 0; doc = 1 }
	rank($0) > 0 { if (rank($0) < last) wrong = FNR; last = rank($0) }
	doc && /\*\/[ \t]*$/ { doc = 0; covered = 1 }
	/^PINION_API/ {
		if (!covered)
			print FILENAME ":" FNR ": a public function without a docstring right above it"
		else if (wrong)
			print FILENAME ":" wrong ": this part of the docstring is out of the fixed order"
	}' >>"$WORK/hits"

if [ -s "$WORK/hits" ]; then
	cat "$WORK/hits"
	fail 'documentation and tree disagree'
fi
printf '%d pages\n' "$(wc -l <"$WORK/pages")"
