#!/bin/sh
# Print the path of a Debian cloud kernel, fetching it once.
#
#   fetch_kernel.sh CACHE
#
# The package comes through apt-get download, so apt's own keys vouch for it; it
# is unpacked into CACHE and never installed. Without a network the copy in
# CACHE is enough. PINION_GUEST_KERNEL names another kernel image instead.
# Exit status 77 with a reason when there is no kernel to be had.
#
# SPDX-License-Identifier: Apache-2.0
set -u
cache=$1

cannot() {
	echo "no guest kernel: $1" >&2
	exit 77
}

if [ -n "${PINION_GUEST_KERNEL:-}" ]; then
	[ -r "$PINION_GUEST_KERNEL" ] || cannot "PINION_GUEST_KERNEL=$PINION_GUEST_KERNEL is not readable"
	echo "$PINION_GUEST_KERNEL"
	exit 0
fi

# The package behind the name that follows Debian's newest kernel.
resolve() {
	# shellcheck disable=SC2086
	apt-cache $options depends linux-image-cloud-amd64 2>/dev/null |
		awk '/Depends: linux-image-.*-cloud-amd64/ {print $2; exit}'
}

mkdir -p "$cache" || cannot "cannot create $cache"
cache=$(cd "$cache" && pwd)
# Two presets may share the cache and run at the same time.
exec 9>"$cache/lock"
command -v flock >/dev/null && flock 9

if [ ! -r "$cache/vmlinuz" ]; then
	for tool in apt-cache apt-get dpkg-deb tar; do
		command -v $tool >/dev/null || cannot "$tool is missing"
	done
	work=$(mktemp -d "$cache/fetch.XXXXXX") || cannot "cannot write to $cache"
	trap 'rm -rf "$work"' EXIT
	# The sandbox user of apt cannot write here; the download is checked by its hash all the same.
	options="-q -o APT::Sandbox::User=root"
	package=$(resolve)
	if [ -z "$package" ]; then
		# No package lists here, or old ones without it: private ones need no rights.
		mkdir -p "$work/lists/partial" "$work/archives/partial"
		options="$options -o Dir::State::Lists=$work/lists -o Dir::Cache=$work"
		# shellcheck disable=SC2086
		apt-get $options update >"$work/apt.log" 2>&1
		package=$(resolve)
	fi
	[ -n "$package" ] || cannot "apt does not know linux-image-cloud-amd64, also after an update"
	# shellcheck disable=SC2086
	(cd "$work" && apt-get $options download "$package" >apt.log 2>&1) ||
		cannot "apt-get download $package: $(tail -n 1 "$work/apt.log")"
	dpkg-deb --fsys-tarfile "$work"/linux-image-*.deb |
		tar -x -C "$work" --strip-components=2 --wildcards './boot/vmlinuz-*' ||
		cannot "$package holds no kernel image"
	mv "$work"/vmlinuz-* "$cache/vmlinuz"
fi
echo "$cache/vmlinuz"
