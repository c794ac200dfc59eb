/*
 * The data layer on a real kernel with several memory nodes. Runs inside the
 * guest only: what it expects are the facts of shapes.sh, not what the library
 * found out. Each case lays out an array, has one thread per seat fill it,
 * audits it, writes its claims for the witness and stops to be looked at.
 *
 *   placement_guest CASE        with CLAIMS in the environment, see `witnessed`
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "affinity/bind.h"
#include "affinity/partition.h"
#include "tests/support/check.h"

#include <pinion/array.h>

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SEATS = 8, CPU_NODES = 4, MEBI = 1 << 20 };

static const int distance[CPU_NODES][CPU_NODES] = {
    {10, 12, 20, 31},
    {12, 10, 24, 20},
    {20, 24, 10, 12},
    {31, 20, 12, 10},
};

/* CPU c sits on node c / 2 in every shape. */
static int node_of_cpu(int os_cpu)
{
	return os_cpu / 2;
}

struct crew {
	const pinion_placement *placement;
	pinion_array *array;
	int tid[SEATS];
	int populated[SEATS];
	int filler;   /* the seat that populates everything, or -1: each its own */
	bool by_hand; /* write to the elements instead of populating */
	pthread_barrier_t filled, looked;
	pthread_t thread[SEATS];
};

struct member {
	struct crew *crew;
	int seat;
};

static void write_block(pinion_array *array, size_t block)
{
	pinion_block b = pinion_partition_at(pinion_array_partition(array), block);
	size_t elem = pinion_array_elem_bytes(array);
	memset((char *)pinion_array_data(array) + b.begin * elem, 1, (b.end - b.begin) * elem);
}

static int fill_block(struct crew *crew, size_t block)
{
	if (!crew->by_hand)
		return pinion_array_populate(crew->array, block);
	write_block(crew->array, block);
	return 0;
}

static int fill(struct crew *crew, int seat)
{
	const pinion_partition *partition = pinion_array_partition(crew->array);
	struct pinion__owned mine = pinion__partition_owned(partition, seat);
	int rc = 0;
	if (crew->filler < 0) {
		for (size_t i = 0; i < mine.blocks && rc == 0; i++)
			rc = fill_block(crew, mine.block[i]);
	} else if (crew->filler == seat) {
		for (size_t b = 0; b < pinion_partition_blocks(partition) && rc == 0; b++)
			rc = fill_block(crew, b);
	}
	return rc;
}

static void *member_main(void *arg)
{
	struct member *me = arg;
	struct pinion__binding binding;
	pinion__bind_self(me->crew->placement, me->seat, NULL, &binding);
	CHECK_STR(binding.reason, "");
	CHECK(binding.bound);
	CHECK_INT(binding.os_cpu, ==, me->seat);
	me->crew->tid[me->seat] = (int)syscall(SYS_gettid);
	me->crew->populated[me->seat] = fill(me->crew, me->seat);
	pthread_barrier_wait(&me->crew->filled);
	pthread_barrier_wait(&me->crew->looked);
	return NULL;
}

/* All seats pinned and the array filled; they stay until crew_leave. */
static void crew_fill(struct crew *crew, struct member *members)
{
	pthread_barrier_init(&crew->filled, NULL, SEATS + 1);
	pthread_barrier_init(&crew->looked, NULL, SEATS + 1);
	for (int seat = 0; seat < SEATS; seat++) {
		members[seat] = (struct member){crew, seat};
		CHECK_INT(pthread_create(&crew->thread[seat], NULL, member_main, &members[seat]), ==, 0);
	}
	pthread_barrier_wait(&crew->filled);
	for (int seat = 0; seat < SEATS; seat++)
		CHECK_INT(crew->populated[seat], ==, 0);
}

static void crew_leave(struct crew *crew)
{
	pthread_barrier_wait(&crew->looked);
	for (int seat = 0; seat < SEATS; seat++)
		pthread_join(crew->thread[seat], NULL);
	pthread_barrier_destroy(&crew->filled);
	pthread_barrier_destroy(&crew->looked);
}

static FILE *claims_open(const struct crew *crew)
{
	const char *path = getenv("CLAIMS");
	CHECK(path != NULL);
	FILE *claims = fopen(path, "w");
	CHECK(claims != NULL);
	for (int seat = 0; seat < SEATS; seat++)
		fprintf(claims, "task %d %d\n", crew->tid[seat], seat);
	return claims;
}

