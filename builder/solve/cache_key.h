// Cache keys. A definition key = H(op with its version, platform, keys of the inputs); a content key is the
// same over the inputs' content keys, so that inputs that came about differently but hold the same lead to
// the same row.
#pragma once

#include <string>
#include <vector>

#include "builder/graph/vertex.h"

namespace rundlet::builder::solve {

// `input_keys`: one for every input, "" for the empty tree.
std::string cache_key(const graph::Vertex& vertex, const std::vector<std::string>& input_keys);

}  // namespace rundlet::builder::solve
