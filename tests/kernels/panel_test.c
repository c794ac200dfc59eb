/*
 * Every panel of every instruction set that this processor runs, against the
 * plain reference: all sizes around a line, a page and a leaf, at every
 * offset inside a line, with canaries around what is written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kernels/reference.h"
#include "tests/support/check.h"

#include <float.h>
#include <math.h>

#define ROOM   40000
#define CANARY 12345.678

static const size_t sizes[] = {0,    1,    2,    7,    8,     9,     15,   16,   17,   31,
                               32,   33,   63,   64,   65,    127,   128,  129,  255,  256,
                               257,  511,  512,  513,  1000,  2047,  2048, 2049, 4095, 4096,
                               4097, 5000, 8191, 8193, 32767, 32768, 32769};
#define SIZES (sizeof sizes / sizeof sizes[0])

static double *numbers(unsigned seed)
{
	double *x = aligned_alloc(64, ROOM * sizeof *x);
	CHECK(x != NULL);
	uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (size_t i = 0; i < ROOM; i++) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		x[i] = ((double)(state >> 11) / 9007199254740992.0 - 0.5) * (i % 3 ? 1.0 : 1000.0);
	}
	return x;
}

static bool same_bits(const double *a, const double *b, size_t n)
{
	return n == 0 || memcmp(a, b, n * sizeof *a) == 0;
}

static void check_stream(const struct pinion__panels *p, int op, int past, size_t n, size_t shift)
{
	static double *b, *c, *got, *want;
	if (b == NULL) {
		b = numbers(1);
		c = numbers(2);
		got = numbers(3);
		want = numbers(3);
	}
	for (size_t i = 0; i < n + 64; i++)
		got[i] = CANARY;
	double *out = got + 16 + shift;
	p->stream[op][past](b + shift / 2, c + 7 - shift, 3.25, out, n);
	pinion__reference_stream((enum pinion__stream)op, b + shift / 2, c + 7 - shift, 3.25, want, n);
	CHECK(same_bits(out, want, n));
	for (double *at = got; at < out; at++)
		CHECK(*at == CANARY);
	for (double *at = out + n; at < got + n + 64; at++)
		CHECK(*at == CANARY);
}

static void stream_equals_reference(void)
{
	const struct pinion__panels *p;
	for (int k = 0; (p = pinion__panels_at(k)) != NULL; k++)
		for (int op = 0; op < PINION__STREAMS; op++)
			for (int past = 0; past < 2; past++)
				for (size_t z = 0; z < SIZES; z++)
					for (size_t shift = 0; shift < 8; shift++)
						check_stream(p, op, past, sizes[z], shift);
}

/* The result may be one of the inputs. */
static void stream_in_place(void)
{
	const struct pinion__panels *p;
	for (int k = 0; (p = pinion__panels_at(k)) != NULL; k++)
		for (int op = 0; op < PINION__STREAMS; op++)
			for (int variant = 0; variant < 4; variant++) {
				double *b = numbers(4), *c = numbers(5), *want = numbers(6);
				size_t n = 5003;
				pinion__reference_stream((enum pinion__stream)op, b, c, -1.5, want, n);
				double *out = variant & 1 ? b : c;
				p->stream[op][variant / 2](b, c, -1.5, out, n);
				CHECK(same_bits(out, want, n));
				free(b);
				free(c);
				free(want);
			}
}

static void check_special(const struct pinion__panels *p, int past, size_t at)
{
	double b[300], c[300], out[300];
	for (size_t i = 0; i < 300; i++)
		b[i] = c[i] = 1.0;
	b[at] = NAN;
	c[(at + 1) % 300] = INFINITY;
	p->stream[PINION__TRIAD][past](b, c, 2.0, out, 300);
	for (size_t i = 0; i < 300; i++) {
		if (i == at)
			CHECK(isnan(out[i]));
		else if (i == (at + 1) % 300)
			CHECK(isinf(out[i]));
		else
			CHECK(out[i] == 3.0);
	}
	CHECK(isnan(p->sum(b, 300)) && isnan(p->dot(b, c, 300)));
	CHECK(isinf(p->sum(c, 300)) && p->sum(c, 300) > 0);
}

