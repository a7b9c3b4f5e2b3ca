#include "builder/solve/cache_key.h"

#include "base/codec/sha256.h"
#include "builder/graph/print.h"

namespace rundlet::builder::solve {

std::string cache_key(const graph::Vertex& vertex, const std::vector<std::string>& input_keys) {
  std::string text = graph::canonical(vertex.op) + "\nplatform " + vertex.platform.str() + "\n";
  for (const std::string& key : input_keys) text += "input " + key + "\n";
  return codec::sha256_hex(text);
}

}  // namespace rundlet::builder::solve
