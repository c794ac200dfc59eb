/*
 * stream.triad: how fast does a = b + s c go over memory? Bytes as STREAM counts
 * them, 24 per element, whatever the stores really move.
 *
 * likwid-bench is a program of its own with its own data: its proof is the volume
 * it reports. Its kernel "stream" is the triad of three arrays.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/proof.h"
#include "bench/versus/questions/all.h"

#define BYTES 24

static const struct setting defaults[] = {{"default", {NULL}}};

static const struct setting libgomp[] = {
    {"plain", {NULL}},
    {"streaming", {NULL}},
    {"streaming, active", {"OMP_WAIT_POLICY=active"}},
};

static const struct setting libomp[] = {
    {"plain", {NULL}},
    {"streaming", {NULL}},
    {"streaming, active", {"OMP_WAIT_POLICY=active", "KMP_BLOCKTIME=infinite"}},
};

/* Huge pages, as the arrays of all others have them. */
#define HUGE_PAGES {"GLIBC_TUNABLES=glibc.malloc.hugetlb=1"}

#if defined(__x86_64__)
static const struct setting likwid[] = {
    {"stream_mem_avx512", HUGE_PAGES},
    {"stream_mem_avx_fma", HUGE_PAGES},
    {"stream_mem_sse", HUGE_PAGES},
    {"stream_avx512_fma", HUGE_PAGES},
};
#else
static const struct setting likwid[] = {{"stream", HUGE_PAGES}};
#endif

static uint64_t expect(const struct load *load)
{
	return proof_triad(load->elements, load->ops, load->seed);
}

static uint64_t expect_volume(const struct load *load)
{
	return BYTES * (uint64_t)load->elements * load->ops;
}

static const struct contender peers[] = {
    {"libgomp", "versus-stream-libgomp", "gcc", libgomp, QUESTION_COUNT(libgomp), NULL},
    {"libomp", "versus-stream-libomp", "libomp-16-dev", libomp, QUESTION_COUNT(libomp), NULL},
    {"likwid", "versus-stream-likwid", "likwid", likwid, QUESTION_COUNT(likwid), expect_volume},
};

const struct question question_stream_triad = {
    .name = "stream.triad",
    .summary = "a = b + s c over three large arrays, bytes as STREAM counts them",
    .unit = "GB/s",
    .higher = true,
    .bytes_per_element = BYTES,
    .sized = true,
    .pinion = {"pinion", "versus-stream-pinion", "gcc", defaults, 1, NULL},
    .peer = peers,
    .peers = QUESTION_COUNT(peers),
    .expect = expect,
};
