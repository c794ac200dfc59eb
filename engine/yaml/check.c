/*
 * What only the machine can tell: whether the places of a job exist there,
 * whether the workers fit them, and whether the files it names are at hand.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/draft.h"

#include "affinity/port.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct check {
	const struct draft *draft;
	const pinion_topology *topology;
	struct arena arena;
	struct faults faults;
	int code; /* of the first fault; text that does not parse goes before all others */
};

static void found(struct check *check, int code)
{
	if (check->code == 0 || code == PINION_ERR_SYNTAX)
		check->code = code;
}

static void fault_from_diag(struct check *check, const struct node *node, const char *key,
                            const pinion_diag *diag, int code)
{
	const char *text = diag->text[0] ? diag->text : pinion_strerror(code);
	pinion__fault(&check->faults, pinion__node_slice(node, diag->offset, diag->length), "%s: %s",
	              key, text);
	if (diag->note[0])
		pinion__fault_note(&check->faults, "%s", diag->note);
	found(check, code);
}

/* Parse the places that `node` holds. NULL where there are none, or after a fault. */
static pinion_cpus *check_places(struct check *check, const struct node *node, const char *key)
{
	pinion_cpus *cpus = NULL;
	pinion_diag diag = {.offset = -1};
	if (!node)
		return NULL;
	int rc = pinion_cpus_parse(&cpus, check->topology, node->text, &diag);
	if (rc == PINION_ERR_NOMEM)
		check->arena.failed = true;
	else if (rc != 0)
		fault_from_diag(check, node, key, &diag, rc);
	return cpus;
}

/* What a placement that does not fit is blamed on: the key that asked for most. */
static const struct node *culprit(const struct check *check, const char **key)
{
	const struct node *workers = pinion__node_find(check->draft->root, "workers");
	const struct node *topology = pinion__node_find(check->draft->root, "topology");
	static const char *const keys[] = {"count", "places", "exclude", "bind"};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const struct node *node =
			pinion__node_find(strcmp(keys[i], "exclude") ? workers : topology, keys[i]);
		*key = keys[i];
		if (node)
			return node;
	}
	*key = "workers";
	return workers ? workers : check->draft->root;
}

static void check_seats(struct check *check, const pinion_cpus *places, const pinion_cpus *exclude)
{
	const pinion_job *job = &check->draft->job;
	const pinion_config *config = &job->config;
	pinion_policy policy = PINION_POLICY_INIT;
	pinion_placement *placement = NULL;
	pinion_diag diag = {.offset = -1};
	const char *key;
	const struct node *blamed = culprit(check, &key);
	policy.bind = config->bind;
	policy.workers = config->inline_only ? 1 : config->workers;
	policy.object = config->object;
	policy.per = config->per;
	policy.places = places;
	policy.exclude = exclude;
	policy.smt = job->smt_all;
	policy.oversubscribe = config->oversubscribe;
	int rc = pinion_placement_plan(&placement, check->topology, &policy, &diag);
	pinion_placement_destroy(placement);
	diag.offset = -1; /* the policy is no text */
	if (rc == PINION_ERR_NOMEM)
		check->arena.failed = true;
	else if (rc != 0)
		fault_from_diag(check, blamed, key, &diag, rc);
}

static void check_matrix(struct check *check, const struct node *node, const char *path)
{
	if (!node || strcmp(path, "hpcg-27pt") == 0 || access(path, R_OK) == 0)
		return;
	pinion__fault(&check->faults, node->span, "matrix: '%s' cannot be read",
	              pinion__quote(path).text);
	found(check, PINION_ERR_IO);
}

static void check_directory(struct check *check, const struct node *node, const char *path)
{
	struct stat info;
	if (!node || (stat(path, &info) == 0 && S_ISDIR(info.st_mode)))
		return;
	pinion__fault(&check->faults, node->span, "cwd: there is no directory '%s'",
	              pinion__quote(path).text);
	found(check, PINION_ERR_IO);
}

static void check_workloads(struct check *check)
{
	const pinion_job *job = &check->draft->job;
	const struct pair *item = pinion__node_find(check->draft->root, "workloads")->first;
	bool here = pinion_topology_is_live(check->topology);
	for (int i = 0; i < job->workloads; i++, item = item->next) {
		const pinion_job_workload *workload = &job->workload[i];
		pinion_cpus_destroy(
			check_places(check, pinion__node_find(item->value, "places"), "places"));
		if (here && workload->matrix)
			check_matrix(check, pinion__node_find(item->value, "matrix"), workload->matrix);
		if (here && workload->cwd)
			check_directory(check, pinion__node_find(item->value, "cwd"), workload->cwd);
	}
}

int pinion_job_check(const pinion_job *job, const pinion_topology *topology, pinion_log errors,
                     void *ctx)
{
	PINION_REQUIRE(job && topology && errors);
	struct check check = {.draft = (const struct draft *)job, .topology = topology};
	check.faults.arena = &check.arena;
	const struct node *root = check.draft->root;
	pinion_cpus *places = check_places(
		&check, pinion__node_find(pinion__node_find(root, "workers"), "places"), "places");
	pinion_cpus *exclude = check_places(
		&check, pinion__node_find(pinion__node_find(root, "topology"), "exclude"), "exclude");
	if (check.faults.count == 0 && !check.arena.failed)
		check_seats(&check, places, exclude);
	check_workloads(&check);
	if (check.arena.failed)
		check.code = PINION_ERR_NOMEM;
	else if (check.faults.count > 0 && !pinion__faults_tell(&check.faults, true, errors, ctx))
		check.code = PINION_ERR_NOMEM;
	pinion_cpus_destroy(places);
	pinion_cpus_destroy(exclude);
	pinion__arena_fini(&check.arena);
	return check.code;
}