static void stop_for_the_witness(FILE *claims)
{
	fclose(claims);
	fflush(stdout);
	raise(SIGSTOP);
}

/* First page of block b whose first byte is b's, and the bytes up to the next block's first one. */
static void own_range(const pinion_array *array, size_t block, uintptr_t *address, size_t *bytes)
{
	pinion_block b = pinion_partition_at(pinion_array_partition(array), block);
	size_t page = (size_t)sysconf(_SC_PAGESIZE), elem = pinion_array_elem_bytes(array);
	size_t begin = (b.begin * elem + page - 1) / page * page;
	size_t end = (b.end * elem + page - 1) / page * page;
	*address = (uintptr_t)pinion_array_data(array) + begin;
	*bytes = end - begin;
}

static void claim_block(FILE *claims, const pinion_array *array, size_t block, const char *nodes,
                        const char *policy)
{
	uintptr_t address;
	size_t bytes;
	own_range(array, block, &address, &bytes);
	if (bytes == 0)
		return;
	fprintf(claims, "pages %#lx %lu %s\n", (unsigned long)address, (unsigned long)bytes, nodes);
	if (policy)
		fprintf(claims, "policy %#lx %lu %s\n", (unsigned long)address, (unsigned long)bytes,
		        policy);
}

/* Every block at the node of its owner's CPU, by the owner's seat number alone. A policy that ends
 * in a colon names that node, too. */
static void claim_all_home(FILE *claims, const pinion_array *array, const char *policy)
{
	const pinion_partition *partition = pinion_array_partition(array);
	for (size_t b = 0; b < pinion_partition_blocks(partition); b++) {
		char nodes[16], text[32];
		int node = node_of_cpu(pinion_partition_at(partition, b).owner);
		snprintf(nodes, sizeof nodes, "%d", node);
		snprintf(text, sizeof text, "%s%s", policy, policy[strlen(policy) - 1] == ':' ? nodes : "");
		claim_block(claims, array, b, nodes, text);
	}
}

static void check_all_home(const pinion_array *array)
{
	pinion_audit audit;
	size_t per_node[CPU_NODES + 1], sum = 0;
	CHECK_INT(pinion_array_audit(array, &audit, per_node, CPU_NODES + 1), ==, 0);
	printf("%zu pages, %zu at home, %zu away, %zu absent, %zu unknown, %zu shared %s\n",
	       audit.pages, audit.at_home, audit.away, audit.absent, audit.unknown, audit.shared,
	       audit.reason);
	CHECK_INT(audit.at_home, ==, audit.pages);
	CHECK(audit.percent_home == 100);
	for (int node = 0; node <= CPU_NODES; node++)
		sum += per_node[node];
	CHECK_INT(sum, ==, audit.pages);
}

static pinion_array *make_array(const pinion_partition *partition, size_t elem_bytes,
                                pinion_home home, pinion_pages pages)
{
	pinion_array_options options = {sizeof options, home, pages, true};
	pinion_array *array = NULL;
	pinion_diag diag = {0};
	int rc = pinion_array_create(&array, partition, elem_bytes, &options, &diag);
	CHECK_STR(diag.text, "");
	CHECK_INT(rc, ==, 0);
	CHECK_INT(pinion_array_shortfall(array, NULL), ==, 0);
	return array;
}

static pinion_partition *equal_blocks(const pinion_placement *placement, size_t doubles)
{
	pinion_partition *partition = NULL;
	size_t granule = pinion_array_granule(placement, doubles, sizeof(double));
	CHECK_INT(pinion_partition_block(&partition, placement, doubles, granule), ==, 0);
	return partition;
}

/* Lay out, fill, audit, be looked at. */
static void all_home(const pinion_placement *placement, pinion_array *array, int filler,
                     bool by_hand, const char *policy)
{
	struct crew crew = {
	    .placement = placement, .array = array, .filler = filler, .by_hand = by_hand};
	struct member members[SEATS];
	crew_fill(&crew, members);
	check_all_home(array);
	FILE *claims = claims_open(&crew);
	claim_all_home(claims, array, policy);
	stop_for_the_witness(claims);
	crew_leave(&crew);
}

