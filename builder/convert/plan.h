// What a Dockerfile comes to: the graph, the image's configuration, and the steps as people count them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/graph/vertex.h"
#include "spec/digest.h"
#include "spec/oci_image.h"
#include "spec/platform.h"

namespace rundlet::builder::convert {

// An image that a build stands on, as far as conversion needs it.
struct BaseImage {
  std::string reference;
  spec::Digest id;
  spec::Digest chain;  // of all layers, empty when there are none
  spec::ImageConfig config;
  std::vector<spec::Descriptor> layers;
};

class BaseResolver {
 public:
  virtual ~BaseResolver() = default;
  virtual BaseImage resolve(const std::string& reference, const spec::Platform& platform) = 0;
};

struct Step {
  size_t stage = 0;         // index in the Dockerfile
  std::string stage_label;  // "build 2/5": of several stages, else ""
  std::string name;         // "RUN make"
  graph::VertexPtr vertex;  // null: it only changes the configuration
};

struct HistoryEntry {
  std::string created_by;
  graph::VertexPtr vertex;  // null: no layer
};

struct Plan {
  std::vector<Step> steps;               // of the stages that are needed, in the order of the Dockerfile
  std::optional<BaseImage> base;         // nullopt: scratch
  std::vector<graph::VertexPtr> layers;  // on top of the base, lowest first
  std::vector<HistoryEntry> history;     // what comes after the base's
  spec::ImageConfig config;              // without created, diff ids and history
  std::vector<std::string> warnings;
};

// Graph, configuration and history as text, for tests.
std::string print(const Plan& plan);

}  // namespace rundlet::builder::convert
