// /_ping, /version, /info, /events
#include "base/error.h"
#include "orchestrate/engine/engine_client.h"
#include "orchestrate/engine/json_lines.h"
#include "orchestrate/engine/query.h"

namespace rundlet::orchestrate {

Ping EngineClient::ping() {
  http::ClientRequest message;
  message.target = "/_ping";
  message.headers = headers_;
  http::ClientResponse response = call(message);
  Ping ping;
  ping.api_version = response.headers.get("Api-Version").value_or("");
  ping.os_type = response.headers.get("Ostype").value_or("");
  ping.builder_version = response.headers.get("Builder-Version").value_or("");
  ping.experimental = response.headers.get("Docker-Experimental") == "true";
  return ping;
}

docker_api::SystemVersion EngineClient::version() {
  return docker_api::parse_system_version(get("/version"));
}

docker_api::SystemInfo EngineClient::info() {
  return docker_api::parse_system_info(get("/info"));
}

void EngineClient::events(const EventsOptions& options,
                          const std::function<void(const docker_api::Event&)>& on_event,
                          const Cancel& cancel) {
  Query query = QueryBuilder()
                    .text("since", options.since)
                    .text("until", options.until)
                    .filters(options.filters)
                    .take();
  JsonLines lines([&](std::string_view line) { on_event(docker_api::parse_event(line)); });
  call(
      request("GET", "/events", query), [&](std::string_view data) { lines.feed(data); }, cancel);
  lines.finish();
}

}  // namespace rundlet::orchestrate
