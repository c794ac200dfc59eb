/*
 * The memory of a workload. Pinion's crew works in arrays laid out by its
 * partition; a twin gets ordinary pages under the same page policy, which its
 * own threads place by touching them first.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/measure.h"

#include "bench/size.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

static int create_array(struct measure *m, struct buffer *b, const struct crew_range *range,
                        size_t elem_bytes)
{
	pinion_array_options options = m->params->memory;
	int error;

	options.size = sizeof options;
	error = pinion_array_create(&b->array, range->partition, elem_bytes, &options, m->diag);
	if (error == 0 && m->params->prefault)
		error = pinion_array_prefault(m->crew.engine, b->array, m->diag);
	if (error != 0 && m->diag->text[0] == '\0')
		measure_fail(m, error, "no memory for an array of %s: %s",
		             size_text((double)range->n * (double)elem_bytes).text, pinion_strerror(error));
	if (error == 0)
		b->data = pinion_array_data(b->array);
	return error;
}

/* A mapping that starts on a huge page; the slack before and behind is never touched. */
static int create_mapping(struct measure *m, struct buffer *b, size_t bytes)
{
	size_t map_bytes = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE + HUGE_PAGE;
	char *map = mmap(NULL, map_bytes, PROT_READ | PROT_WRITE,
	                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t misfit;

	if (map == MAP_FAILED)
		return measure_fail(m, PINION_ERR_NOMEM, "no memory for %s: %s",
		                    size_text((double)bytes).text, strerror(errno));
	misfit = (HUGE_PAGE - (uintptr_t)map % HUGE_PAGE) % HUGE_PAGE;
	if (misfit != 0)
		munmap(map, misfit);
	b->data = map + misfit;
	b->map_bytes = map_bytes - misfit;
	b->mapped = true;
	/* Advice only: where the kernel does not follow it, the twin runs on base pages. */
	if (m->params->memory.pages == PINION_PAGES_BASE)
		(void)madvise(b->data, b->map_bytes, MADV_NOHUGEPAGE);
	else if (m->params->memory.pages == PINION_PAGES_THP || bytes >= HUGE_PAGE)
		(void)madvise(b->data, b->map_bytes, MADV_HUGEPAGE);
	return 0;
}

int measure_buffer(struct measure *m, const struct crew_range *range, size_t elem_bytes, void **out)
{
	struct buffer *b = &m->buffer[m->buffers++];
	int error;

	if (m->crew.kind == WORKLOAD_PINION)
		error = create_array(m, b, range, elem_bytes);
	else
		error = create_mapping(m, b, range->n * elem_bytes);
	*out = b->data;
	return error;
}

void measure_placed(struct measure *m, const pinion_array *array)
{
	m->placed[m->placed_count++] = array;
}

static void add_audit(pinion_audit *sum, const pinion_audit *one)
{
	sum->page_bytes = one->page_bytes > sum->page_bytes ? one->page_bytes : sum->page_bytes;
	sum->pages += one->pages;
	sum->at_home += one->at_home;
	sum->away += one->away;
	sum->absent += one->absent;
	sum->unknown += one->unknown;
	sum->shared += one->shared;
	if (sum->reason[0] == '\0')
		memcpy(sum->reason, one->reason, sizeof sum->reason);
}

static int audit_one(pinion_audit *sum, const pinion_array *array)
{
	pinion_audit one;
	int error = pinion_array_audit(array, &one, NULL, 0);

	if (error == 0)
		add_audit(sum, &one);
	return error;
}

int measure_audit(struct measure *m)
{
	pinion_audit sum = {0};
	int error = 0;

	for (int i = 0; i < m->buffers && error == 0; i++)
		if (m->buffer[i].array != NULL)
			error = audit_one(&sum, m->buffer[i].array);
	for (int i = 0; i < m->placed_count && error == 0; i++)
		error = audit_one(&sum, m->placed[i]);
	if (error != 0)
		return measure_fail(m, error, "the audit of the pages failed: %s", pinion_strerror(error));
	size_t present = sum.pages - sum.absent;
	sum.percent_home = present == 0 ? 100.0 : 100.0 * (double)sum.at_home / (double)present;
	m->result->audit = sum;
	m->result->audited = true;
	return 0;
}

void measure_free_buffers(struct measure *m)
{
	for (int i = 0; i < m->buffers; i++) {
		pinion_array_destroy(m->buffer[i].array);
		if (m->buffer[i].mapped)
			munmap(m->buffer[i].data, m->buffer[i].map_bytes);
	}
	m->buffers = 0;
}

int measure_partition(const struct measure *m, pinion_partition **partition, size_t n)
{
	const pinion_placement *placement = pinion_engine_placement(m->crew.engine);

	return pinion_partition_block(partition, placement, n, pinion_array_granule(placement, n, sizeof(double)));
}
