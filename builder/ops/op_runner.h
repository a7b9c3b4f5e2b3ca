// Does what vertices say, on snapshots of the store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/ops/services.h"
#include "builder/solve/runner.h"

namespace rundlet::builder::ops {

class OpRunner : public solve::Runner {
 public:
  explicit OpRunner(Services& services) : services_(services) {}

  std::optional<solve::Result> source(const graph::Vertex& vertex, const Cancel& cancel) override;
  std::optional<std::string> source_key(const graph::Vertex& vertex) override;
  std::optional<std::string> selection(const graph::Vertex& vertex, size_t input,
                                       const solve::Result& from) override;
  bool keep(const solve::Result& result) override;
  solve::Result run(const graph::Vertex& vertex, const std::vector<solve::Result>& inputs,
                    solve::Observer& observer, const Cancel& cancel) override;

 private:
  std::string unpack_image(const graph::ImageOp& op);
  std::string copy(const graph::CopyOp& op, const std::vector<solve::Result>& inputs, const Cancel& cancel);
  std::string make_directory(const graph::MakeDirectoryOp& op, const solve::Result& input);

  Services& services_;
};

}  // namespace rundlet::builder::ops
