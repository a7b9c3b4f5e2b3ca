// Text forms of ops and graphs.
#pragma once

#include <string>
#include <vector>

#include "builder/graph/vertex.h"

namespace rundlet::builder::graph {

// One line that says everything the result depends on besides the inputs, unambiguously; it begins with the
// op's kind and version, so that a change of what an op does changes every key.
std::string canonical(const Op& op);

// The graph below `targets`, inputs first, one vertex a line: "v3 = exec/1 … (v1, v2)".
std::string print(const std::vector<VertexPtr>& targets);

}  // namespace rundlet::builder::graph