static void case_preferred(const pinion_placement *placement)
{
	pinion_partition *partition = equal_blocks(placement, 8 * MEBI);
	pinion_array *array =
	    make_array(partition, sizeof(double), PINION_HOME_PREFERRED, PINION_PAGES_AUTO);
	all_home(placement, array, -1, false, "prefer:");
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
}

/* Claims that are one node off: the witness must deny them, or it proves nothing. */
static void case_liar(const pinion_placement *placement)
{
	pinion_partition *partition = equal_blocks(placement, MEBI);
	pinion_array *array =
	    make_array(partition, sizeof(double), PINION_HOME_PREFERRED, PINION_PAGES_AUTO);
	struct crew crew = {.placement = placement, .array = array, .filler = -1};
	struct member members[SEATS];
	crew_fill(&crew, members);
	FILE *claims = claims_open(&crew);
	claim_block(claims, array, 0, "1", "bind:0");
	fprintf(claims, "task %d 7\n", crew.tid[0]);
	stop_for_the_witness(claims);
	crew_leave(&crew);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
}

/* Does not wait for the witness: holds everything in place for a while, as a long run does. */
static void case_hold(const pinion_placement *placement)
{
	pinion_partition *partition = equal_blocks(placement, 8 * MEBI);
	pinion_array *array =
	    make_array(partition, sizeof(double), PINION_HOME_PREFERRED, PINION_PAGES_AUTO);
	struct crew crew = {.placement = placement, .array = array, .filler = -1};
	struct member members[SEATS];
	crew_fill(&crew, members);
	sleep(4);
	crew_leave(&crew);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
}

/* One thread of node 0 touches everything; the binding alone sends the pages home. */
static void case_foreign(const pinion_placement *placement)
{
	pinion_partition *partition = equal_blocks(placement, 2 * MEBI + 4321);
	pinion_array *array =
	    make_array(partition, sizeof(double), PINION_HOME_PREFERRED, PINION_PAGES_AUTO);
	all_home(placement, array, 0, true, "prefer:");
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
}

static void case_bind(const pinion_placement *placement)
{
	pinion_partition *partition = equal_blocks(placement, 4 * MEBI);
	pinion_array *array =
	    make_array(partition, sizeof(double), PINION_HOME_BIND, PINION_PAGES_AUTO);
	struct crew crew = {.placement = placement, .array = array, .filler = 7};
	struct member members[SEATS];
	pinion_diag diag = {0};
	CHECK_INT(pinion_array_seal(array, &diag), ==, PINION_ERR_STATE);
	crew_fill(&crew, members);
	CHECK_INT(pinion_array_seal(array, &diag), ==, 0);
	CHECK_INT(pinion_array_shortfall(array, NULL), ==, 0);
	check_all_home(array);
	FILE *claims = claims_open(&crew);
	claim_all_home(claims, array, "bind:");
	stop_for_the_witness(claims);
	crew_leave(&crew);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
}

/* Borders inside pages and inside huge pages, homes that alternate, empty blocks. */
static void case_ragged(const pinion_placement *placement)
{
	static const size_t borders[] = {0,      1000,   1000,    400001,  400777,
	                                 900000, 900001, 1500000, 2000003, 2000003};
	static const int owners[] = {6, 2, 0, 7, 3, 5, 1, 4, 2};
	pinion_partition *partition = NULL;
	pinion_audit audit;
	CHECK_INT(pinion_partition_explicit(&partition, placement, borders, owners, 9), ==, 0);
	pinion_array *array = make_array(partition, 24, PINION_HOME_PREFERRED, PINION_PAGES_AUTO);
	all_home(placement, array, -1, false, "prefer:");
	CHECK_INT(pinion_array_audit(array, &audit, NULL, 0), ==, 0);
	CHECK_INT(audit.pages, ==, (2000003ul * 24 + 4095) / 4096);
	CHECK_INT(audit.shared, ==, 5);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
}

/* The kernel's own page mover, which works against first touch; on by default. */
static void numa_balancing(bool on)
{
	FILE *file = fopen("/proc/sys/kernel/numa_balancing", "w");
	CHECK(file != NULL);
	CHECK(fputs(on ? "1" : "0", file) >= 0);
	CHECK_INT(fclose(file), ==, 0);
}

