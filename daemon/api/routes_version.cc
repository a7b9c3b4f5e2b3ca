// /_ping, /version, and what clients must be told about BuildKit. Needs no engine: it answers while one is
// still starting.
#include <poll.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "daemon/api/routes.h"
#include "spec/docker_api/system.h"
#include "spec/platform.h"

namespace rundlet::daemon {
namespace {

// Builder-Version 1: clients take the classic builder (POST /build) unless they are told otherwise.
void add_ping_headers(Call& call) {
  http::Headers& headers = call.response.headers();
  headers.set("Builder-Version", "1");
  headers.set("Cache-Control", "no-cache, no-store, must-revalidate");
  headers.set("Pragma", "no-cache");
  headers.set("Swarm", "inactive");
}

void ping(Call& call) {
  add_ping_headers(call);
  call.response.send(200, "text/plain; charset=utf-8", "OK");
}

void version(Call& call) {
  utsname system{};
  if (::uname(&system) < 0) throw_errno("uname");
  spec::docker_api::SystemVersion answer;
  answer.platform_name = "Rundlet Engine";
  answer.version = RUNDLET_VERSION;
  answer.api_version = spec::docker_api::kApiVersion;
  answer.min_api_version = spec::docker_api::kMinApiVersion;
  answer.os = "linux";
  answer.arch = spec::Platform::host().architecture;
  answer.kernel_version = system.release;
  answer.components.push_back({"Engine",
                               answer.version,
                               {{"ApiVersion", answer.api_version},
                                {"MinAPIVersion", answer.min_api_version},
                                {"Arch", answer.arch},
                                {"Os", answer.os},
                                {"Experimental", "false"},
                                {"KernelVersion", answer.kernel_version}}});
  call.json(200, to_json(answer));
}

constexpr int kSessionEndMs = 1'000;

// A CLI of the 20.10 kind opens its session beside POST /build and prints, of a refused session, only the
// status. So the session is accepted and ended: what it prints then is the refusal of the build.
void end_session(Call& call) {
  if (!call.request.headers.get("Upgrade")) refuse_buildkit();
  call.response.headers().set("Upgrade", "h2c");
  Fd socket = call.response.hijack("").socket;
  ::shutdown(socket.get(), SHUT_WR);
  char scratch[4096];  // what is left unread would be a reset, which the CLI reports
  pollfd entry{socket.get(), POLLIN, 0};
  while (::poll(&entry, 1, kSessionEndMs) > 0 && ::recv(socket.get(), scratch, sizeof scratch, 0) > 0) {
  }
}

}  // namespace

void add_version_routes(Router& router) {
  router.add("GET", "/_ping", ping);
  router.add("HEAD", "/_ping", ping);
  router.add("GET", "/version", version);
  router.add("POST", "/session", end_session);
  router.add("POST", "/grpc", [](Call&) { refuse_buildkit(); });
}

void refuse_buildkit() {
  throw_error(
      ErrorCode::unimplemented,
      "BuildKit sessions are not supported by this engine: set DOCKER_BUILDKIT=0 to build without them");
}

}  // namespace rundlet::daemon
