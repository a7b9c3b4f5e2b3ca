#include "spec/docker_api/image.h"

#include <fmt/format.h>

#include <algorithm>

#include "spec/docker_api/container_describe.h"
#include "spec/units.h"

namespace rundlet::spec::docker_api {
namespace {

constexpr auto kAnswer = json::Unknown::ignore;

// Images' configs as the API shows them: the fields that every client reads are there even when empty.
struct ShownRunConfig {
  ImageRunConfig config;
};

template <class Visitor>
void describe(Visitor& v, ShownRunConfig& shown) {
  ImageRunConfig& c = shown.config;
  v("User", c.user);
  v.omit_empty("ExposedPorts", c.exposed_ports);
  v.null_if_empty("Env", c.env);
  v.null_if_empty("Cmd", c.cmd);
  v.omit_empty("Healthcheck", c.healthcheck);
  v.omit_empty("ArgsEscaped", c.args_escaped);
  v.null_if_empty("Volumes", c.volumes);
  v("WorkingDir", c.working_dir);
  v.null_if_empty("Entrypoint", c.entrypoint);
  v.null_if_empty("OnBuild", c.on_build);
  v.null_if_empty("Labels", c.labels);
  v.omit_empty("StopSignal", c.stop_signal);
  v.omit_empty("Shell", c.shell);
}

// As docker's jsonmessage draws it for a terminal 200 columns wide.
std::string progress_bar(const ProgressDetail& detail) {
  constexpr int kWidth = 50;
  int64_t current = detail.current.value_or(0);
  int64_t total = detail.total.value_or(0);
  if (current <= 0 && total <= 0) return "";
  std::string done = human_size(static_cast<double>(current));
  if (total <= 0) return fmt::format("{:>8}", done);
  int filled = static_cast<int>(static_cast<double>(current) / static_cast<double>(total) * 100) / 2;
  filled = std::clamp(filled, 0, kWidth);
  std::string numbers = fmt::format("{:>8}", done);
  if (current <= total) numbers += "/" + human_size(static_cast<double>(total));
  return fmt::format("[{}>{}] {}", std::string(filled, '='), std::string(kWidth - filled, ' '), numbers);
}

}  // namespace

template <class Visitor>
void describe(Visitor& v, ImageSummary& i) {
  v("Containers", i.containers);
  v("Created", i.created);
  v("Id", i.id);
  v.null_if_empty("Labels", i.labels);
  v("ParentId", i.parent_id);
  v("RepoDigests", i.repo_digests);
  v("RepoTags", i.repo_tags);
  v("SharedSize", i.shared_size);
  v("Size", i.size);
}

template <class Visitor>
void describe(Visitor& v, ImageInspect& i) {
  v("Id", i.id);
  v("RepoTags", i.repo_tags);
  v("RepoDigests", i.repo_digests);
  v("Parent", i.parent);
  v("Comment", i.comment);
  v.omit_empty("Created", i.created);
  v.fixed("DockerVersion", "\"\"");
  v("Author", i.author);
  ShownRunConfig shown{i.config};
  v("Config", shown);
  i.config = std::move(shown.config);
  v("Architecture", i.platform.architecture);
  v.omit_empty("Variant", i.platform.variant);
  v("Os", i.platform.os);
  v.omit_empty("OsVersion", i.os_version);
  v("Size", i.size);
  v("GraphDriver", i.graph_driver);
  v.nested("RootFS", [&](auto& rootfs) {
    rootfs.fixed("Type", "\"layers\"");
    rootfs.omit_empty("Layers", i.rootfs_layers);
  });
  v.nested("Metadata", [&](auto& metadata) { metadata.zero_time("LastTagTime", i.last_tag_time); });
}

template <class Visitor>
void describe(Visitor& v, ImageHistoryItem& h) {
  v("Comment", h.comment);
  v("Created", h.created);
  v("CreatedBy", h.created_by);
  v("Id", h.id);
  v("Size", h.size);
  v.null_if_empty("Tags", h.tags);
}

template <class Visitor>
void describe(Visitor& v, ImageDeleteItem& i) {
  v.omit_empty("Untagged", i.untagged);
  v.omit_empty("Deleted", i.deleted);
}

template <class Visitor>
void describe(Visitor& v, ProgressDetail& p) {
  v.omit_empty("current", p.current);
  v.omit_empty("total", p.total);
}

template <class Visitor>
void describe(Visitor& v, ProgressMessage& m) {
  v.omit_empty("stream", m.stream);
  v.omit_empty("status", m.status);
  v.omit_empty("progressDetail", m.progress_detail);
  v.omit_empty("progress", m.progress);
  v.omit_empty("id", m.id);
  auto detail = [&](auto& error) {
    error.omit_empty("code", m.error_code);
    error("message", m.error);
  };
  if constexpr (std::is_same_v<Visitor, json::Writer>) {
    if (!m.error.empty()) v.nested("errorDetail", detail);
  } else {
    v.nested("errorDetail", detail);
  }
  v.omit_empty("error", m.error);
  v.omit_empty("aux", m.aux);
}

template <class Visitor>
void describe(Visitor& v, AuthConfig& a) {
  v.omit_empty("username", a.username);
  v.omit_empty("password", a.password);
  v.omit_empty("auth", a.auth);
  v.omit_empty("email", a.email);
  v.omit_empty("serveraddress", a.server_address);
  v.omit_empty("identitytoken", a.identity_token);
  v.omit_empty("registrytoken", a.registry_token);
}

std::string to_json(const std::vector<ImageSummary>& images) {
  return json::encode(images);
}
std::vector<ImageSummary> parse_image_list(std::string_view text) {
  return json::decode<std::vector<ImageSummary>>(text, kAnswer);
}
std::string to_json(const ImageInspect& inspect) {
  return json::encode(ImageInspect(inspect));
}
ImageInspect parse_image_inspect(std::string_view text) {
  return json::decode<ImageInspect>(text, kAnswer);
}
std::string to_json(const std::vector<ImageHistoryItem>& history) {
  return json::encode(history);
}
std::vector<ImageHistoryItem> parse_image_history(std::string_view text) {
  return json::decode<std::vector<ImageHistoryItem>>(text, kAnswer);
}
std::string to_json(const std::vector<ImageDeleteItem>& items) {
  return json::encode(items);
}
std::vector<ImageDeleteItem> parse_image_delete(std::string_view text) {
  return json::decode<std::vector<ImageDeleteItem>>(text, kAnswer);
}

std::string to_json(const ProgressMessage& message) {
  ProgressMessage shown = message;
  if (shown.progress_detail && shown.progress.empty()) shown.progress = progress_bar(*shown.progress_detail);
  return json::encode(shown);
}

ProgressMessage parse_progress(std::string_view text) {
  return json::decode<ProgressMessage>(text, kAnswer);
}
std::string to_json(const AuthConfig& auth) {
  return json::encode(auth);
}
AuthConfig parse_auth_config(std::string_view text) {
  return json::decode<AuthConfig>(text, kAnswer);
}
std::string to_json(const std::map<std::string, AuthConfig>& auths) {
  return json::encode(auths);
}
std::map<std::string, AuthConfig> parse_auth_configs(std::string_view text) {
  return json::decode<std::map<std::string, AuthConfig>>(text, kAnswer);
}

}  // namespace rundlet::spec::docker_api
