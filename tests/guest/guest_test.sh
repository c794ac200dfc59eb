#!/bin/sh
# Boot a machine of the given shape in QEMU (TCG, so no rights and no hardware
# help are needed) and run the cases of a manifest in it.
#
#   guest_test.sh SHAPE MANIFEST WORK CACHE FILE...
#
# FILE... go into the guest (make_initrd.sh), where `init` runs each line of
# MANIFEST. Passes when every line has its GUEST PASS and nothing says FAIL.
# Exit status 77 with a reason when QEMU or the kernel cannot be had. What the
# guest said stays in WORK/SHAPE/log. Nothing here is ever timed: an emulated
# machine has real placement and no real speed.
#
# SPDX-License-Identifier: Apache-2.0
set -u
here=$(cd "$(dirname "$0")" && pwd)
shape=$1
manifest=$2
work=$3/$shape
cache=${PINION_GUEST_CACHE:-$4}
shift 4
seconds=${PINION_GUEST_SECONDS:-290}

skip() {
	echo "skipped: $1"
	exit 77
}

mkdir -p "$work" || exit 1
for tool in qemu-system-x86_64 cpio busybox; do
	command -v $tool >/dev/null || skip "$tool is missing (apt-get install qemu-system-x86 cpio busybox-static)"
done
kernel=$("$here/fetch_kernel.sh" "$cache" 2>"$work/why") || skip "$(cat "$work/why")"

. "$here/shapes.sh"
machine=$(shape_machine "$shape") || exit 1

cp "$manifest" "$work/manifest"
"$here/make_initrd.sh" "$work/initrd.cpio" "$here/init" "$here/witnessed" "$here/watched" \
	"$work/manifest" "$@" || exit 1

log=$work/log
# shellcheck disable=SC2086
timeout "$seconds" qemu-system-x86_64 -nodefaults -no-reboot -display none -serial stdio \
	$machine -kernel "$kernel" -initrd "$work/initrd.cpio" \
	-append "console=ttyS0 quiet panic=-1 rdinit=/init ${PINION_GUEST_APPEND:-}" \
	</dev/null >"$log" 2>"$log.err"
ended=$?
tr -d '\r' <"$log" | sed -n '/GUEST BOOTED/,$p'

if [ $ended -ne 0 ]; then
	cat "$log.err"
	tail -n 5 "$log"
	echo "FAIL: QEMU ended with status $ended (124: after $seconds seconds); log in $log"
	exit 1
fi
bad=$(tr -d '\r' <"$log" | grep -c '^GUEST FAIL')
cases=0
missing=0
while read -r name _; do
	case $name in
	'' | \#*) continue ;;
	esac
	cases=$((cases + 1))
	tr -d '\r' <"$log" | grep -qx "GUEST PASS $name" || {
		echo "FAIL: case $name did not pass"
		missing=$((missing + 1))
	}
done <"$manifest"
grep -q 'GUEST DONE' "$log" || { echo "FAIL: the guest did not finish"; bad=$((bad + 1)); }
echo "$shape: $cases cases, $missing did not pass"
[ "$cases" -gt 0 ] && [ "$missing" -eq 0 ] && [ "$bad" -eq 0 ]
