// What docker's clients can ask for and this engine does not do yet: refused by name instead of "page not
// found".
#include <array>

#include "base/error.h"
#include "daemon/api/routes.h"

namespace rundlet::daemon {
namespace {

struct Unsupported {
  const char* method;
  const char* pattern;
};

constexpr std::array kUnsupported{
    Unsupported{"POST", "/auth"},
    Unsupported{"GET", "/system/df"},
    Unsupported{"POST", "/containers/prune"},
    Unsupported{"POST", "/containers/{id}/update"},
    Unsupported{"GET", "/containers/{id}/stats"},
    Unsupported{"GET", "/containers/{id}/attach/ws"},
    Unsupported{"HEAD", "/containers/{id}/archive"},
    Unsupported{"GET", "/containers/{id}/archive"},
    Unsupported{"PUT", "/containers/{id}/archive"},
    Unsupported{"POST", "/images/prune"},
    Unsupported{"GET", "/images/search"},
    Unsupported{"GET", "/distribution/{name:*}/json"},
};

// Whole families, whatever the method.
constexpr std::array kUnsupportedFamilies{"/networks", "/volumes", "/swarm",   "/nodes",  "/services",
                                          "/tasks",    "/secrets", "/configs", "/plugins"};
constexpr std::array kMethods{"GET", "HEAD", "POST", "PUT", "DELETE"};

void refuse(Call& call) {
  throw_error(ErrorCode::unimplemented, call.request.method + " " + call.request.url.path +
                                            " is not supported by this version of Rundlet");
}

}  // namespace

void add_unsupported_routes(Router& router) {
  for (const Unsupported& route : kUnsupported) router.add(route.method, route.pattern, refuse);
  for (const char* family : kUnsupportedFamilies) {
    for (const char* method : kMethods) {
      router.add(method, family, refuse);
      router.add(method, std::string(family) + "/{rest:*}", refuse);
    }
  }
}

}  // namespace rundlet::daemon
