#!/bin/sh
# The library and its unit tests on another architecture and a weaker memory
# model: cross-compiled for aarch64, run under qemu-user. Functional only. riscv64 has
# no packages of hwloc and libnuma; see cross_queues_test.sh.
#
# hwloc and libnuma for arm64 are not packaged for cross compilers. Their arm64
# packages are downloaded with an apt state of our own and unpacked into a sysroot
# under the build folder, so nothing of the system changes and no rights are needed.
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/house.sh"
need aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ qemu-aarch64 taskset apt-get dpkg-deb cmake ninja pkg-config flock

cross=${1:?folder for the sysroot and the cross build}
sysroot=$cross/sysroot
packages='libc6 libc6-dev linux-libc-dev libgcc-s1 libstdc++6 libstdc++-12-dev libcrypt1
	libhwloc15 libhwloc-dev libudev1 libnuma1 libnuma-dev libyaml-0-2 libyaml-dev'

# Downloads the packages; the system's sources decide from where.
fetch()
{
	rm -rf "$cross/apt" "$cross/debs"
	mkdir -p "$cross/apt/state/lists/partial" "$cross/apt/cache/archives/partial" "$cross/debs"
	: >"$cross/apt/state/status"
	cat >"$cross/apt/conf" <<END
Dir::State "$cross/apt/state";
Dir::State::status "$cross/apt/state/status";
Dir::Cache "$cross/apt/cache";
APT::Architecture "arm64";
APT::Architectures "arm64";
Acquire::Languages "none";
END
	if [ "$(id -u)" -eq 0 ]; then
		echo 'APT::Sandbox::User "root";' >>"$cross/apt/conf"
	fi
	# A source that has no arm64 packages makes update complain; download tells what counts.
	# shellcheck disable=SC2086 # a list of packages
	(
		cd "$cross/debs"
		APT_CONFIG=$cross/apt/conf
		export APT_CONFIG
		apt-get update || true
		apt-get download $packages
	) >"$cross/fetch.log" 2>&1
}

# Unpacks them; absolute links would lead out of the sysroot.
unpack()
{
	rm -rf "$sysroot"
	mkdir -p "$sysroot"
	for deb in "$cross"/debs/*.deb; do
		dpkg-deb -x "$deb" "$sysroot"
	done
	find "$sysroot" -type l -lname '/*' | while IFS= read -r link; do
		ln -sfn "$sysroot$(readlink "$link")" "$link"
	done
	rm -rf "$cross/apt" "$cross/debs"
	printf '%s\n' "$packages" >"$sysroot/complete"
}

mkdir -p "$cross"
exec 9>"$cross/lock"
flock 9
if [ "$(cat "$sysroot/complete" 2>/dev/null)" != "$packages" ]; then
	fetch || { tail -n 5 "$cross/fetch.log"; skip 'the arm64 packages cannot be downloaded'; }
	unpack
fi

cmake -G Ninja -S "$SOURCE" -B "$cross/build" --toolchain "$SOURCE/cmake/toolchain-aarch64.cmake" \
	-DPINION_SYSROOT="$sysroot" -DCMAKE_BUILD_TYPE=Release -DPINION_CHECKS=2 \
	-DPINION_BUILD_COMMAND=OFF -DPINION_BUILD_BENCH=OFF -DPINION_BUILD_TESTS=ON \
	>"$cross/build.log" 2>&1 &&
	cmake --build "$cross/build" >>"$cross/build.log" 2>&1 ||
	{ tail -n 40 "$cross/build.log"; fail 'cross build'; }
case $(od -An -tx1 -j18 -N1 "$(find "$cross/build" -name 'libpinion.so.*.*.*' | head -n 1)") in
*b7*) ;;
*) fail 'the library was not built for aarch64' ;;
esac
# One processor: qemu-user 7.2 lets a load overtake a seq_cst store of the same thread,
# which breaks every Dekker handshake between threads that really run together.
cpu=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
taskset -c "$cpu" ctest --test-dir "$cross/build" -L '^unit$' -E '^lifecycle_test$' --output-on-failure \
	--no-tests=error || fail 'unit tests under qemu-aarch64'

# qemu-user accepts MADV_WIPEONFORK and does nothing, so a child cannot tell that it is
# one: of this test, all cases but that one.
cases=$(grep -o '{"[a-z_0-9]*", ' "$SOURCE/tests/engine/lifecycle_test.c" | tr -d '{", ' |
	grep -vx fork_is_safe)
[ -n "$cases" ] || fail 'found no case in lifecycle_test.c'
# shellcheck disable=SC2086 # a list of cases
taskset -c "$cpu" qemu-aarch64 -L "$sysroot" "$cross/build/tests/engine/lifecycle_test" $cases ||
	fail 'lifecycle_test under qemu-aarch64'
