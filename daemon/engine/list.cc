#include <algorithm>

#include "base/error.h"
#include "daemon/engine/host_config.h"
#include "daemon/engine/inspect.h"

namespace rundlet::daemon {
namespace {

using docker_api::Filters;

constexpr std::string_view kFilters[] = {"ancestor", "before", "since", "exited", "expose", "health", "id",   "is-task",
                                         "label",    "name",   "network", "publish", "status", "volume"};

void require_known(const Filters& filters) {
  for (const auto& [name, values] : filters) {
    if (std::find(std::begin(kFilters), std::end(kFilters), name) == std::end(kFilters))
      throw_invalid("invalid filter '" + name + "'");
    if (name == "expose" || name == "publish" || name == "network" || name == "is-task")
      throw_error(ErrorCode::unimplemented, "unsupported filter '" + name + "'");
  }
}

bool matches_label(const std::map<std::string, std::string>& labels, const std::string& wanted) {
  size_t equals = wanted.find('=');
  auto found = labels.find(wanted.substr(0, equals));
  return found != labels.end() && (equals == wanted.npos || found->second == wanted.substr(equals + 1));
}

bool matches_health(const ContainerRecord& record, const std::string& wanted) {
  return (record.health.status.empty() ? "none" : record.health.status) == wanted;
}

bool matches_volume(const ContainerRecord& record, const std::string& wanted) {
  return std::any_of(record.mounts.begin(), record.mounts.end(), [&](const docker_api::MountPoint& mount) {
    return mount.name == wanted || mount.destination == wanted || mount.source == wanted;
  });
}

bool matches(Engine& engine, const ContainerRecord& record, const std::string& filter, const std::string& wanted) {
  if (filter == "label") return matches_label(record.config.labels, wanted);
  if (filter == "name") return ("/" + record.name).find(wanted) != std::string::npos;
  if (filter == "id") return record.id.starts_with(wanted);
  if (filter == "status") return state_name(record.status) == wanted;
  if (filter == "health") return matches_health(record, wanted);
  if (filter == "volume") return matches_volume(record, wanted);
  if (filter == "exited")
    return record.status == Status::exited && record.finished_at && std::to_string(record.exit_code) == wanted;
  if (filter == "before") return record.created < engine.containers.get(wanted)->record().created;
  if (filter == "since") return record.created > engine.containers.get(wanted)->record().created;
  auto image = engine.images.find(wanted);  // ancestor
  return record.config.image == wanted || (image && image->id.str() == record.image_id);
}

bool passes(Engine& engine, const ContainerRecord& record, const Filters& filters) {
  for (const auto& [filter, values] : filters) {
    auto one = [&](const std::string& wanted) { return matches(engine, record, filter, wanted); };
    // Labels are all demanded, of other filters any value will do.
    bool ok = filter == "label" ? std::all_of(values.begin(), values.end(), one)
                                : std::any_of(values.begin(), values.end(), one);
    if (!ok) return false;
  }
  return true;
}

std::string command_text(const ContainerRecord& record) {
  std::string command = record.path;
  for (const std::string& argument : record.args)
    command += " " + (argument.find(' ') == argument.npos ? argument : "'" + argument + "'");
  return command;
}

std::vector<docker_api::PortSummary> port_summaries(const ContainerRecord& record) {
  std::vector<docker_api::PortSummary> ports;
  for (const auto& [port, bindings] : port_map(record)) {
    docker_api::PortSummary summary;
    summary.private_port = static_cast<uint16_t>(std::stoi(port));
    summary.type = port.substr(port.find('/') + 1);
    if (!bindings) ports.push_back(summary);
    for (const auto& binding : bindings.value_or(std::vector<docker_api::PortBinding>{})) {
      summary.ip = binding.host_ip;
      summary.public_port = static_cast<uint16_t>(std::stoi(binding.host_port));
      ports.push_back(summary);
    }
  }
  return ports;
}

docker_api::ContainerSummary summarise(Engine& engine, const ContainerRecord& record, bool size) {
  docker_api::ContainerSummary summary;
  summary.id = record.id;
  summary.names = {"/" + record.name};
  summary.image = record.config.image;
  summary.image_id = record.image_id;
  summary.command = command_text(record);
  summary.created = unix_seconds(record.created);
  summary.ports = port_summaries(record);
  if (size) summary.size_rw = engine.images.snapshots().usage(record.snapshot);
  summary.labels = record.config.labels;
  summary.state = state_name(record.status);
  summary.status = status_text(record, now());
  summary.network_mode = record.host_config.network_mode.empty() ? "bridge" : record.host_config.network_mode;
  summary.networks = endpoint_settings(engine, record);
  summary.mounts = record.mounts;
  return summary;
}

}  // namespace

std::vector<docker_api::ContainerSummary> list_containers(Engine& engine, const ListQuery& query) {
  require_known(query.filters);
  std::vector<ContainerRecord> records;
  for (const ContainerPtr& container : engine.containers.all()) records.push_back(container->record());
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.created > b.created; });
  bool any_status = query.all || query.filters.contains("status") || query.filters.contains("exited");
  std::vector<docker_api::ContainerSummary> summaries;
  for (const ContainerRecord& record : records) {
    if (query.limit && static_cast<int>(summaries.size()) >= *query.limit) break;
    if (record.status == Status::creating) continue;
    bool shown = any_status || query.limit || is_running(record.status) || record.status == Status::restarting;
    if (shown && passes(engine, record, query.filters)) summaries.push_back(summarise(engine, record, query.size));
  }
  return summaries;
}

}  // namespace rundlet::daemon
