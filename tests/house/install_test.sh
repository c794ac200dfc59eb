#!/bin/sh
# An installed copy is complete: it is moved to another folder, then a C and a
# C++ project find it with find_package and with pkg-config, build, and run.
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/house.sh"
need "$CC" "$CXX" cmake ninja pkg-config

fresh_work
rules=$SOURCE/tests/house
cmake --install "$BUILD" --prefix "$WORK/first" >"$WORK/install.log" ||
	{ cat "$WORK/install.log"; fail 'cmake --install'; }
mv "$WORK/first" "$WORK/moved"
prefix=$WORK/moved
libdir=$(dirname "$(find "$prefix" -name 'libpinion.so' | head -n 1)")
[ -n "$libdir" ] || fail 'no libpinion.so was installed'

# Public headers are all there, and nothing but public headers. Those of the job
# reader come with its library, which a build without the command does not have.
(cd "$SOURCE" && find affinity queues engine kernels -path '*/include/pinion/*' -name '*.h') >"$WORK/all"
[ -e "$libdir/libpinion-config.a" ] || sed -i '/^engine\/yaml\//d' "$WORK/all"
sed 's|^.*/include/||' "$WORK/all" | sort >"$WORK/want"
(cd "$prefix/include" && find . -type f | sed 's|^\./||' | sort) >"$WORK/got"
diff "$WORK/want" "$WORK/got" || fail 'the installed headers differ from the public headers'
if grep -rnE "(^|[\"; =IL])($SOURCE|$BUILD)(/|\"|\$)" "$prefix/include" "$libdir/cmake" \
	"$libdir/pkgconfig"; then
	fail 'the lines above name the build machine'
fi

# built NAME SOURCE-FOLDER CMAKE-ARG...: configures and builds a project against the copy.
built()
{
	name=$1
	from=$2
	shift 2
	cmake -G Ninja -S "$from" -B "$WORK/$name" -DCMAKE_PREFIX_PATH="$prefix" \
		-DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" "$@" >"$WORK/$name.log" 2>&1 &&
		cmake --build "$WORK/$name" >>"$WORK/$name.log" 2>&1
}

built c "$rules/consumer_c" --no-warn-unused-cli || { cat "$WORK/c.log"; fail 'C project'; }
"$WORK/c/with_shared" || fail 'C program with the shared library'
"$WORK/c/with_static" || fail 'C program with the static library'
if [ -e "$libdir/libpinion-config.a" ]; then
	printf 'pinion: 1\nworkloads:\n  - kernel: triad\n' >"$WORK/job.yaml"
	"$WORK/c/with_config" "$WORK/job.yaml" || fail 'C program with the job reader'
fi
if readelf -d "$WORK/c/with_static" | grep 'NEEDED.*libpinion'; then
	fail 'the program with the static library needs the shared one'
fi

# The shared library's users need no pkg-config and no development files of ours.
built cxx "$rules/consumer_cxx" --no-warn-unused-cli -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON ||
	{ cat "$WORK/cxx.log"; fail 'C++ project'; }
"$WORK/cxx/with_shared" || fail 'C++ program with the shared library'

# Asking for what cannot be had is an error that names the packages.
if built no_static "$rules/consumer_c" --no-warn-unused-cli \
	-DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON; then
	fail 'pinion::static was found without hwloc'
fi
grep -qF libhwloc-dev "$WORK/no_static.log" || fail 'the error does not name the missing packages'

# A version that does not fit is refused.
mkdir "$WORK/newer"
sed 's/pinion 0\.1 CONFIG/pinion 99.0 CONFIG/' "$rules/consumer_c/CMakeLists.txt" \
	>"$WORK/newer/CMakeLists.txt"
cp "$rules/consumer_c/main.c" "$WORK/newer"
if built refused "$WORK/newer" --no-warn-unused-cli; then
	fail 'version 99.0 was accepted'
fi

# pkg-config: flags only, the shared library found at run time by its folder.
PKG_CONFIG_PATH=$libdir/pkgconfig
LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PKG_CONFIG_PATH LD_LIBRARY_PATH
[ "$(pkg-config --modversion pinion)" = "$("$WORK/c/with_shared" | sed 's/^pinion \([^:]*\):.*$/\1/')" ] ||
	fail 'pkg-config and the library disagree about the version'
# shellcheck disable=SC2046 # lists of flags
"$CC" "$rules/consumer_c/main.c" -o "$WORK/pc_shared" $(pkg-config --cflags --libs pinion) ||
	fail 'C program by pkg-config'
"$WORK/pc_shared" || fail 'C program by pkg-config, run'
# shellcheck disable=SC2046
"$CXX" -std=c++17 "$rules/consumer_cxx/main.cpp" -o "$WORK/pc_cxx" \
	$(pkg-config --cflags --libs pinion) || fail 'C++ program by pkg-config'
"$WORK/pc_cxx" || fail 'C++ program by pkg-config, run'
# shellcheck disable=SC2046
"$CC" "$rules/consumer_c/main.c" -o "$WORK/pc_static" $(pkg-config --cflags pinion) \
	$(pkg-config --static --libs pinion | sed 's/-lpinion/-l:libpinion.a/') ||
	fail 'C program by pkg-config --static'
"$WORK/pc_static" || fail 'C program by pkg-config --static, run'

# The command works from where it was moved to.
if [ -x "$BUILD/cli/pinion" ]; then
	[ -x "$prefix/bin/pinion" ] || fail 'the pinion command was built but not installed'
	"$prefix/bin/pinion" --help >/dev/null || fail 'the installed command does not run'
fi
