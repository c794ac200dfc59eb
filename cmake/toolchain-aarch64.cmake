# Cross build for 64-bit Arm with Debian's compiler, run under qemu-user:
#   cmake --toolchain cmake/toolchain-aarch64.cmake -DPINION_SYSROOT=DIR ...
# DIR holds unpacked arm64 packages (C library, hwloc, libnuma); the script
# tests/house/cross_test.sh fetches them without touching the system. Functional
# only: qemu-user knows neither memory policies nor this machine's timing.
# SPDX-License-Identifier: Apache-2.0
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PINION_SYSROOT)

set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_SYSROOT ${PINION_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# pkg-config reads only the sysroot's files and puts the sysroot before their paths.
set(ENV{PKG_CONFIG_LIBDIR} ${PINION_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${PINION_SYSROOT})

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${PINION_SYSROOT})
