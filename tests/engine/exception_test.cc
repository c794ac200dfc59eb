/*
 * A C++ callback that throws ends in a clear line and an abort, on a worker and
 * on the calling thread, even when the caller would catch it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/loop.h>
#include <pinion/scope.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

static int throw_on_worker(int worker, void *ctx)
{
	if (worker == *static_cast<int *>(ctx))
		throw std::runtime_error("thrown by the test");
	return 0;
}

static void throw_in_child(int worker)
{
	pinion_config config = PINION_CONFIG_INIT;
	pinion_engine *engine = nullptr;

	config.workers = 2;
	config.oversubscribe = true;
	if (pinion_engine_create(&engine, nullptr, &config, nullptr) || pinion_engine_start(engine, nullptr))
		_exit(3);
	try {
		pinion_each_worker(engine, throw_on_worker, &worker);
	} catch (const std::exception &) {
		_exit(4); /* it must not come through */
	}
	_exit(5);
}

static bool dies_clearly(int worker)
{
	int pipes[2], status;
	char text[4096];
	std::string all;

	if (pipe(pipes) != 0)
		return false;
	pid_t child = fork();
	if (child == 0) {
		dup2(pipes[1], 2);
		throw_in_child(worker);
	}
	close(pipes[1]);
	for (ssize_t n; (n = read(pipes[0], text, sizeof text)) > 0;)
		all.append(text, static_cast<size_t>(n));
	close(pipes[0]);
	waitpid(child, &status, 0);
	std::printf("worker %d: status %x: %s\n", worker, static_cast<unsigned>(status), all.c_str());
	/* Without any handler below, the C++ runtime itself ends the process, and names the exception. */
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
	       (all.find("Pinion") != std::string::npos || all.find("thrown by the test") != std::string::npos);
}

int main()
{
	return dies_clearly(0) && dies_clearly(1) ? 0 : 1;
}
