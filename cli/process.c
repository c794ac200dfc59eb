/*
 * Starting and watching a program.
 *
 * Between fork and exec the child reports over a pipe that closes at exec: first
 * what it has bound and what the kernel says of it, then, only if it fails, why.
 * An end of file after the first message therefore means that the program began.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/process.h"

#include "cli/command.h"
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHORTEST_PAUSE_NS 5000000u /* between two looks at a program; it doubles each time */
#define LONGEST_PAUSE_NS  1000000000u
#define PATIENCE_NS       UINT64_C(5000000000) /* between asking a program to end and killing it */

/* ---- in the child ---- */

struct message {
	int error; /* 0: all is well so far */
	struct binding binding;
	char text[256], note[256];
};

static void set_environment(const struct process_request *r)
{
	for (char **name = r->env_unset; name != NULL && *name != NULL; name++)
		unsetenv(*name);
	for (char **pair = r->env_set; pair != NULL && *pair != NULL; pair++)
		putenv(*pair);
}

static void soften(struct message *m, const char *what, const pinion_diag *diag)
{
	size_t used = strlen(m->note);
	snprintf(m->note + used, sizeof m->note - used, "%s%s: %s", used > 0 ? "; " : "", what,
	         diag->text);
}

/* 0, or an error under strict. */
static int child_bind(const struct process_request *r, struct message *m)
{
	pinion_diag diag = {.offset = -1};
	if (r->cpus == NULL)
		return 0;
	int error = pinion_cpus_bind_self(r->cpus, &diag);
	if (error != 0)
		soften(m, "processors", &diag);
	if (error != 0 && r->strict)
		return error;
	if (r->policy == PINION_MEMORY_DEFAULT)
		return 0;
	diag = (pinion_diag){.offset = -1};
	error = pinion_memory_bind_self(r->topology, r->policy, "same", r->cpus, &diag);
	if (error != 0)
		soften(m, "memory", &diag);
	return r->strict ? error : 0;
}

static int child_surroundings(const struct process_request *r, struct message *m)
{
	int null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    (r->output_to_stderr && dup2(STDERR_FILENO, STDOUT_FILENO) < 0)) {
		snprintf(m->text, sizeof m->text, "standard input and output: %s", strerror(errno));
		return PINION_ERR_SYSTEM;
	}
	if (null > STDERR_FILENO)
		close(null);
	if (r->cwd != NULL && chdir(r->cwd) != 0) {
		snprintf(m->text, sizeof m->text, "cannot enter the directory '%s': %s", r->cwd,
		         strerror(errno));
		return PINION_ERR_IO;
	}
	return 0;
}

static void child_tell(int fd, const struct message *m)
{
	ssize_t ignored = write(fd, m, sizeof *m);
	(void)ignored;
}

_Noreturn static void child_run(const struct process_request *r, int fd, pid_t parent)
{
	struct message m = {.error = 0};
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_CANNOT_RUN);
	m.error = child_bind(r, &m);
	if (m.error != 0)
		snprintf(m.text, sizeof m.text, "%s", m.note);
	else
		m.error = child_surroundings(r, &m);
	observe_self(&m.binding);
	child_tell(fd, &m);
	if (m.error != 0)
		_exit(EXIT_CANNOT_RUN);
	set_environment(r);
	execvp(r->argv[0], r->argv);
	snprintf(m.text, sizeof m.text,
	         errno == ENOENT ? "the command '%s' does not exist%s"
	                         : "the command '%s' cannot be run: %s",
	         r->argv[0], errno == ENOENT ? "" : strerror(errno));
	m.error = PINION_ERR_IO;
	child_tell(fd, &m);
	_exit(EXIT_NOT_FOUND);
}

/* ---- in the parent ---- */