static pinion_array *touch_array(const pinion_placement *placement, size_t doubles)
{
	pinion_partition *partition = NULL;
	CHECK_INT(pinion_partition_block(&partition, placement, doubles, 512), ==, 0);
	pinion_array *array =
	    make_array(partition, sizeof(double), PINION_HOME_TOUCH, PINION_PAGES_AUTO);
	pinion_partition_destroy(partition);
	return array;
}

/* No binding at all, THP on: pinned owners and base pages at the seams place everything. */
static void case_touch(const pinion_placement *placement)
{
	pinion_array *array = touch_array(placement, 4 * MEBI + 8 * 512);
	numa_balancing(false);
	all_home(placement, array, -1, true, "default");
	pinion_array_destroy(array);
	numa_balancing(true);
}

/*
 * While the balancer samples pages, some kernels (6.1 to 6.5) call them absent. The audit must not
 * repeat that: written pages are somewhere, and where it cannot know it has to say so.
 */
static void case_sampled(const pinion_placement *placement)
{
	struct crew crew = {
	    .placement = placement, .array = touch_array(placement, 2 * MEBI), .by_hand = true};
	struct member members[SEATS];
	pinion_audit audit;
	size_t unknown = 0;
	crew.filler = 0;
	crew_fill(&crew, members);
	for (int round = 0; round < 30 && unknown == 0; round++) {
		for (size_t b = 0; b < SEATS; b++)
			write_block(crew.array, b);
		CHECK_INT(pinion_array_audit(crew.array, &audit, NULL, 0), ==, 0);
		CHECK_INT(audit.absent, ==, 0);
		CHECK(audit.unknown == 0 || strstr(audit.reason, "NUMA balancing"));
		unknown = audit.unknown;
		usleep(100000);
	}
	printf("%zu of %zu pages were being sampled\n", unknown, audit.pages);
	stop_for_the_witness(claims_open(&crew));
	crew_leave(&crew);
	pinion_array_destroy(crew.array);
}

static void interleaved(const pinion_placement *placement, const char *nodes, int count,
                        pinion_pages pages)
{
	pinion_partition *partition = equal_blocks(placement, 5 * MEBI / 2);
	pinion_array *array = make_array(partition, sizeof(double), PINION_HOME_INTERLEAVE, pages);
	struct crew crew = {.placement = placement, .array = array, .filler = -1};
	struct member members[SEATS];
	pinion_audit audit;
	size_t per_node[8];
	crew_fill(&crew, members);
	CHECK_INT(pinion_array_audit(array, &audit, per_node, count), ==, 0);
	CHECK_INT(audit.absent + audit.unknown, ==, 0);
	for (int node = 0; node < count; node++)
		CHECK_INT(per_node[node], ==, audit.pages / (size_t)count);
	FILE *claims = claims_open(&crew);
	fprintf(claims, "spread %#lx %lu %s\n", (unsigned long)(uintptr_t)pinion_array_data(array),
	        (unsigned long)pinion_array_bytes(array), nodes);
	stop_for_the_witness(claims);
	crew_leave(&crew);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
}

static void case_interleave(const pinion_placement *placement)
{
	interleaved(placement, "0-3", 4, PINION_PAGES_AUTO);
}

/* Node 3 cannot hold its share: the array exists, the audit and the seal tell, nobody is killed. */
static void case_starved(const pinion_placement *placement)
{
	pinion_partition *partition = equal_blocks(placement, 40 * MEBI);
	pinion_array *array =
	    make_array(partition, sizeof(double), PINION_HOME_BIND, PINION_PAGES_AUTO);
	struct crew crew = {.placement = placement, .array = array, .filler = -1};
	struct member members[SEATS];
	pinion_audit audit;
	pinion_diag diag = {0};
	crew_fill(&crew, members);
	CHECK_INT(pinion_array_audit(array, &audit, NULL, 0), ==, 0);
	printf("%zu pages, %zu at home, %zu away\n", audit.pages, audit.at_home, audit.away);
	CHECK_INT(audit.away, >, 0);
	CHECK_INT(audit.absent + audit.unknown, ==, 0);
	CHECK_INT(pinion_array_seal(array, &diag), ==, PINION_ERR_NOMEM);
	CHECK_CONTAINS(diag.text, "node 3 (OS node 3)");
	FILE *claims = claims_open(&crew);
	for (size_t b = 0; b < 6; b++) {
		char nodes[16], policy[32];
		snprintf(nodes, sizeof nodes, "%d", (int)b / 2);
		snprintf(policy, sizeof policy, "bind:%d", (int)b / 2);
		claim_block(claims, array, b, nodes, policy);
	}
	claim_block(claims, array, 6, "0-3", "prefer:3");
	claim_block(claims, array, 7, "0-3", "prefer:3");
	stop_for_the_witness(claims);
	crew_leave(&crew);
	pinion_array_destroy(array);
	pinion_partition_destroy(partition);
}

