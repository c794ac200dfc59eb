#!/bin/sh
# quickstart's promises that can be checked without a second machine: usage
# errors, no apt call when nothing is missing, and exactly the missing packages
# asked from apt otherwise, with sudo or a clear word when there is none. The
# package tools are stood in for by scripts that record how they were called.
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/house.sh"

fresh_work
quickstart=$SOURCE/quickstart
calls=$WORK/calls
tools=$WORK/tools
mkdir "$tools"

# tool NAME BODY: a command that records its arguments, then runs BODY.
tool()
{
	printf '#!/bin/sh\nprintf "%%s\\n" "%s $*" >>"%s"\n%s\n' "$1" "$calls" "$2" >"$tools/$1"
	chmod +x "$tools/$1"
}

# with_tools ARG...: runs quickstart with our tools before, and no others than, the basic ones.
basics=$WORK/basics
mkdir "$basics"
for name in sh env cat printf dirname grep rm; do
	ln -s "$(command -v "$name")" "$basics/$name"
done
with_tools()
{
	: >"$calls"
	status=0
	PATH=$tools:$basics sh "$quickstart" "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
}

expect()
{
	[ "$status" -eq "$1" ] || fail "$2: exit status $status instead of $1: $(cat "$WORK/err")"
}

# Usage.
with_tools --help
expect 0 --help
grep -q '^usage: ' "$WORK/out" || fail '--help prints no usage'
for line in '' 'walk' 'run fast' 'test unit' 'setup everything' 'setup run test'; do
	# shellcheck disable=SC2086 # words of one line
	with_tools $line
	expect 2 "quickstart $line"
	grep -q '^usage: ' "$WORK/err" || fail "quickstart $line: no usage"
	[ ! -s "$calls" ] || fail "quickstart $line did something: $(cat "$calls")"
done

# All is there: dpkg is asked once, apt never.
tool id 'echo 0'
tool dpkg-query 'shift 2; for p; do echo "$p installed"; done'
tool apt-get 'exit 1'
for what in run test versus; do
	with_tools setup "$what"
	expect 0 "setup $what with all packages"
	if grep -v '^dpkg-query ' "$calls"; then
		fail "setup $what with all packages called more than dpkg-query"
	fi
done

# Two packages are missing, one of them half-removed: apt gets these two and no others.
tool dpkg-query 'shift 2
for p; do
	case $p in
	ninja-build) ;;
	libyaml-dev) echo "$p config-files" ;;
	*) echo "$p installed" ;;
	esac
done'
tool apt-get ''
with_tools setup
expect 0 'setup with two packages missing'
grep -qx 'apt-get install -y --no-install-recommends ninja-build libyaml-dev' "$calls" ||
	fail "apt-get was called otherwise: $(cat "$calls")"
if grep -q 'apt-get update' "$calls"; then
	fail 'the lists were refreshed without need'
fi

# The lists are empty: they are refreshed, then the packages installed.
tool apt-get 'case $1 in --simulate) exit 100 ;; esac'
with_tools setup
expect 0 'setup with empty lists'
sed -n '/^apt-get update$/,$p' "$calls" | grep -q '^apt-get install -y' ||
	fail "no refresh before the installation: $(cat "$calls")"

# The installation fails for good: an error, and what could not be installed.
tool apt-get 'case $1 in install) exit 100 ;; esac'
with_tools setup
expect 1 'setup with a failing apt-get'
grep -q 'could not install: ninja-build libyaml-dev' "$WORK/err" || fail 'no names in the error'

# Not root: through sudo, or a clear word.
tool id 'echo 1000'
tool apt-get ''
with_tools setup
expect 1 'setup without rights'
grep -q 'no sudo' "$WORK/err" && grep -q 'ninja-build libyaml-dev' "$WORK/err" ||
	fail "the error does not say what to do: $(cat "$WORK/err")"
tool sudo 'exec "$@"'
with_tools setup
expect 0 'setup through sudo'
grep -q '^sudo env DEBIAN_FRONTEND=noninteractive apt-get install' "$calls" ||
	fail "sudo was not used: $(cat "$calls")"

# Another distribution: the list of what is needed.
rm "$tools/dpkg-query"
with_tools setup
expect 1 'setup without dpkg'
grep -q 'not a Debian system.*libhwloc-dev' "$WORK/err" || fail 'no list for other systems'
