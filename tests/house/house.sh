# What the house tests share. A test script sources this file; CTest hands over
#   SOURCE  the top folder        BUILD  the build tree
#   CC CXX  the compilers         WORK   an empty folder of this test's own
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
set -eu

: "${SOURCE:?}" "${BUILD:?}" "${WORK:?}"

fail()
{
	printf 'FAILED: %s\n' "$*" >&2
	exit 1
}

skip()
{
	printf 'skipped: %s\n' "$*"
	exit 77
}

need()
{
	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

fresh_work()
{
	rm -rf "$WORK"
	mkdir -p "$WORK"
}

# Lists the project's own files, relative to the top folder. It does not ask git:
# the tests also run from an unpacked archive.
project_files()
{
	(cd "$SOURCE" && find . -name .git -prune -o -path ./build -prune -o -type f -print) |
		sed 's|^\./||' | sort
}