/* Logical numbers follow the machine's tree, so a memory-only node may come between two others. */
static int logical_node(const pinion_topology *topology, int os_node)
{
	for (int node = 0; node < pinion_topology_count(topology).nodes; node++)
		if (pinion_topology_node(topology, node).os_node == os_node)
			return node;
	return -1;
}

/* Distances as the machine declares them, and processors where it put them. */
static void check_topology(const pinion_topology *topology, const pinion_placement *placement)
{
	pinion_topology_counts counts = pinion_topology_count(topology);
	CHECK(pinion_topology_is_live(topology));
	CHECK_INT(counts.pus, ==, SEATS);
	CHECK_INT(counts.pus_allowed, ==, SEATS);
	CHECK_INT(counts.packages, ==, CPU_NODES);
	CHECK_INT(pinion_placement_seats(placement), ==, SEATS);
	for (int i = 0; i < SEATS; i++) {
		pinion_pu pu = pinion_topology_pu(topology, i);
		pinion_seat seat = pinion_placement_seat(placement, i);
		CHECK_INT(pu.os_cpu, ==, i);
		CHECK_INT(pu.node, ==, logical_node(topology, node_of_cpu(i)));
		CHECK_INT(seat.os_cpu, ==, i);
		CHECK_INT(seat.node, ==, pu.node);
	}
	for (int from = 0; from < CPU_NODES; from++)
		for (int to = 0; to < CPU_NODES; to++)
			CHECK_INT(pinion_topology_distance(topology, logical_node(topology, from),
			                                   logical_node(topology, to)),
			          ==, distance[from][to]);
}

static void check_memory_only(const pinion_topology *topology)
{
	pinion_node fifth = pinion_topology_node(topology, logical_node(topology, 4));
	CHECK_INT(pinion_topology_count(topology).nodes, ==, 5);
	CHECK_INT(fifth.os_node, ==, 4);
	CHECK_INT(fifth.pus, ==, 0);
	CHECK_INT(fifth.memory_bytes, >, 200 * MEBI);
	CHECK(fifth.allowed);
	CHECK_INT(
	    pinion_topology_distance(topology, logical_node(topology, 0), logical_node(topology, 4)),
	    ==, 17);
	CHECK_INT(
	    pinion_topology_distance(topology, logical_node(topology, 4), logical_node(topology, 3)),
	    ==, 28);
}

static void case_interleave_five(const pinion_placement *placement)
{
	interleaved(placement, "0-4", 5, PINION_PAGES_BASE);
}

struct guest_case {
	const char *name;
	void (*run)(const pinion_placement *placement);
};

static const struct guest_case cases[] = {
    {"preferred", case_preferred},
    {"liar", case_liar},
    {"foreign", case_foreign},
    {"hold", case_hold},
    {"bind", case_bind},
    {"ragged", case_ragged},
    {"touch", case_touch},
    {"sampled", case_sampled},
    {"interleave", case_interleave},
    {"interleave-five", case_interleave_five},
    {"starved", case_starved},
};

static void run_case(const struct guest_case *which)
{
	pinion_topology *topology = NULL;
	pinion_placement *placement = NULL;
	CHECK_INT(pinion_topology_load(&topology, NULL, NULL), ==, 0);
	CHECK_INT(pinion_placement_plan(&placement, topology, NULL, NULL), ==, 0);
	check_topology(topology, placement);
	if (pinion_topology_count(topology).nodes > CPU_NODES)
		check_memory_only(topology);
	pinion_topology_destroy(topology);
	which->run(placement);
	pinion_placement_destroy(placement);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof cases[0]; i++) {
		if (strcmp(cases[i].name, argv[1]) == 0) {
			run_case(&cases[i]);
			return 0;
		}
	}
	fprintf(stderr, "usage: placement_guest CASE; this one is not known\n");
	return 2;
}
