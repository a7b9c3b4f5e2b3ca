// daemon/api: the Docker Engine API over narrow interfaces: routes_<resource>.cc files add rows to one table.
//
//   void add_container_routes(Router& router, Engine& engine) {
//     router.add("POST", "/containers/{id}/start", [&](Call& call) { … });
//   }
//
// The router takes the version off the path ("/v1.41/…"), checks it, finds the row, and adds docker's headers.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/http/server.h"

namespace rundlet::daemon {

struct ApiVersion {
  int major = 1, minor = 51;
  auto operator<=>(const ApiVersion&) const = default;
};

// One request on its way: what a route function gets.
struct Call {
  http::Request& request;
  http::ResponseWriter& response;
  ApiVersion version;
  std::map<std::string, std::string> path;  // values of {names}

  const std::string& id() const { return path.at("id"); }
  // Query parameters as docker reads them.
  std::string text(std::string_view name) const;  // "" when absent
  bool has(std::string_view name) const;
  bool flag(std::string_view name, bool fallback = false) const;  // false: "", 0, no, false, none
  // Throws invalid_argument for what is no number.
  std::optional<int64_t> integer(std::string_view name) const;
  // The body, at most 16 MiB.
  std::string body() const;
  void json(int status, const std::string& text) const { response.send(status, "application/json", text); }
  void empty(int status) const { response.send_empty(status); }
};

class Router {
 public:
  using Function = std::function<void(Call&)>;

  // pattern: "/containers/{id}/json"; {name} is one segment, {name:*} one or more ("/images/{name:*}/json").
  void add(const std::string& method, const std::string& pattern, Function function);
  // The whole handling of one request; throws what the route throws, and docker's errors for versions and paths.
  void handle(http::Request& request, http::ResponseWriter& response) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Function function;
  };
  std::vector<Route> routes_;
};

}  // namespace rundlet::daemon
