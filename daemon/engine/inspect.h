// A container's record as the API shows it.
#pragma once

#include "daemon/engine/engine.h"
#include "spec/docker_api/system.h"

namespace rundlet::daemon {

docker_api::ContainerInspect inspect_container(Engine& engine, const ContainerPtr& container, bool size);

struct ListQuery {
  bool all = false, size = false;
  std::optional<int> limit;
  docker_api::Filters filters;
};
// Newest first. Throws invalid_argument "invalid filter 'x'".
std::vector<docker_api::ContainerSummary> list_containers(Engine& engine, const ListQuery& query);

// "Up 3 minutes (healthy)", "Exited (0) 2 hours ago", "Created".
std::string status_text(const ContainerRecord& record, TimePoint at);
// "3 minutes", "About an hour", "Less than a second": docker's units.HumanDuration.
std::string human_duration(std::chrono::nanoseconds duration);
// What docker calls the state: "starting" is "created", "creating" as well.
std::string state_name(Status status);

// "80/tcp" → bindings, null for exposed ports that are not published.
std::map<std::string, std::optional<std::vector<docker_api::PortBinding>>> port_map(const ContainerRecord& record);
std::map<std::string, docker_api::EndpointSettings> endpoint_settings(const Engine& engine,
                                                                      const ContainerRecord& record);

}  // namespace rundlet::daemon
