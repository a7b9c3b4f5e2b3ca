// A container's writable layer as a new image.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/engine/engine.h"

namespace rundlet::daemon {

struct CommitRequest {
  std::string repository, tag;  // empty: an image without a name
  std::string author, comment;
  bool pause = true;                  // while the layer is read
  std::vector<std::string> changes;   // Dockerfile instructions: CMD, ENV, EXPOSE …
  std::optional<docker_api::ContainerConfig> config;  // instead of the container's own
};
// The new image's id.
std::string commit_container(Engine& engine, const ContainerPtr& container, const CommitRequest& request);

}  // namespace rundlet::daemon
