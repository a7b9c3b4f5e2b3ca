// What the solver needs from those who do the work, and what it tells those who watch.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "builder/graph/vertex.h"
#include "builder/solve/result.h"

namespace rundlet::builder::solve {

class Observer {
 public:
  virtual ~Observer() = default;
  // Called from several threads.
  virtual void started(const graph::Vertex& vertex) = 0;
  virtual void output(const graph::Vertex& vertex, std::string_view text, bool is_stderr) = 0;
  virtual void cached(const graph::Vertex& vertex, const Result& result) = 0;
  virtual void done(const graph::Vertex& vertex, const Result& result) = 0;
};

class Runner {
 public:
  virtual ~Runner() = default;

  // A source that is there without being run (context, download), else nullopt.
  virtual std::optional<Result> source(const graph::Vertex& vertex, const Cancel& cancel) = 0;
  // The key of a vertex that is run but has no inputs and no row in the cache (an image), else nullopt.
  virtual std::optional<std::string> source_key(const graph::Vertex& vertex) = 0;
  // The digest of what the vertex takes out of an input; nullopt when all of it counts.
  virtual std::optional<std::string> selection(const graph::Vertex& vertex, size_t input,
                                               const Result& from) = 0;
  // Protects a cached result from being collected while this build lives; false when it is gone.
  virtual bool keep(const Result& result) = 0;
  // Does the work. Of the result, `snapshot` is wanted.
  virtual Result run(const graph::Vertex& vertex, const std::vector<Result>& inputs, Observer& observer,
                     const Cancel& cancel) = 0;
};

}  // namespace rundlet::builder::solve
