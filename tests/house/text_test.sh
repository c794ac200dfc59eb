#!/bin/sh
# Every text of the project: finished, tidy, licensed, and free of paths that
# mean something on one machine only. Patterns are written with a bracket so
# that this file does not match itself.
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/house.sh"

fresh_work
cd "$SOURCE"
# Data that tests feed to a parser is as odd as it has to be.
project_files | grep -vE '^LICENSE$|^tests/.*\.(yaml|xml|mtx|json|txt)$|\.(png|svg|bin)$' >"$WORK/texts"
grep -E '\.(c|h|cc|cpp|sh|awk)$|^quickstart$|^\.ci/run$' "$WORK/texts" >"$WORK/code"

bad=0
# none LIST WHY REGEX [GREP-FLAG]: no line of the files in LIST matches REGEX.
none()
{
	if tr '\n' '\0' <"$1" | xargs -0 grep -nHI ${4-} -E -e "$3" >"$WORK/hits"; then
		cat "$WORK/hits"
		printf '^ %s\n\n' "$2"
		bad=1
	fi
}

tab=$(printf '\t')
none "$WORK/texts" 'unfinished work has no place in the tree' \
	'(^|[^A-Za-z_])(TO[D]O|FIX[M]E|XX[X]|HAC[K])([^A-Za-z_]|$)'
none "$WORK/texts" 'unfinished work has no place in the tree' \
	'(^|[^a-z_])(for no[w],|for no[w]$|placeh[o]lder|not (yet )?implement[e]d|coming so[o]n)' -i
none "$WORK/code" 'dead code' '^[ \t]*#[ \t]*if[ \t]+[0]([^-9]|$)'
none "$WORK/texts" 'a path of one machine' '(^|[^A-Za-z0-9_.}-])/([h]ome|[r]oot|[w]ork|[U]sers)/'
none "$WORK/texts" 'blanks at the end of a line' "[ $tab]+\$"
none "$WORK/texts" 'carriage return' "$(printf '\r')"

# Whole-file rules and function length in one reading.
tr '\n' '\0' <"$WORK/code" | xargs -0 awk '
	function finish() {
		# Examples are there to be copied, down to the first line.
		if (file != "" && !licensed && file !~ /^docs\/examples\//)
			print file ": no SPDX-License-Identifier line"
	}
	FNR == 1 { finish(); file = FILENAME; licensed = 0; open = 0 }
	/SPDX-License-Identifier: Apache-2\.0/ { licensed = 1 }
	/^\{/ && FILENAME ~ /\.(c|h|cc|cpp)$/ { open = FNR }
	/^\}/ && open {
		if (FNR - open - 1 > 80)
			print FILENAME ":" open ": a function of " FNR - open - 1 " lines; 80 is the most"
		open = 0
	}
	END { finish() }' >"$WORK/hits"
while IFS= read -r path; do
	if [ -s "$path" ] && [ -n "$(tail -c 1 "$path")" ]; then
		printf '%s: no newline at the end\n' "$path"
	fi
done <"$WORK/texts" >>"$WORK/hits"
if [ -s "$WORK/hits" ]; then
	cat "$WORK/hits"
	bad=1
fi

[ "$bad" -eq 0 ] || fail 'see the lines above'
printf '%d files read\n' "$(wc -l <"$WORK/texts")"
