# Reads the include lines of the sources named on the command line (paths as seen
# from the top folder) and prints each one that points the wrong way.
#
# The table below is the picture of the house: includes point only downward, and
# a room that may use another room's public headers need not be let into its
# private ones. Two ground files are open to everybody: the public base.h and
# affinity/port.h.
#
# SPDX-License-Identifier: Apache-2.0
BEGIN {
	#      room         public headers of                private headers of
	allow("affinity",  "affinity",                       "affinity")
	allow("queues",    "queues",                         "queues")
	allow("engine",    "affinity queues engine",         "affinity queues engine")
	allow("kernels",   "affinity engine kernels",        "kernels")
	allow("bench",     "affinity queues engine kernels", "bench")
	allow("cli",       "affinity queues engine kernels", "cli bench")
	allow("docs",      "affinity queues engine kernels", "")
	# Those that answer questions about private queues, side by side with the peers.
	allow("contestants", "affinity queues engine kernels", "bench contestants queues")

	# The queues are pure memory algorithms: nothing of the system may creep in.
	words("assert.h stdalign.h stdatomic.h stdbool.h stddef.h stdint.h string.h", pure)
	# A user's program compiles a public header without knowing our dependencies.
	words("assert.h stdalign.h stdarg.h stdbool.h stddef.h stdint.h stdio.h string.h math.h", portable)
	# In the library these belong behind the seam of affinity/os.h and the topology loader.
	words("hwloc.h numa.h numaif.h sys/mman.h sys/syscall.h linux/futex.h linux/mempolicy.h", seam)

	for (i = 1; i < ARGC; i++) {
		exists[ARGV[i]] = 1
		if (ARGV[i] ~ /\/include\/pinion\/[^\/]*$/) {
			name = ARGV[i]
			sub(/^.*\/include\//, "", name)
			owner[name] = room_of(ARGV[i])
		}
	}
}

function words(text, set,    n, list, i)
{
	n = split(text, list, " ")
	for (i = 1; i <= n; i++)
		set[list[i]] = 1
}

function allow(room, public, private,    n, list, i)
{
	rooms[room] = 1
	n = split(public, list, " ")
	for (i = 1; i <= n; i++)
		may_public[room, list[i]] = 1
	n = split(private, list, " ")
	for (i = 1; i <= n; i++)
		may_private[room, list[i]] = 1
}

function room_of(path)
{
	if (path ~ /^bench\/versus\/contestants\//)
		return "contestants"
	sub(/\/.*$/, "", path)
	return path
}

function wrong(why)
{
	printf "%s:%d: %s\n", FILENAME, FNR, why
	bad++
}

function check_public(room, name)
{
	if (!(name in owner))
		wrong("there is no public header <" name ">; public ones live in FOLDER/include/pinion/")
	else if (name != "pinion/base.h" && !((room, owner[name]) in may_public))
		wrong(room "/ may not include <" name ">, which belongs to " owner[name] "/ above or beside it")
}

function check_private(room, name,    of)
{
	of = room_of(name)
	if (name !~ /\//)
		wrong("\"" name "\" does not name its folder; write \"FOLDER/" name "\"")
	else if (name ~ /\.c$/)
		wrong("a source file is not a header; give \"" name "\" a header of its own")
	else if (name ~ /^\.\.?\// || name ~ /\/\.\.\//)
		wrong("write \"" name "\" from the top folder, without dots")
	else if (name ~ /\/include\/pinion\//)
		wrong("a public header is included as <pinion/...>")
	else if (is_public(FILENAME))
		wrong("a public header cannot include the private \"" name "\": it is not installed")
	else if (!(name in exists))
		wrong("there is no file " name)
	else if (name != "affinity/port.h" && !((room, of) in may_private))
		wrong(room "/ may not include \"" name "\": private headers of " of "/ are not for it")
}

function check_system(room, name)
{
	if (room == "queues" && !(name in pure))
		wrong("queues/ may not include <" name ">: no system calls, no allocation, no threads;" \
			" what the world offers is declared in affinity/port.h")
	else if (is_public(FILENAME) && !(name in portable))
		wrong("a public header may not include <" name ">: its user may not have it")
	else if (name in seam && (room == "engine" || room == "kernels"))
		wrong("<" name "> stays inside affinity/, behind os.h; call its functions instead")
}

function is_public(path)
{
	return path ~ /\/include\/pinion\//
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
	room = room_of(FILENAME)
	if (!(room in rooms))
		next
	name = $0
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
	quoted = substr(name, 1, 1) == "\""
	name = substr(name, 2)
	sub(/[>"].*$/, "", name)
	seen++
	if (quoted)
		check_private(room, name)
	else if (name ~ /^pinion\//)
		check_public(room, name)
	else
		check_system(room, name)
}

END {
	printf "%d include lines, %d wrong\n", seen, bad
	exit bad > 0 ? 1 : 0
}
