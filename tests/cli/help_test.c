/*
 * What a person reads: the help of every command, and the answer to a word that
 * nobody knows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/cli/command.h"

static const char *const names[] = {"topo", "plan", "check", "run", "bench", "pin"};

#define NAMES (int)(sizeof names / sizeof names[0])

static void overview(void)
{
	struct answer a = pinion("--help");
	CHECK_CODE(a, 0);
	for (int i = 0; i < NAMES; i++)
		CHECK_CONTAINS(a.out, names[i]);
	CHECK_CONTAINS(a.out, "exit codes: 0 fine, 1 a run failed, 2 file or usage error, 3 placement");
	check_golden("help.txt", a.out);
	CHECK_STR(pinion("help").out, a.out);
	CHECK_STR(pinion("-h").out, a.out);
}

/* Both spellings say the same, on standard output, with examples. */
static void each_command(void)
{
	for (int i = 0; i < NAMES; i++) {
		char golden[32];
		struct answer a = pinion(names[i], "--help"), b = pinion("help", names[i]);
		CHECK_CODE(a, 0);
		CHECK_CODE(b, 0);
		CHECK_STR(a.err, "");
		CHECK_STR(b.out, a.out);
		CHECK_CONTAINS(a.out, "usage: pinion ");
		CHECK_CONTAINS(a.out, "examples:\n  pinion ");
		snprintf(golden, sizeof golden, "help-%s.txt", names[i]);
		check_golden(golden, a.out);
	}
}

/* No line of any help is wider than 100 columns. */
static void width(void)
{
	for (int i = 0; i < NAMES; i++)
		for (char *line = pinion(names[i], "--help").out; *line != '\0';) {
			size_t length = strcspn(line, "\n");
			CHECK_INT(length, <=, 100);
			line += length + (line[length] == '\n');
		}
}

static void version(void)
{
	struct answer a = pinion("--version");
	CHECK_CODE(a, 0);
	CHECK_CONTAINS(a.out, "pinion ");
	CHECK_STR(pinion("version").out, a.out);
}

static void no_command(void)
{
	struct answer a = run_with(&(struct setting){.folder = NULL}, (const char *const[]){NULL});
	CHECK_CODE(a, 2);
	CHECK_STR(a.out, "");
	CHECK_CONTAINS(a.err, "usage: pinion COMMAND");
}

static void unknown_words(void)
{
	static const struct {
		const char *words[5];
		const char *answer;
	} table[] = {
	    {{"tpo"}, "pinion: unknown command 'tpo' (did you mean 'topo'?)"},
	    {{"help", "rnu"}, "pinion: unknown command 'rnu' (did you mean 'run'?)"},
	    {{"plan", "--wokers", "2"}, "plan: unknown option '--wokers' (did you mean '--workers'?)"},
	    {{"run", "--jsn", "a.yaml"}, "run: unknown option '--jsn' (did you mean '--json'?)"},
	    {{"topo", "-z"}, "topo: unknown option '-z'"},
	    {{"plan", "--smt=1"}, "plan: --smt takes no value"},
	    {{"plan", "--workers"}, "plan: --workers needs a value: --workers N"},
	    {{"plan", "--places="}, "plan: --places has an empty value"},
	    {{"bench", "triad", "--runs", "two"}, "bench: --runs takes a number, not 'two'"},
	    {{"bench", "triad", "--runs=0"}, "bench: --runs 0 is out of range: 1 to 1000000"},
	    {{"bench", "tirad"}, "bench: unknown kernel 'tirad' (did you mean 'triad'?)"},
	    {{"bench", "triad", "--engine=opm"}, "--engine: unknown word 'opm' (did you mean 'omp'?)"},
	    {{"bench", "triad", "--size=12parsec"}, "--size: '12parsec' is none of"},
	    {{"bench", "triad", "--stores=strem"}, "--stores: unknown word 'strem'"},
	    {{"plan", "--bind", "clsoe"}, "--bind: unknown word 'clsoe' (did you mean 'close'?)"},
	    {{"plan", "--workers", "2 per noed"},
	     "--workers: unknown word 'noed' (did you mean 'node'?)"},
	    {{"pin"}, "pin: needs PLACES and a command"},
	    {{"pin", "0"}, "pin: needs a command: pinion pin 0 -- ./program"},
	    {{"pin", "0", "--memory", "bnid", "true"}, "unknown policy 'bnid' (did you mean 'bind'?)"},
	    {{"topo", "live", "live"}, "topo: takes one SOURCE"},
	    {{"run"}, "run: takes one FILE, not 0"},
	    {{"check", "a", "b"}, "check: takes one FILE, not 2"},
	    {{"plan", "--set", "a=b"}, "plan: --set overrides keys of a job file"},
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct answer a = run_with(&(struct setting){.folder = NULL}, table[i].words);
		CHECK_CODE(a, 2);
		CHECK_STR(a.out, "");
		CHECK_CONTAINS(a.err, table[i].answer);
	}
}

/* A full disk is not silence. */
static void full_disk(void)
{
	if (!exists("/dev/full"))
		LEAVE("there is no /dev/full");
	struct answer a =
	    run_with(&(struct setting){.output = "/dev/full"}, (const char *const[]){"topo", NULL});
	CHECK_CODE(a, 1);
	CHECK_CONTAINS(a.err, "pinion: standard output: No space left on device");
	a = run_with(&(struct setting){.output = "/dev/full"},
	             (const char *const[]){"topo", "--json", NULL});
	CHECK_CODE(a, 1);
}

TESTS({"overview", overview}, {"each_command", each_command}, {"width", width},
      {"version", version}, {"no_command", no_command}, {"unknown_words", unknown_words},
      {"full_disk", full_disk})
