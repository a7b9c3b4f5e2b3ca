#include <algorithm>

#include "daemon/engine/host_config.h"

namespace rundlet::daemon {
namespace {

std::string_view name_of(std::string_view assignment) { return assignment.substr(0, assignment.find('=')); }

// A name without "=" takes nothing from the image: docker removes such a variable.
std::vector<std::string> merged_env(const std::vector<std::string>& image, const std::vector<std::string>& own) {
  std::vector<std::string> merged;
  for (const std::string& variable : image) {
    bool replaced = std::any_of(own.begin(), own.end(), [&](const auto& o) { return name_of(o) == name_of(variable); });
    if (!replaced) merged.push_back(variable);
  }
  for (const std::string& variable : own)
    if (variable.find('=') != variable.npos) merged.push_back(variable);
  return merged;
}

// 0 and an empty test inherit.
spec::HealthConfig merged_health(const spec::HealthConfig& image, const spec::HealthConfig& own) {
  spec::HealthConfig merged = own;
  if (merged.test.empty()) merged.test = image.test;
  if (merged.interval == 0) merged.interval = image.interval;
  if (merged.timeout == 0) merged.timeout = image.timeout;
  if (merged.start_period == 0) merged.start_period = image.start_period;
  if (merged.start_interval == 0) merged.start_interval = image.start_interval;
  if (merged.retries == 0) merged.retries = image.retries;
  return merged;
}

// A user's entrypoint drops the image's command as well: it was written for the other entrypoint.
void merge_command(docker_api::ContainerConfig& config, const spec::ImageRunConfig& image) {
  bool inherit_entrypoint = config.entrypoint.items.empty() && !config.entrypoint.is_set;
  if (!inherit_entrypoint) return;
  if (config.cmd.items.empty()) config.cmd = {image.cmd, !image.cmd.empty()};
  config.entrypoint = {image.entrypoint, !image.entrypoint.empty()};
}

}  // namespace

void merge_image_config(docker_api::ContainerConfig& config, const spec::ImageRunConfig& image) {
  if (config.user.empty()) config.user = image.user;
  if (config.working_dir.empty()) config.working_dir = image.working_dir;
  if (config.stop_signal.empty()) config.stop_signal = image.stop_signal;
  if (config.shell.empty()) config.shell = image.shell;
  config.env = merged_env(image.env, config.env);
  config.exposed_ports.insert(image.exposed_ports.begin(), image.exposed_ports.end());
  config.volumes.insert(image.volumes.begin(), image.volumes.end());
  config.labels.insert(image.labels.begin(), image.labels.end());
  merge_command(config, image);
  if (config.healthcheck && image.healthcheck) {
    config.healthcheck = merged_health(*image.healthcheck, *config.healthcheck);
  } else if (image.healthcheck) {
    config.healthcheck = image.healthcheck;
  }
}

}  // namespace rundlet::daemon