/* One message, or 0 when the pipe is closed. */
static bool hear(int fd, struct message *m)
{
	size_t got = 0;
	while (got < sizeof *m) {
		ssize_t n = read(fd, (char *)m + got, sizeof *m - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

/* Everything the child says until its program begins. */
static int hear_start(int fd, struct process_report *report, pinion_diag *diag)
{
	struct message m;
	int error = PINION_ERR_SYSTEM;
	snprintf(diag->text, sizeof diag->text, "the child process ended before its program began");
	while (hear(fd, &m)) {
		error = m.error;
		report->obtained = m.binding;
		snprintf(report->note, sizeof report->note, "%s", m.note);
		if (error != 0)
			snprintf(diag->text, sizeof diag->text, "%s", m.text);
	}
	return error;
}

/* Wait for an event on the child for at most `ns`; signals cut it short. */
static void pause_for(int pidfd, uint64_t ns)
{
	struct pollfd one = {.fd = pidfd, .events = POLLIN};
	struct timespec time = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
	if (pidfd < 0 && ns > SHORTEST_PAUSE_NS)
		time = (struct timespec){0, SHORTEST_PAUSE_NS};
	ppoll(&one, pidfd < 0 ? 0 : 1, &time, NULL);
}

/* How the end of a running program is asked for and then enforced. */
struct watch {
	pid_t pid;
	uint64_t begin_ns, asked_ns, look_ns, pause_ns;
	const struct cpu_set *asked;
};

static void ask_to_end(struct watch *w, int signal_number, uint64_t now)
{
	if (w->asked_ns != 0)
		return;
	w->asked_ns = now;
	kill(-w->pid, signal_number);
}

static void look(struct watch *w, uint64_t now, struct process_report *report)
{
	if (now < w->look_ns)
		return;
	observe_process(w->pid, w->asked, &report->seen);
	w->look_ns = clock_now() + w->pause_ns;
	w->pause_ns = w->pause_ns * 2 < LONGEST_PAUSE_NS ? w->pause_ns * 2 : LONGEST_PAUSE_NS;
}

static uint64_t next_event(const struct watch *w, uint64_t timeout_ns, uint64_t now)
{
	uint64_t at = w->look_ns;
	if (timeout_ns != 0 && w->asked_ns == 0 && w->begin_ns + timeout_ns < at)
		at = w->begin_ns + timeout_ns;
	if (w->asked_ns != 0 && w->asked_ns + PATIENCE_NS < at)
		at = w->asked_ns + PATIENCE_NS;
	return at > now ? at - now : 0;
}

static void steer(struct watch *w, const struct process_request *r,
                  const volatile sig_atomic_t *stop, uint64_t now, struct process_report *report)
{
	if (*stop != 0) {
		report->interrupted = true;
		ask_to_end(w, SIGINT, now);
	} else if (r->timeout_ns != 0 && now - w->begin_ns >= r->timeout_ns) {
		report->timed_out = true;
		ask_to_end(w, SIGTERM, now);
	}
	if (w->asked_ns != 0 && now - w->asked_ns >= PATIENCE_NS) {
		kill(-w->pid, SIGKILL);
		w->asked_ns = now;
	}
}

static double nanoseconds(struct timeval time)
{
	return (double)time.tv_sec * 1e9 + (double)time.tv_usec * 1e3;
}

static void take_end(int status, const struct rusage *used, struct process_report *report)
{
	report->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	report->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	report->user_ns = nanoseconds(used->ru_utime);
	report->system_ns = nanoseconds(used->ru_stime);
	report->peak_bytes = (uint64_t)used->ru_maxrss * 1024;
}

static void watch_process(struct watch *w, const struct process_request *r,
                          const volatile sig_atomic_t *stop, struct process_report *report)
{
	int pidfd = (int)syscall(SYS_pidfd_open, w->pid, 0), status;
	struct rusage used;
	/* Even a program that is over already can be looked at until it is waited for. */
	look(w, clock_now(), report);
	while (wait4(w->pid, &status, WNOHANG, &used) == 0) {
		uint64_t now = clock_now();
		look(w, now, report);
		steer(w, r, stop, now, report);
		pause_for(pidfd, next_event(w, r->timeout_ns, now));
	}
	report->wall_ns = (double)(clock_now() - w->begin_ns);
	take_end(status, &used, report);
	if (pidfd >= 0)
		close(pidfd);
}

static int system_fault(pinion_diag *diag, const char *what)
{
	snprintf(diag->text, sizeof diag->text, "%s: %s", what, strerror(errno));
	return PINION_ERR_SYSTEM;
}

/* The child, or -1 with its diagnostic; *fd is the end of the pipe to read. */
static pid_t start(const struct process_request *r, int *fd, pinion_diag *diag)
{
	int ends[2];
	pid_t parent = getpid();
	if (pipe2(ends, O_CLOEXEC) != 0) {
		system_fault(diag, "pipe");
		return -1;
	}
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		child_run(r, ends[1], parent);
	close(ends[1]);
	*fd = ends[0];
	if (pid < 0) {
		close(ends[0]);
		system_fault(diag, "fork");
		return -1;
	}
	setpgid(pid, pid);
	return pid;
}

int process_run(const struct process_request *request, const volatile sig_atomic_t *stop,
                struct process_report *report, pinion_diag *diag)
{
	struct cpu_set asked = {{0}};
	int fd;
	*report = (struct process_report){.exit_status = -1};
	if (request->cpus != NULL) {
		pinion_cpus_format(request->cpus, PINION_DIALECT_LIST, report->asked, sizeof report->asked);
		for (int cpu = -1; (cpu = pinion_cpus_next(request->cpus, -1, cpu)) >= 0;)
			if (cpu < OBSERVE_CPUS)
				asked.bits[cpu / 64] |= UINT64_C(1) << (cpu % 64);
	}
	struct watch watch = {.begin_ns = clock_now(),
	                      .pause_ns = SHORTEST_PAUSE_NS,
	                      .asked = request->cpus == NULL ? NULL : &asked};
	watch.pid = start(request, &fd, diag);
	if (watch.pid < 0)
		return PINION_ERR_SYSTEM;
	report->pid = watch.pid;
	signals_child(watch.pid);
	int error = hear_start(fd, report, diag);
	close(fd);
	watch_process(&watch, request, stop, report);
	signals_child(0);
	return error != 0 ? error : report->interrupted ? PINION_ERR_CANCELED : 0;
}
