// Brings vertices about: what the cache knows is taken from there, what it does not is run, as far as
// anything that is wanted depends on it, independent vertices in parallel. Knows vertices and keys only, not
// what they do.
#pragma once

#include <vector>

#include "base/cancel.h"
#include "builder/graph/vertex.h"
#include "builder/solve/cache_store.h"
#include "builder/solve/key_locks.h"
#include "builder/solve/runner.h"

namespace rundlet::builder::solve {

struct SolveOptions {
  size_t workers = 4;
  bool no_cache = false;  // run everything; results are recorded all the same
  Cancel cancel;
};

// The targets' results, in their order. When a vertex fails, the others are cancelled and waited for, and its
// error is rethrown.
std::vector<Result> solve(const std::vector<graph::VertexPtr>& targets, Runner& runner, CacheStore& cache,
                          KeyLocks& locks, Observer& observer, const SolveOptions& options);

}  // namespace rundlet::builder::solve
