/*
 * The engine of the Pinion contestants.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench/versus/contestants/engine.h"

#include <pinion/report.h>

#include <stdio.h>

/* NULL when every worker sits, alone and bound, where the task says. */
static const char *check_seats(pinion_engine *engine, const struct contestant_task *task)
{
	static char text[160];
	pinion_report report;
	const char *wrong = NULL;

	if (pinion_report_take(engine, &report) != 0)
		return "out of memory";
	for (int w = 0; w < report.workers && wrong == NULL; w++)
		if (!report.worker[w].bound || report.worker[w].os_cpu != task->cpu[w]) {
			snprintf(text, sizeof text, "worker %d is on processor %d instead of %d: %.80s", w,
			         report.worker[w].os_cpu, task->cpu[w], report.worker[w].why);
			wrong = text;
		}
	pinion_report_free(&report);
	return wrong;
}

const char *engine_start(pinion_engine **out, const struct contestant_task *task)
{
	static pinion_diag diag;

	if (pinion_engine_create(out, NULL, NULL, &diag) != 0 || pinion_engine_start(*out, &diag) != 0)
		return diag.text;
	if (pinion_engine_workers(*out) != task->workers)
		return "the engine has another number of workers than there are processors";
	return check_seats(*out, task);
}
