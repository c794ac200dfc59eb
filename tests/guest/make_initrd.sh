#!/bin/sh
# Pack an initial root file system: busybox, an init, and programs with their libraries.
#
#   make_initrd.sh OUT INIT FILE...
#
# A FILE lands in /bin when it can be executed, else in /data. Shared libraries
# come along at the paths where the loader looks for them (ldd).
#
# SPDX-License-Identifier: Apache-2.0
set -eu
out=$1
init=$2
shift 2

root=$(mktemp -d "${TMPDIR:-/tmp}/pinion-initrd.XXXXXX")
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bin" "$root/data" "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
cp "$init" "$root/init"
chmod 755 "$root/init"

for file in "$(command -v busybox)" "$@"; do
	if [ -x "$file" ]; then
		cp -L "$file" "$root/bin/"
	else
		cp -L "$file" "$root/data/"
	fi
	ldd "$file" 2>/dev/null | awk '{for (i = 1; i <= NF; i++) if ($i ~ /^\//) print $i}' |
		while read -r library; do
			mkdir -p "$root$(dirname "$library")"
			cp -L "$library" "$root$library"
		done
done

(cd "$root" && find . | cpio -o -H newc --quiet) >"$out"
