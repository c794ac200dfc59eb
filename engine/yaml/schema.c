/*
 * Schema version 1, as it stands in docs/configuration.md.
 *
 * Keys and words of later versions are in the tables too, refused: a file
 * written for a later version says "not supported in this version" instead of
 * "unknown key".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine/yaml/draft.h"

#define LATER "is not supported in this version"
#define REFUSED(key, why) {.name = key, .read = pinion__read_refused, .help = why}

#define MINUTE UINT64_C(60000000000)
#define MOST_RUNS 1000000
#define MOST_INDEXES (UINT64_C(1) << 40)

static const struct word smt_words[] = {{"first", 0, NULL}, {"all", 1, NULL}, {NULL, 0, NULL}};

static const struct key topology_keys[] = {
	{.name = "source", .read = pinion__read_source, .offset = offsetof(pinion_job, config.topology),
	 .wants = "live, xml:PATH or synthetic:\"DESCRIPTION\"", .usual = "live",
	 .help = "the machine: this one, an hwloc XML file, or a description in hwloc's language"},
	{.name = "exclude", .read = pinion__read_text, .offset = offsetof(pinion_job, exclude),
	 .wants = "one text such as \"0-3,8\"", .help = "processors that no worker gets"},
	{.name = "smt", .read = pinion__read_smt, .offset = offsetof(pinion_job, smt_all),
	 .words = smt_words, .wants = "first or all", .usual = "first",
	 .help = "without `places`: one worker per core, or one per hardware thread"},
	REFUSED("index", LATER), REFUSED("include", LATER), REFUSED("cpukind", LATER),
	REFUSED("scope", LATER), {.name = NULL}};

static const struct word bind_words[] = {
	{"close", PINION_BIND_CLOSE, NULL}, {"spread", PINION_BIND_SPREAD, NULL},
	{"explicit", PINION_BIND_EXPLICIT, NULL}, {"none", PINION_BIND_NONE, NULL},
	{"compact", PINION_BIND_CLOSE, NULL}, {"scatter", PINION_BIND_SPREAD, NULL},
	{"balanced", PINION_BIND_SPREAD, NULL},
	{"primary", 0, "(all workers on one place) is not supported; write places: with that one "
	               "place, and oversubscribe: true"},
	{NULL, 0, NULL}};

static const struct word main_words[] = {
	{"worker", PINION_MAIN_WORKER, NULL}, {"separate", PINION_MAIN_SEPARATE, NULL},
	{"unbound", 0, LATER}, {NULL, 0, NULL}};

static const struct word placement_words[] = {
	{"prefer", PINION_PLACE_PREFER, NULL}, {"strict", PINION_PLACE_STRICT, NULL},
	{"off", PINION_PLACE_OFF, NULL}, {NULL, 0, NULL}};

static const struct key worker_keys[] = {
	{.name = "count", .read = pinion__read_count, .offset = offsetof(pinion_job, config),
	 .wants = "auto, inline, a whole number from 1 to 65534, or \"N per OBJECT\"", .usual = "auto",
	 .help = "how many; `auto` is one per usable core, at most the CPU quota; `inline` starts no "
	         "thread"},
	{.name = "places", .read = pinion__read_text, .offset = offsetof(pinion_job, config.places),
	 .wants = "one text such as cores or \"0-3,8\"", .usual = "cores",
	 .help = "where workers may sit, see [Places](#places)"},
	{.name = "bind", .read = pinion__read_bind, .offset = offsetof(pinion_job, config.bind),
	 .words = bind_words, .wants = "close, spread, explicit or none", .usual = "close",
	 .help = "which places are taken: neighbours, far apart, worker i on place i, or no binding "
	         "at all"},
	{.name = "main", .read = pinion__read_word, .offset = offsetof(pinion_job, config.main),
	 .words = main_words, .wants = "worker or separate", .usual = "worker",
	 .help = "whether the thread that starts the engine becomes worker 0, or only waits"},
	{.name = "oversubscribe", .read = pinion__read_bool,
	 .offset = offsetof(pinion_job, config.oversubscribe), .wants = "true or false",
	 .usual = "false", .help = "allow more workers than places"},
	{.name = "placement", .read = pinion__read_word,
	 .offset = offsetof(pinion_job, config.placement), .words = placement_words,
	 .wants = "prefer, strict or off", .usual = "prefer",
	 .help = "when a seat or a binding is refused: go on and report it, make it an error, or "
	         "never bind"},
	REFUSED("strict", "is now placement: strict, prefer or off"),
	REFUSED("on_denied", "is now placement: strict, prefer or off"), REFUSED("helpers", LATER),
	{.name = NULL}};

static const struct word home_words[] = {
	{"preferred", PINION_HOME_PREFERRED, NULL}, {"bind", PINION_HOME_BIND, NULL},
	{"interleave", PINION_HOME_INTERLEAVE, NULL}, {"local", PINION_HOME_TOUCH, NULL},
	{"preferred-many", 0, LATER}, {"weighted", 0, LATER}, {"default", 0, LATER}, {NULL, 0, NULL}};

static const struct word page_words[] = {
	{"auto", PINION_PAGES_AUTO, NULL}, {"base", PINION_PAGES_BASE, NULL},
	{"thp", PINION_PAGES_THP, NULL}, {"2M", 0, LATER}, {"1G", 0, LATER}, {NULL, 0, NULL}};

static const struct key memory_keys[] = {
	{.name = "policy", .read = pinion__read_word, .offset = offsetof(pinion_job_memory, home),
	 .words = home_words, .wants = "preferred, bind, interleave or local", .usual = "preferred",
	 .help = "each block on its owner's node while there is room, there or nowhere, page by page "
	         "over all nodes, or where it is first written"},
	{.name = "pages", .read = pinion__read_word, .offset = offsetof(pinion_job_memory, pages),
	 .words = page_words, .wants = "auto, base or thp", .usual = "auto",
	 .help = "transparent huge pages where a block holds one, never, or everywhere"},
	{.name = "prefault", .read = pinion__read_bool, .offset = offsetof(pinion_job_memory, prefault),
	 .wants = "true or false", .usual = "true",
	 .help = "let the owners touch every page before the first run"},
	{.name = "verify", .read = pinion__read_bool, .offset = offsetof(pinion_job_memory, audit),
	 .wants = "true or false", .usual = "true",
	 .help = "ask the kernel afterwards where every page is"},
	REFUSED("nodes", LATER), REFUSED("weights", LATER), REFUSED("first_touch", LATER),
	REFUSED("lock", LATER), REFUSED("balancing", LATER),
	REFUSED("on_denied", "is now placement: strict, prefer or off, in workers"), {.name = NULL}};

static const struct word schedule_words[] = {
	{"steal", PINION_SCHEDULE_STEAL, NULL}, {"owner", PINION_SCHEDULE_OWNER, NULL},
	{"static", 0, LATER}, {"guided", 0, LATER}, {NULL, 0, NULL}};

static const struct word then_words[] = {
	{"park", 0, NULL}, {"spin", 1, NULL}, {"yield", 0, LATER}, {NULL, 0, NULL}};

static const struct key idle_keys[] = {
	{.name = "spin", .read = pinion__read_spin, .offset = offsetof(pinion_job, config.spin_ns),
	 .most = MINUTE, .wants = "a time such as 20us, at most 1min",
	 .help = "how long an idle worker looks for work before it sleeps; by default 50us, or not "
	         "at all when workers outnumber processors"},
	{.name = "then", .read = pinion__read_then, .offset = offsetof(pinion_job, config.spin_ns),
	 .words = then_words, .wants = "park or spin", .usual = "park",
	 .help = "sleep until there is work, or go on looking for ever"},
	{.name = NULL}};
static const struct section idle_section = {"scheduler.idle", idle_keys};

static const struct key scheduler_keys[] = {
	{.name = "schedule", .read = pinion__read_word, .offset = offsetof(pinion_job, config.schedule),
	 .words = schedule_words, .wants = "steal or owner", .usual = "steal",
	 .help = "idle workers help others, nearest first, or nothing moves"},
	{.name = "grain", .read = pinion__read_grain, .offset = offsetof(pinion_job, config.grain),
	 .least = 1, .most = MOST_INDEXES, .wants = "auto or a whole number of indexes",
	 .usual = "auto", .help = "indexes that a worker takes at a time"},
	{.name = "idle", .read = pinion__read_section, .section = &idle_section, .wants = "a section",
	 .help = "what a worker without work does"},
	REFUSED("chunk", "is now grain"), REFUSED("engine", "is now schedule: steal or owner"),
	REFUSED("queue", LATER), REFUSED("queue_depth", LATER), REFUSED("steal", LATER),
	{.name = NULL}};

static const struct key stop_keys[] = {
	{.name = "ci", .read = pinion__read_interval, .wants = "a share such as 95%", .usual = "95%",
	 .help = "confidence of the interval; this version computes 95% only"},
	{.name = "half_width", .read = pinion__read_share,
	 .offset = offsetof(pinion_job_statistics, half_width), .wants = "a share such as 1%",
	 .usual = "1%",
	 .help = "measure until the interval of the median is no wider than this to either side"},
	{.name = NULL}};
static const struct section stop_section = {"statistics.stop_when", stop_keys};

static const struct key statistics_keys[] = {
	{.name = "warmup", .read = pinion__read_int, .offset = offsetof(pinion_job_statistics, warmup),
	 .most = MOST_RUNS, .wants = "a whole number from 0 to 1000000", .usual = "2",
	 .help = "runs before measuring"},
	{.name = "min_runs", .read = pinion__read_int,
	 .offset = offsetof(pinion_job_statistics, min_runs), .least = 1, .most = MOST_RUNS,
	 .wants = "a whole number from 1 to 1000000", .usual = "10",
	 .help = "measured runs at least; lowered to `max_runs` where only that is given"},
	{.name = "max_runs", .read = pinion__read_int,
	 .offset = offsetof(pinion_job_statistics, max_runs), .least = 1, .most = MOST_RUNS,
	 .wants = "a whole number from 1 to 1000000", .usual = "100",
	 .help = "measured runs at most; raised to `min_runs` where only that is given"},
	{.name = "min_time", .read = pinion__read_time,
	 .offset = offsetof(pinion_job_statistics, min_time_ns), .most = MINUTE * 60 * 24,
	 .wants = "a time such as 500ms, at most 24h", .usual = "0",
	 .help = "go on measuring at least this long in all"},
	{.name = "stop_when", .read = pinion__read_section, .section = &stop_section,
	 .wants = "a section", .help = "when the result is precise enough to stop before `max_runs`"},
	{.name = "seed", .read = pinion__read_u64, .offset = offsetof(pinion_job_statistics, seed),
	 .most = UINT64_MAX, .wants = "a whole number", .usual = "1", .help = "of generated inputs"},
	REFUSED("interleave", LATER), REFUSED("guard", LATER), {.name = NULL}};

static const struct section memory_section = {"memory", memory_keys};
static const struct section statistics_section = {"statistics", statistics_keys};

static const struct key default_keys[] = {
	{.name = "memory", .read = pinion__read_section,
	 .offset = offsetof(struct draft, reader.memory), .section = &memory_section,
	 .wants = "a section", .help = "like the section `memory`, and stronger"},
	{.name = "statistics", .read = pinion__read_section,
	 .offset = offsetof(struct draft, reader.statistics), .section = &statistics_section,
	 .wants = "a section", .help = "like the section `statistics`, and stronger"},
	REFUSED("priority", LATER), REFUSED("env", LATER), REFUSED("limits", LATER), {.name = NULL}};

static const struct word engine_words[] = {
	{"pinion", 0, NULL}, {"omp", 0, NULL}, {"serial", 0, NULL}, {NULL, 0, NULL}};
static const struct word store_words[] = {
	{"auto", 0, NULL}, {"plain", 0, NULL}, {"streaming", 0, NULL}, {NULL, 0, NULL}};

static const struct key env_keys[] = {
	{.name = "set", .read = pinion__read_env_set, .offset = offsetof(pinion_job_workload, env_set),
	 .wants = "a map of NAME: value",
	 .help = "variables of the command's environment, added or replaced"},
	{.name = "unset", .read = pinion__read_names,
	 .offset = offsetof(pinion_job_workload, env_unset), .wants = "a list of names",
	 .help = "variables that the command does not inherit"},
	REFUSED("prepend", LATER), {.name = NULL}};
static const struct section env_section = {"env", env_keys};

static const struct key workload_keys[] = {
	{.name = "name", .read = pinion__read_name, .offset = offsetof(pinion_job_workload, name),
	 .wants = "a text", .help = "unique in the file; by default the kernel or the program"},
	{.name = "kernel", .read = pinion__read_text, .offset = offsetof(pinion_job_workload, kernel),
	 .wants = "the name of a kernel", .help = "one of Pinion's kernels; `pinion bench` lists them"},
	{.name = "command", .read = pinion__read_argv, .offset = offsetof(pinion_job_workload, command),
	 .wants = "a list: the program and its arguments",
	 .help = "a program to run pinned, unmodified"},
	{.name = "engine", .read = pinion__read_choice, .offset = offsetof(pinion_job_workload, engine),
	 .words = engine_words, .use = USE_KERNEL, .wants = "pinion, omp or serial", .usual = "pinion",
	 .help = "who runs the kernel: Pinion, or its OpenMP or sequential twin"},
	{.name = "size", .read = pinion__read_size, .use = USE_PARAMETER,
	 .wants = "auto, elements (1000000, 2^28), bytes (16MiB), a share (50% ram, 4 x llc) or a "
	          "grid (64x64x64)", .usual = "auto",
	 .help = "of each array, or the grid of the generated matrix; see "
	         "[Sizes](#sizes-times-and-shares)"},
	{.name = "matrix", .read = pinion__read_text, .offset = offsetof(pinion_job_workload, matrix),
	 .use = USE_PARAMETER, .wants = "hpcg-27pt or the path of a Matrix Market file",
	 .usual = "hpcg-27pt", .help = "the matrix of a sparse kernel"},
	{.name = "stores", .read = pinion__read_choice, .offset = offsetof(pinion_job_workload, stores),
	 .words = store_words, .use = USE_PARAMETER, .wants = "auto, plain or streaming",
	 .usual = "auto",
	 .help = "how results are written; streaming stores bypass the cache, `auto` measures which "
	         "is faster"},
	{.name = "max_iterations", .read = pinion__read_int,
	 .offset = offsetof(pinion_job_workload, max_iterations), .least = 1, .most = 1000000000,
	 .use = USE_PARAMETER, .wants = "a whole number from 1 to 1000000000",
	 .help = "where an iterative solver gives up; by default the kernel decides"},
	{.name = "tolerance", .read = pinion__read_real,
	 .offset = offsetof(pinion_job_workload, tolerance), .use = USE_PARAMETER,
	 .wants = "a number above 0 and below 1, such as 1e-10",
	 .help = "relative residual at which an iterative solver is done; by default the kernel "
	         "decides"},
	{.name = "schedule", .read = pinion__read_word,
	 .offset = offsetof(pinion_job_workload, schedule), .words = schedule_words, .use = USE_KERNEL,
	 .wants = "steal or owner", .help = "instead of the one in `scheduler`"},
	{.name = "grain", .read = pinion__read_grain, .offset = offsetof(pinion_job_workload, grain),
	 .least = 1, .most = MOST_INDEXES, .use = USE_KERNEL,
	 .wants = "auto or a whole number of indexes", .help = "instead of the one in `scheduler`"},
	{.name = "memory", .read = pinion__read_section,
	 .offset = offsetof(pinion_job_workload, memory), .section = &memory_section,
	 .wants = "a section",
	 .help = "like the section `memory`, for this workload; a command takes `policy` for its "
	         "whole process"},
	{.name = "statistics", .read = pinion__read_section,
	 .offset = offsetof(pinion_job_workload, statistics), .section = &statistics_section,
	 .use = USE_KERNEL, .wants = "a section",
	 .help = "like the section `statistics`, for this workload"},
	{.name = "places", .read = pinion__read_text, .offset = offsetof(pinion_job_workload, places),
	 .use = USE_COMMAND, .wants = "one text such as \"0-3,8\"",
	 .help = "where the program may run; by default on all seats of the workers"},
	{.name = "cwd", .read = pinion__read_text, .offset = offsetof(pinion_job_workload, cwd),
	 .use = USE_COMMAND, .wants = "the path of a directory", .help = "where the program starts"},
	{.name = "env", .read = pinion__read_section, .section = &env_section, .use = USE_COMMAND,
	 .wants = "a section", .help = "changes to its environment"},
	{.name = "timeout", .read = pinion__read_time,
	 .offset = offsetof(pinion_job_workload, timeout_ns), .least = 1, .most = MINUTE * 60 * 24 * 30,
	 .use = USE_COMMAND, .wants = "a time such as 90s or 2h, at most 30 days",
	 .help = "end the program after this time; by default never"},
	REFUSED("group", LATER), REFUSED("after", LATER), REFUSED("with", LATER),
	REFUSED("threads", LATER), REFUSED("sizes", LATER), REFUSED("scale", LATER),
	REFUSED("class", LATER), REFUSED("rules", LATER),
	REFUSED("verify", "is not supported in this version; results are always validated, and "
	                  "memory: has verify"),
	REFUSED("repeat", "is now statistics: with min_runs and max_runs"), REFUSED("arrays", LATER),
	REFUSED("order", LATER), REFUSED("compare", LATER), REFUSED("priority", LATER),
	REFUSED("limits", LATER), REFUSED("stdin", LATER), REFUSED("launcher", LATER),
	REFUSED("runtime", LATER), REFUSED("children", LATER), REFUSED("helpers", LATER),
	{.name = NULL}};

static const struct word format_words[] = {
	{"text", 0, NULL}, {"json", 1, NULL}, {"csv", 0, LATER}, {"html", 0, LATER}, {"svg", 0, LATER},
	{"trace", 0, LATER}, {"prometheus", 0, LATER}, {"otf2", 0, LATER}, {NULL, 0, NULL}};

static const struct key output_keys[] = {
	{.name = "dir", .read = pinion__read_dir, .offset = offsetof(pinion_job, output_dir),
	 .wants = "the path of a directory",
	 .help = "where reports are written, `%t` the start time and `%h` the host; by default "
	         "nowhere but to standard output"},
	{.name = "formats", .read = pinion__read_formats, .words = format_words,
	 .wants = "text, json, or a list of them", .usual = "[text]", .help = "of the report"},
	REFUSED("trace", LATER), REFUSED("prometheus", LATER), REFUSED("baseline", LATER),
	REFUSED("gate", LATER), {.name = NULL}};

static const struct section topology_section = {"topology", topology_keys};
static const struct section worker_section = {"workers", worker_keys};
static const struct section scheduler_section = {"scheduler", scheduler_keys};
static const struct section default_section = {"defaults", default_keys};
static const struct section workload_section = {"a workload", workload_keys};
static const struct section output_section = {"output", output_keys};

/* The order matters: workloads start from what memory, statistics and defaults say. */
static const struct key job_keys[] = {
	{.name = "pinion", .read = pinion__read_schema, .wants = "1, the version of the schema",
	 .help = "which version of this page the file is written for; required"},
	{.name = "name", .read = pinion__read_name, .offset = offsetof(pinion_job, name),
	 .wants = "a text", .help = "of the job, for reports"},
	{.name = "topology", .read = pinion__read_section, .section = &topology_section,
	 .wants = "a section", .help = "the machine"},
	{.name = "workers", .read = pinion__read_section, .section = &worker_section,
	 .wants = "a section", .help = "how many workers, and where each sits"},
	{.name = "scheduler", .read = pinion__read_section, .section = &scheduler_section,
	 .wants = "a section", .help = "who runs what"},
	{.name = "memory", .read = pinion__read_section,
	 .offset = offsetof(struct draft, reader.memory), .section = &memory_section,
	 .wants = "a section", .help = "where the pages of kernels are"},
	{.name = "statistics", .read = pinion__read_section,
	 .offset = offsetof(struct draft, reader.statistics), .section = &statistics_section,
	 .wants = "a section", .help = "how often a kernel is measured"},
	{.name = "defaults", .read = pinion__read_section, .section = &default_section,
	 .wants = "a section",
	 .help = "`memory` and `statistics` once more, for files that keep what all workloads share "
	         "in one place"},
	{.name = "workloads", .read = pinion__read_workloads, .section = &workload_section,
	 .wants = "a list", .help = "what to run, in this order; required"},
	{.name = "output", .read = pinion__read_section, .section = &output_section,
	 .wants = "a section", .help = "where results go"},
	REFUSED("groups", LATER), REFUSED("priority", LATER), REFUSED("limits", LATER),
	REFUSED("placement", "belongs in workers, indented below it"), {.name = NULL}};

const struct section pinion__schema = {"the top level", job_keys};
