/*
 * A user's program in C++: lambdas as bodies, the placement asked for in a
 * config, one value per worker.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/pinion.h>

#include <cstdio>
#include <memory>
#include <vector>

namespace {

struct engine_deleter {
	void operator()(pinion_engine *engine) const { pinion_engine_destroy(engine); }
};
using engine_ptr = std::unique_ptr<pinion_engine, engine_deleter>;

struct partition_deleter {
	void operator()(pinion_partition *split) const { pinion_partition_destroy(split); }
};
using partition_ptr = std::unique_ptr<pinion_partition, partition_deleter>;

int complain(int error, const pinion_diag &diag)
{
	std::fprintf(stderr, "%s: %s\n", pinion_strerror(error), diag.text);
	return 1;
}

} // namespace

int main()
{
	pinion_diag diag = {-1, 0, "", ""};
	pinion_config config = PINION_CONFIG_INIT;
	config.workers = 2;
	config.oversubscribe = true;

	pinion_engine *made = nullptr;
	if (int error = pinion_engine_create(&made, nullptr, &config, &diag))
		return complain(error, diag);
	engine_ptr engine(made);
	if (int error = pinion_engine_start(engine.get(), &diag))
		return complain(error, diag);

	pinion_partition *split = nullptr;
	std::vector<int> visits(1000, 0);
	if (int error = pinion_partition_block(&split, pinion_engine_placement(engine.get()),
			visits.size(), 1))
		return complain(error, diag);
	partition_ptr partition(split);
	int error = pinion_for(engine.get(), split, nullptr, [](size_t begin, size_t end, void *ctx) {
		for (size_t i = begin; i < end; i++)
			(*static_cast<std::vector<int> *>(ctx))[i]++;
		return 0;
	}, &visits);
	if (error)
		return complain(error, diag);
	for (int count : visits)
		if (count != 1)
			return 1;
	std::printf("pinion %s: %zu indexes, each once, on %d workers\n", pinion_version(),
		visits.size(), pinion_engine_workers(engine.get()));
	return 0;
}
