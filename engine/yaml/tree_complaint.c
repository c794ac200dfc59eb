/*
 * What libyaml says about a text that it cannot parse, in words that the
 * writer of the file can act on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/tree.h"

#include <string.h>

static const char is_tag[] = "'!' begins a YAML tag; a text must be quoted";
static const char no_end[] = "this quote is never closed";

/* Its text may go on behind the first column. */
static const struct {
	const char *theirs, *ours;
	bool at_context;
} complaints[] = {
	{"found character that cannot start any token",
	 "a value cannot begin with this character; quote it", false},
	{"did not find expected key",
	 "this does not continue the map that it stands in (quotes, indentation?)", false},
	{"did not find expected '-' indicator",
	 "this does not continue the list that it stands in (indentation?)", false},
	{"mapping values are not allowed in this context",
	 "': ' is not possible here; quote the value, or check the indentation", false},
	{"could not find expected ':'", "a key without ': ' behind it", true},
	{"block sequence entries are not allowed in this context",
	 "'- ' is not possible here; begin the list on a line of its own", false},
	{"did not find expected ',' or ']'",
	 "a '[' list needs ',' between its values and ']' at the end", false},
	{"did not find expected ',' or '}'",
	 "a '{' map needs ',' between its entries and '}' at the end", false},
	{"found unexpected end of stream", no_end, true},
	{"found unexpected document indicator", no_end, true},
	{"found unknown escape character",
	 "unknown escape after '\\'; in double quotes write '\\\\', or use single quotes", false},
	{"did not find expected hexdecimal number", "this escape needs hexadecimal digits", false},
	{"found invalid Unicode character escape code", "this escape is no Unicode character", false},
	{"found undefined tag handle", is_tag, true},
	{"did not find URI escaped octet", is_tag, true},
	{"did not find expected tag URI", is_tag, true},
	{"did not find expected whitespace or line break", is_tag, true},
	{"did not find the expected '>'", is_tag, true},
	{"did not find expected alphabetic or numeric character",
	 "'&' and '*' begin YAML anchors and aliases; a text must be quoted", true},
	{"did not find expected <document start>",
	 "this does not belong to what stands before it (indentation?)", false},
	{"did not find expected node content",
	 "a value is missing here (or a bracket is not closed)", false},
	{"found a tab character", "tab used for indentation; YAML takes spaces only", false},
};

const char *pinion__tree_complaint(const char *theirs, bool *at_context)
{
	*at_context = false;
	for (size_t i = 0; i < sizeof complaints / sizeof complaints[0]; i++) {
		if (strncmp(theirs, complaints[i].theirs, strlen(complaints[i].theirs)) != 0)
			continue;
		*at_context = complaints[i].at_context;
		return complaints[i].ours;
	}
	return theirs;
}