static void special_values_travel(void)
{
	const struct pinion__panels *p;
	for (int k = 0; (p = pinion__panels_at(k)) != NULL; k++)
		for (size_t at = 0; at < 300; at++)
			check_special(p, (int)(at & 1), at);
}

static void reductions_are_close(void)
{
	double *x = numbers(7), *y = numbers(8), magnitude;
	const struct pinion__panels *p;
	for (int k = 0; (p = pinion__panels_at(k)) != NULL; k++)
		for (size_t z = 0; z < SIZES; z++) {
			size_t n = sizes[z], shift = z % 8;
			long double want = pinion__reference_sum(x + shift, n, &magnitude);
			double bound = magnitude * DBL_EPSILON * ((double)n / 32 + 6);
			CHECK(fabsl(p->sum(x + shift, n) - want) <= bound);
			want = pinion__reference_dot(x + shift, y, n, &magnitude);
			bound = magnitude * DBL_EPSILON * ((double)n / 32 + 7);
			CHECK(fabsl(p->dot(x + shift, y, n) - want) <= bound);
		}
	CHECK(pinion__panels_best()->sum(x, 0) == 0.0 && !signbit(pinion__panels_best()->sum(x, 0)));
	free(x);
	free(y);
}

/* A sum of whole numbers is exact in any order, so this sees every element counted once. */
static void reductions_count_once(void)
{
	double *x = numbers(9), *one = numbers(10);
	const struct pinion__panels *p;
	for (int k = 0; (p = pinion__panels_at(k)) != NULL; k++)
		for (size_t z = 0; z < SIZES; z++) {
			size_t n = sizes[z];
			double want = 0.0;
			for (size_t i = 0; i < n; i++) {
				x[i] = (double)(i * i % 1009);
				one[i] = (double)(i % 17);
				want += x[i];
			}
			CHECK(p->sum(x, n) == want);
			want = 0.0;
			for (size_t i = 0; i < n; i++)
				want += x[i] * one[i];
			CHECK(p->dot(x, one, n) == want);
		}
	free(x);
	free(one);
}

/* The promise of lanes.h: other instruction sets and other alignments give the same bits. */
static void every_set_gives_the_same_bits(void)
{
	double *x = numbers(11), *y = numbers(12);
	const struct pinion__panels *best = pinion__panels_best(), *p;
	for (int k = 1; (p = pinion__panels_at(k)) != NULL; k++)
		for (size_t z = 0; z < SIZES; z++) {
			double a = best->sum(x, sizes[z]), b = p->sum(x, sizes[z]);
			CHECK(same_bits(&a, &b, 1));
			a = best->dot(x + 1, y, sizes[z]);
			b = p->dot(x + 1, y, sizes[z]);
			CHECK(same_bits(&a, &b, 1));
		}
	double first = best->sum(x + 8, 4096);
	for (size_t shift = 0; shift < 8; shift++) {
		memmove(y + shift, x + 8, 4096 * sizeof *x);
		double moved = best->sum(y + shift, 4096);
		CHECK(same_bits(&first, &moved, 1));
	}
	free(x);
	free(y);
}

/* What one machine computes is what every machine computes: these bits hold on x86-64 and on
 * 64-bit Arm. */
static void the_bits_are_fixed(void)
{
	double *x = numbers(15), *y = numbers(16);
	CHECK(pinion__panels_best()->sum(x, 4096) == 0x1.dbc475354b134p+11);
	CHECK(pinion__panels_best()->dot(x, y, 4001) == 0x1.423aba50df5dp+22);
	free(x);
	free(y);
}

static void check_spmv(const struct pinion__panels *p, const pinion_csr *a, const double *x)
{
	double want[64], got[64];
	pinion__reference_spmv(a, x, want);
	for (size_t begin = 0; begin <= a->rows; begin++)
		for (size_t end = begin; end <= a->rows; end++) {
			for (size_t i = 0; i < 64; i++)
				got[i] = CANARY;
			p->spmv(a, x, got, begin, end);
			for (size_t i = 0; i < 64; i++)
				CHECK(i >= begin && i < end ? same_bits(&got[i], &want[i], 1) : got[i] == CANARY);
		}
}

