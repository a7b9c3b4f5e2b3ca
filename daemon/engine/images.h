// Images as the API shows and removes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/engine/engine.h"
#include "spec/docker_api/image.h"
#include "spec/docker_api/system.h"

namespace rundlet::daemon {

// Newest first. `all` is docker's -a; intermediate images do not exist here.
std::vector<docker_api::ImageSummary> list_images(Engine& engine, const docker_api::Filters& filters);
docker_api::ImageInspect inspect_image(Engine& engine, const std::string& name);
std::vector<docker_api::ImageHistoryItem> image_history(Engine& engine, const std::string& name);
// docker's rules: a name that is not the last is only taken off; an image in use, or one of several names asked for by
// id, needs force. Throws conflict.
std::vector<docker_api::ImageDeleteItem> remove_image(Engine& engine, const std::string& name, bool force,
                                                      bool prune);
void tag_image(Engine& engine, const std::string& name, const std::string& repository, const std::string& tag);
// What neither an image nor a container nor the build cache reaches any more goes.
void collect_garbage(Engine& engine);

// Shell wildcards * and ? over a name; * does not cross a slash.
bool glob_match(std::string_view pattern, std::string_view text);

void publish_image(Engine& engine, const std::string& action, const std::string& id, const std::string& name);

}  // namespace rundlet::daemon
