// The build graph: vertices hold an op and point to what it works on. Immutable once built, shared, acyclic.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "builder/graph/op.h"
#include "spec/platform.h"

namespace rundlet::builder::graph {

struct Vertex;
using VertexPtr = std::shared_ptr<const Vertex>;

struct Vertex {
  Op op;
  std::vector<VertexPtr> inputs;  // null: the empty tree (FROM scratch)
  spec::Platform platform;
  std::string name;  // for people: "RUN make"
};

}  // namespace rundlet::builder::graph
