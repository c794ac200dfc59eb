/*
 * Taking a caller's options struct whose first field is its own size.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PINION_KERNELS_OPTIONS_H
#define PINION_KERNELS_OPTIONS_H

#include <pinion/kernels.h>

#include <string.h>

/*
 * Copy `in` over the defaults in `out`. A caller built with a shorter struct leaves the defaults of
 * what it does not know; one built with a longer struct is served only if it asks nothing that is
 * unknown here.
 *
 * @return 0, or PINION_ERR_ARG with out untouched.
 */
static inline int options_take(void *out, size_t bytes, const void *in)
{
	size_t size;
	if (in == NULL)
		return 0;
	memcpy(&size, in, sizeof size);
	if (size < sizeof size)
		return PINION_ERR_ARG;
	for (size_t i = bytes; i < size; i++)
		if (((const unsigned char *)in)[i] != 0)
			return PINION_ERR_ARG;
	memcpy(out, in, size < bytes ? size : bytes);
	return 0;
}

/* The default of each field is 0. */
static inline int kernel_options_take(pinion_kernel_options *out, const pinion_kernel_options *in)
{
	*out = (pinion_kernel_options)PINION_KERNEL_OPTIONS_INIT;
	int rc = options_take(out, sizeof *out, in);
	if (rc == 0 && ((unsigned)out->stores > PINION_STORES_STREAMING ||
	                (unsigned)out->schedule > PINION_SCHEDULE_OWNER))
		rc = PINION_ERR_ARG;
	return rc;
}

/* What the engine needs to know of a kernel's loop; elem_bytes is what one index moves. */
static inline pinion_loop_options loop_options(const pinion_kernel_options *o, const char *site,
                                               size_t grain, double elem_bytes)
{
	pinion_loop_options loop = PINION_LOOP_OPTIONS_INIT;
	loop.site = o->site != NULL ? o->site : site;
	loop.schedule = o->schedule;
	loop.grain = o->grain != 0 ? o->grain : grain;
	loop.elem_bytes = (size_t)(elem_bytes + 0.5);
	return loop;
}

#endif
