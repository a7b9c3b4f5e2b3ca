#include "base/error.h"
#include "daemon/api/routes.h"
#include "daemon/engine/images.h"

namespace rundlet::daemon {
namespace {

void list(Call& call, Engine& engine) {
  docker_api::Filters filters;
  if (call.has("filters")) filters = docker_api::parse_filters(call.text("filters"));
  call.json(200, docker_api::to_json(list_images(engine, filters)));
}

void remove(Call& call, Engine& engine) {
  auto items = remove_image(engine, call.path.at("name"), call.flag("force"), !call.flag("noprune"));
  call.json(200, docker_api::to_json(items));
}

void tag(Call& call, Engine& engine) {
  tag_image(engine, call.path.at("name"), call.text("repo"), call.text("tag"));
  call.empty(201);
}

}  // namespace

void add_image_routes(Router& router, Engine& engine) {
  auto add = [&](const char* method, const char* pattern, void (*function)(Call&, Engine&)) {
    router.add(method, pattern, [&engine, function](Call& call) { function(call, engine); });
  };
  add("GET", "/images/json", list);
  add("GET", "/images/{name:*}/json",
      [](Call& call, Engine& e) { call.json(200, to_json(inspect_image(e, call.path.at("name")))); });
  add("GET", "/images/{name:*}/history", [](Call& call, Engine& e) {
    call.json(200, docker_api::to_json(image_history(e, call.path.at("name"))));
  });
  add("POST", "/images/{name:*}/tag", tag);
  add("DELETE", "/images/{name:*}", remove);
}

}  // namespace rundlet::daemon
