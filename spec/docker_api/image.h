// Images in the Docker Engine API v1.51: /images, /build, /commit and their progress streams.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "spec/docker_api/container.h"
#include "spec/oci_image.h"

namespace rundlet::spec::docker_api {

struct ImageSummary {
  std::string id, parent_id;
  std::vector<std::string> repo_tags, repo_digests;
  int64_t created = 0;  // unix seconds
  int64_t size = 0, shared_size = -1;
  std::map<std::string, std::string> labels;
  int64_t containers = -1;
};

struct ImageInspect {
  std::string id;
  std::vector<std::string> repo_tags, repo_digests;
  std::string parent, comment;
  std::optional<TimePoint> created;
  std::string author;
  ImageRunConfig config;
  Platform platform;
  std::string os_version;
  int64_t size = 0;
  DriverData graph_driver;
  std::vector<std::string> rootfs_layers;  // diff ids
  std::optional<TimePoint> last_tag_time;
};

struct ImageHistoryItem {
  std::string id;  // "<missing>" for layers without an image
  int64_t created = 0;
  std::string created_by;
  std::vector<std::string> tags;
  int64_t size = 0;
  std::string comment;
};

struct ImageDeleteItem {
  std::string untagged, deleted;
};

struct ProgressDetail {
  std::optional<int64_t> current, total;
};
// One line of the JSON streams of pull, push, build, load and import.
struct ProgressMessage {
  std::string stream, status, id;
  std::optional<ProgressDetail> progress_detail;
  std::string progress;  // docker's ready-made bar; computed by to_json when progress_detail is set
  std::string error;     // written as error and errorDetail.message
  int error_code = 0;    // errorDetail.code
  json::Raw aux;         // {"ID": …} or {"Tag": …, "Digest": …, "Size": …}
};

struct AuthConfig {
  std::string username, password, auth, email, server_address, identity_token, registry_token;
};

std::string to_json(const std::vector<ImageSummary>& images);
std::vector<ImageSummary> parse_image_list(std::string_view text);
std::string to_json(const ImageInspect& inspect);
ImageInspect parse_image_inspect(std::string_view text);
std::string to_json(const std::vector<ImageHistoryItem>& history);
std::vector<ImageHistoryItem> parse_image_history(std::string_view text);
std::string to_json(const std::vector<ImageDeleteItem>& items);
std::vector<ImageDeleteItem> parse_image_delete(std::string_view text);
std::string to_json(const ProgressMessage& message);
ProgressMessage parse_progress(std::string_view text);
std::string to_json(const AuthConfig& auth);
AuthConfig parse_auth_config(std::string_view text);
// X-Registry-Config of /build: host → credentials.
std::string to_json(const std::map<std::string, AuthConfig>& auths);
std::map<std::string, AuthConfig> parse_auth_configs(std::string_view text);

}  // namespace rundlet::spec::docker_api
