/*
 * Starting the command and looking at what it leaves behind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/cli/command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_ARGUMENTS 64
#define PATIENCE_S     60 /* a command that takes longer hangs: it is ended by SIGALRM */

static char folder[64];

/* Texts that were handed out; freed when the program ends. */
static void **kept;
static size_t kept_count;

static void free_kept(void)
{
	for (size_t i = 0; i < kept_count; i++)
		free(kept[i]);
	free(kept);
}

static char *keep(char *text)
{
	if (kept_count == 0)
		atexit(free_kept);
	CHECK(text != NULL);
	kept = realloc(kept, (kept_count + 1) * sizeof *kept);
	CHECK(kept != NULL);
	kept[kept_count++] = text;
	return text;
}

static int remove_entry(const char *path, const struct stat *s, int kind, struct FTW *where)
{
	(void)s, (void)kind, (void)where;
	return remove(path);
}

static void remove_scratch(void)
{
	nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch(void)
{
	if (folder[0] == '\0') {
		snprintf(folder, sizeof folder, "/tmp/pinion-cli-test-XXXXXX");
		CHECK(mkdtemp(folder) != NULL);
		atexit(remove_scratch);
	}
	return folder;
}

const char *scratch_path(const char *name)
{
	char *path;
	CHECK(asprintf(&path, "%s/%s", scratch(), name) > 0);
	return keep(path);
}

const char *scratch_file(const char *name, const char *text)
{
	const char *path = scratch_path(name);
	FILE *file = fopen(path, "w");
	CHECK(file != NULL);
	CHECK(fputs(text, file) >= 0);
	CHECK_INT(fclose(file), ==, 0);
	return path;
}

/* The caller frees it. */
static char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return strdup("");
	size_t room = 1 << 16, length = 0;
	char *text = malloc(room);
	for (size_t got;
	     text != NULL && (got = fread(text + length, 1, room - length - 1, file)) > 0;) {
		length += got;
		if (room - length < 2)
			text = realloc(text, room *= 2);
	}
	fclose(file);
	CHECK(text != NULL);
	text[length] = '\0';
	return text;
}

char *read_whole(const char *path)
{
	return keep(read_text(path));
}

bool exists(const char *path)
{
	struct stat s;
	return lstat(path, &s) == 0;
}

int entries_in(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;
	CHECK(dir != NULL);
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(dir);
	return count;
}

double json_number_at(const char *text, const char *path)
{
	char value[64], *end;
	CHECK(json_at(text, path, value, sizeof value));
	double number = strtod(value, &end);
	CHECK(end != value && *end == '\0');
	return number;
}

/* ---- the command ---- */

static const char *command_path(void)
{
	const char *path = getenv("PINION_COMMAND");
	if (path == NULL)
		SKIP("PINION_COMMAND is not set: run this through ctest");
	return path;
}

static void redirect(const char *path, int flags, int to)
{
	int fd = open(path, flags, 0600);
	if (fd < 0 || dup2(fd, to) < 0)
		_exit(99);
}

static void break_output(void)
{
	int ends[2];
	if (pipe(ends) != 0 || dup2(ends[1], STDOUT_FILENO) < 0)
		_exit(95);
	close(ends[0]);
	close(ends[1]);
}

_Noreturn static void become(const struct setting *setting, const struct running *running,
                             int input, char **argv)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(PATIENCE_S);
	redirect(setting->output != NULL ? setting->output : running->out_path,
	         O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
	redirect(running->err_path, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
	if (setting->errors > 0)
		dup2(setting->errors, STDERR_FILENO);
	if (setting->broken_output)
		break_output();
	dup2(input, STDIN_FILENO);
	if (setting->folder != NULL && chdir(setting->folder) != 0)
		_exit(98);
	if (setting->only_cpu0 && sched_setaffinity(0, sizeof one, &one) != 0)
		_exit(97);
	execv(argv[0], argv);
	_exit(96);
}

/* The end of a pipe to read from; the text is in it, and our end is closed unless it is held. */
static int make_input(const struct setting *setting, int *hold)
{
	int ends[2];
	size_t length = setting->input == NULL ? 0 : strlen(setting->input);
	CHECK_INT(pipe2(ends, O_CLOEXEC), ==, 0);
	CHECK_INT(length, <, 65536);
	CHECK_INT(write(ends[1], setting->input == NULL ? "" : setting->input, length), ==, length);
	*hold = setting->hold_input ? ends[1] : -1;
	if (!setting->hold_input)
		close(ends[1]);
	return ends[0];
}

struct running start_with(const struct setting *setting, const char *const *arguments)
{
	static int number;
	char *argv[MOST_ARGUMENTS] = {(char *)(uintptr_t)command_path()};
	struct running r;
	for (int i = 0; arguments[i] != NULL && i < MOST_ARGUMENTS - 2; i++)
		argv[i + 1] = (char *)(uintptr_t)arguments[i];
	snprintf(r.out_path, sizeof r.out_path, "%.32s/.out%d", scratch(), number);
	snprintf(r.err_path, sizeof r.err_path, "%.32s/.err%d", scratch(), number++);
	int input = make_input(setting, &r.hold);
	fflush(NULL);
	r.pid = fork();
	CHECK_INT(r.pid, >=, 0);
	if (r.pid == 0)
		become(setting, &r, input, argv);
	close(input);
	return r;
}

struct answer finish(struct running *running)
{
	int status;
	while (waitpid(running->pid, &status, 0) < 0)
		CHECK_INT(errno, ==, EINTR);
	if (running->hold >= 0)
		close(running->hold);
	struct answer a = {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
	                   read_whole(running->out_path), read_whole(running->err_path)};
	unlink(running->out_path);
	unlink(running->err_path);
	return a;
}

struct answer run_with(const struct setting *setting, const char *const *arguments)
{
	struct running r = start_with(setting, arguments);
	return finish(&r);
}

void wait_for_text(const struct running *running, const char *text)
{
	for (int i = 0; i < 6000; i++) {
		char *said = read_text(running->err_path);
		bool found = strstr(said, text) != NULL;
		free(said);
		if (found)
			return;
		nanosleep(&(struct timespec){0, 5000000}, NULL);
	}
	fprintf(stderr, "'%s' never came; got: %s\n", text, read_whole(running->err_path));
	exit(1);
}

/* ---- golden texts ---- */

void check_golden(const char *name, const char *text)
{
	char path[512];
	const char *mode = getenv("PINION_GOLDEN");
	snprintf(path, sizeof path, "%s/%s", PINION_GOLDEN_FOLDER, name);
	if (mode != NULL && strcmp(mode, "write") == 0) {
		FILE *file = fopen(path, "w");
		CHECK(file != NULL);
		fputs(text, file);
		CHECK_INT(fclose(file), ==, 0);
		return;
	}
	const char *want = read_whole(path);
	if (strcmp(text, want) != 0) {
		fprintf(stderr, "%s differs\n--- got\n%s--- want\n%s", name, text, want);
		exit(1);
	}
}
