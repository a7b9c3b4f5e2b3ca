#include "base/error.h"
#include "daemon/api/routes.h"
#include "daemon/engine/attach.h"
#include "daemon/engine/changes.h"
#include "daemon/engine/commit.h"
#include "daemon/engine/inspect.h"
#include "daemon/engine/top.h"

namespace rundlet::daemon {
namespace {

void create(Call& call, Engine& engine) {
  auto request = docker_api::parse_create_container(call.body());
  call.json(201, to_json(create_container(engine, call.text("name"), std::move(request))));
}

void list(Call& call, Engine& engine) {
  ListQuery query;
  query.all = call.flag("all");
  query.size = call.flag("size");
  if (auto limit = call.integer("limit"); limit && *limit > 0) query.limit = static_cast<int>(*limit);
  if (call.has("filters")) query.filters = docker_api::parse_filters(call.text("filters"));
  call.json(200, docker_api::to_json(list_containers(engine, query)));
}

void start(Call& call, Engine& engine) {
  call.empty(start_container(engine, engine.containers.get(call.id())) ? 204 : 304);
}

std::optional<int> timeout_of(const Call& call) {
  auto seconds = call.integer("t");
  return seconds ? std::optional(static_cast<int>(*seconds)) : std::nullopt;
}

void stop(Call& call, Engine& engine) {
  bool stopped = stop_container(engine, engine.containers.get(call.id()), timeout_of(call), call.text("signal"), {});
  call.empty(stopped ? 204 : 304);
}

void restart(Call& call, Engine& engine) {
  restart_container(engine, engine.containers.get(call.id()), timeout_of(call), call.text("signal"), {});
  call.empty(204);
}

void remove(Call& call, Engine& engine) {
  if (call.flag("link")) throw_error(ErrorCode::unimplemented, "unsupported parameter link");
  remove_container(engine, engine.containers.get(call.id()), {.force = call.flag("force"), .volumes = call.flag("v")});
  call.empty(204);
}

void resize(Call& call, Engine& engine) {
  auto height = call.integer("h"), width = call.integer("w");
  if (!height || !width) throw_invalid("invalid resize: h and w must be given");
  resize_container(engine, engine.containers.get(call.id()), static_cast<uint32_t>(*height),
                   static_cast<uint32_t>(*width));
  call.empty(200);
}

void export_tree(Call& call, Engine& engine) {
  ContainerPtr container = engine.containers.get(call.id());
  call.response.start_stream(200, "application/octet-stream");
  export_container(engine, container, [&](std::string_view data) { call.response.write(data); });
}

void commit(Call& call, Engine& engine) {
  CommitRequest request;
  request.repository = call.text("repo");
  request.tag = call.text("tag");
  request.author = call.text("author");
  request.comment = call.text("comment");
  request.pause = call.flag("pause", true);
  request.changes = call.request.url.parameters("changes");
  std::string body = call.body();
  if (!body.empty() && body != "null") request.config = docker_api::parse_container_config(body);
  std::string id = commit_container(engine, engine.containers.get(call.text("container")), request);
  call.json(201, "{\"Id\":\"" + id + "\"}");
}

}  // namespace

void add_container_routes(Router& router, Engine& engine) {
  auto add = [&](const char* method, const char* pattern, void (*function)(Call&, Engine&)) {
    router.add(method, pattern, [&engine, function](Call& call) { function(call, engine); });
  };
  add("POST", "/containers/create", create);
  add("GET", "/containers/json", list);
  add("POST", "/containers/{id}/start", start);
  add("POST", "/containers/{id}/stop", stop);
  add("POST", "/containers/{id}/restart", restart);
  add("DELETE", "/containers/{id}", remove);
  add("POST", "/containers/{id}/resize", resize);
  add("GET", "/containers/{id}/export", export_tree);
  add("POST", "/commit", commit);
  add("GET", "/containers/{id}/json", [](Call& call, Engine& e) {
    call.json(200, to_json(inspect_container(e, e.containers.get(call.id()), call.flag("size"))));
  });
  add("POST", "/containers/{id}/kill", [](Call& call, Engine& e) {
    kill_container(e, e.containers.get(call.id()), call.text("signal"));
    call.empty(204);
  });
  add("POST", "/containers/{id}/pause", [](Call& call, Engine& e) {
    pause_container(e, e.containers.get(call.id()));
    call.empty(204);
  });
  add("POST", "/containers/{id}/unpause", [](Call& call, Engine& e) {
    unpause_container(e, e.containers.get(call.id()));
    call.empty(204);
  });
  add("POST", "/containers/{id}/rename", [](Call& call, Engine& e) {
    rename_container(e, e.containers.get(call.id()), call.text("name"));
    call.empty(204);
  });
  add("GET", "/containers/{id}/top", [](Call& call, Engine& e) {
    call.json(200, to_json(top(e, e.containers.get(call.id()), call.text("ps_args"))));
  });
  add("GET", "/containers/{id}/changes", [](Call& call, Engine& e) {
    call.json(200, docker_api::to_json(changes(e, e.containers.get(call.id()))));
  });
}

}  // namespace rundlet::daemon