/* Rows of 0 to 12 entries in every order of lengths. */
static void spmv_equals_reference(void)
{
	static const unsigned lengths[] = {0, 1, 12, 2, 2, 0, 0, 9, 10, 1, 11, 3, 0, 5, 5, 7, 12};
	const size_t rows = sizeof lengths / sizeof lengths[0];
	uint64_t start[32] = {0};
	uint32_t column[256];
	double *value = numbers(13), *x = numbers(14);
	for (size_t i = 0; i < rows; i++) {
		start[i + 1] = start[i] + lengths[i];
		for (uint64_t k = start[i]; k < start[i + 1]; k++)
			column[k] = (uint32_t)((k - start[i]) * 3 + i % 3);
	}
	pinion_csr a = {rows, 40, start[rows], start, column, value};
	const struct pinion__panels *p;
	for (int k = 0; (p = pinion__panels_at(k)) != NULL; k++)
		check_spmv(p, &a, x);
	free(value);
	free(x);
}

/* Six vectors of 96; the panel may touch the first n of them only. */
#define SHORT 96

static void check_cg_vectors(const struct pinion__panels *p, double *const base, size_t n)
{
	double v[6][SHORT], w[6][SHORT];
	for (int i = 0; i < 6; i++) {
		memcpy(v[i], base + i * SHORT, sizeof v[i]);
		memcpy(w[i], base + i * SHORT, sizeof w[i]);
	}
	p->cg_update(0.7, v[0], v[1], v[2], v[3], v[4], v[5], n);
	for (size_t i = 0; i < n; i++) {
		w[3][i] += 0.7 * w[0][i];
		w[4][i] -= 0.7 * w[1][i];
		w[5][i] = w[2][i] * w[4][i];
	}
	CHECK(memcmp(v, w, sizeof v) == 0);
	p->cg_direction(-0.3, v[2], v[4], v[0], n);
	for (size_t i = 0; i < n; i++)
		w[0][i] = w[2][i] * w[4][i] + -0.3 * w[0][i];
	CHECK(memcmp(v, w, sizeof v) == 0);
}

static void cg_vectors(void)
{
	double *base = numbers(20);
	const struct pinion__panels *p;
	for (int k = 0; (p = pinion__panels_at(k)) != NULL; k++)
		for (size_t n = 0; n < 80; n++)
			check_cg_vectors(p, base, n);
	free(base);
}

static void tables_are_complete(void)
{
	const struct pinion__panels *p;
	int tables = 0;
	for (; (p = pinion__panels_at(tables)) != NULL; tables++) {
		printf("  %s%s\n", p->isa, p->streaming ? " with streaming stores" : "");
		CHECK(p->sum && p->dot && p->spmv && p->cg_update && p->cg_direction);
		for (int op = 0; op < PINION__STREAMS; op++)
			CHECK(p->stream[op][0] && p->stream[op][1]);
	}
	CHECK_INT(tables, >=, 1);
	CHECK(pinion__panels_at(tables + 5) == NULL);
	CHECK_STR(pinion_kernels_isa(), pinion__panels_at(0)->isa);
}

static void cards(void)
{
	static const char *const names[] = {"copy", "scale", "add",  "triad",
	                                    "sum",  "dot",   "spmv", "cg"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const pinion_card *card = pinion_card_find(names[i]);
		CHECK(card != NULL);
		CHECK_STR(card->name, names[i]);
		CHECK(card->bytes > 0 && card->bytes_allocate >= card->bytes && card->grain > 0);
	}
	CHECK(pinion_card_find("triad")->bytes == 24 && pinion_card_find("copy")->bytes == 16);
	CHECK(pinion_card_find("daxpy") == NULL && pinion_card_find(NULL) == NULL);
}

TESTS({"tables_are_complete", tables_are_complete}, {"cards", cards},
      {"stream_equals_reference", stream_equals_reference}, {"stream_in_place", stream_in_place},
      {"special_values_travel", special_values_travel},
      {"reductions_are_close", reductions_are_close},
      {"reductions_count_once", reductions_count_once},
      {"every_set_gives_the_same_bits", every_set_gives_the_same_bits},
      {"the_bits_are_fixed", the_bits_are_fixed}, {"spmv_equals_reference", spmv_equals_reference},
      {"cg_vectors", cg_vectors})
