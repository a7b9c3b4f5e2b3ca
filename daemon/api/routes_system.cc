#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "daemon/api/routes.h"
#include "daemon/api/time_parameter.h"
#include "daemon/engine/images.h"
#include "daemon/engine/system.h"

namespace rundlet::daemon {
namespace {

using docker_api::Event;
using docker_api::Filters;

// The value of an event that a filter looks at; labels are looked at one by one.
bool matches(const Event& event, const std::string& filter, const std::string& wanted) {
  auto attribute = [&](const std::string& name) {
    auto found = event.attributes.find(name);
    return found == event.attributes.end() ? std::string() : found->second;
  };
  if (filter == "type") return event.type == wanted;
  if (filter == "event") return event.action == wanted || event.action.starts_with(wanted + ":");
  if (filter == "container")
    return event.type == "container" && (event.id.starts_with(wanted) || attribute("name") == wanted);
  if (filter == "image")
    return event.type == "image" ? event.id == wanted || attribute("name") == wanted : attribute("image") == wanted;
  if (filter == "volume") return event.type == "volume" && event.id == wanted;
  if (filter == "network") return event.type == "network" && (event.id == wanted || attribute("name") == wanted);
  if (filter == "label") {
    size_t equals = wanted.find('=');
    auto found = event.attributes.find(wanted.substr(0, equals));
    return found != event.attributes.end() && (equals == wanted.npos || found->second == wanted.substr(equals + 1));
  }
  if (filter == "daemon" || filter == "scope") return filter == "scope" && wanted == "local";
  throw_invalid("invalid filter '" + filter + "'");
}

bool passes(const Event& event, const Filters& filters) {
  return std::all_of(filters.begin(), filters.end(), [&](const auto& entry) {
    return std::any_of(entry.second.begin(), entry.second.end(),
                       [&](const std::string& wanted) { return matches(event, entry.first, wanted); });
  });
}

void wait_for_event(int events_fd, int client_fd, std::optional<TimePoint> until) {
  int timeout = -1;
  if (until) timeout = static_cast<int>(std::clamp<int64_t>((*until - now()).count() / 1'000'000, 0, 60'000));
  pollfd waiting[2] = {{events_fd, POLLIN, 0}, {client_fd, POLLRDHUP, 0}};
  if (::poll(waiting, 2, timeout) < 0 && errno != EINTR) throw_errno("poll");
}

void events(Call& call, Engine& engine) {
  Filters filters;
  if (call.has("filters")) filters = docker_api::parse_filters(call.text("filters"));
  passes(Event{}, filters);  // refuses unknown ones before the stream begins
  auto since = time_parameter(call, "since"), until = time_parameter(call, "until");
  auto subscription = engine.events.subscribe(since ? since : until ? std::optional(TimePoint{}) : std::nullopt);
  call.response.start_stream(200, "application/json");
  while (!call.response.client_gone()) {
    for (const Event& event : subscription->take())
      if (passes(event, filters) && (!until || event.time <= *until)) call.response.write(to_json(event) + "\n");
    if (until && now() >= *until) return;
    wait_for_event(subscription->fd(), call.response.client_fd(), until);
  }
}

}  // namespace

void add_system_routes(Router& router, Engine& engine) {
  router.add("GET", "/info", [&](Call& call) { call.json(200, to_json(system_info(engine))); });
  router.add("GET", "/events", [&](Call& call) { events(call, engine); });
}

}  // namespace rundlet::daemon
