# Prints the functions that public headers declare with PINION_API, one a line:
#   NAME FILE LINE
# A declaration may span lines: the name is the last word before the first
# opening bracket after the mark.
#
# SPDX-License-Identifier: Apache-2.0
/^[ \t]*#/ {
	next
}

/^PINION_API/ {
	text = ""
	line = FNR
	reading = 1
}

reading {
	text = text " " $0
	if (text !~ /\(|;/)
		next
	reading = 0
	gsub(/__attribute__[ \t]*\(\([^)]*\)*\)\)/, "", text)
	sub(/[ \t]*[(;].*$/, "", text)
	sub(/^.*[ \t*]/, "", text)
	print text, FILENAME, line
}
