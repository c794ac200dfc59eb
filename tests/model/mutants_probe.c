/*
 * The model behind mutants_probe.h; see mutants_test.sh.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/model/mutants_probe.h"
#include "tests/model/model.h"

struct probe {
	atomic_u32 flag;
	uint32_t cargo;
};

static void publish(void *state)
{
	struct probe *p = state;

	p->cargo = 1;
	probe_publish(&p->flag);
}

static void look(void *state)
{
	struct probe *p = state;

	if (probe_look(&p->flag))
		MODEL_CHECK(p->cargo == 1);
}

MODELS({.name = "message", .bytes = sizeof(struct probe), .thread = {publish, look}})
