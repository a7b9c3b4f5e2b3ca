// One address under which a registry (or a mirror of it) answers: which scheme it speaks, who we are to it,
// and requests below its /v2/ with redirects, authentication and retries.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "registry-client/auth.h"
#include "registry-client/transport.h"

namespace rundlet::registry_client {

struct ApiRequest {
  std::string method = "GET";
  std::string target;  // below /v2/: "library/debian/manifests/12"; or the absolute URL of an upload
  std::vector<std::string> headers;  // "Name: value", sent to redirect targets too
  Scopes scopes;
  std::optional<std::string> body;
  std::function<size_t(char*, size_t)> read_body;  // can be sent once only
  uint64_t body_size = 0;
  BodyFn on_body;
  int stall_seconds = 60;
};

class Endpoint {
 public:
  // `bases` are tried in turn until one answers: {"https://host:5000", "http://host:5000"}.
  Endpoint(Transport& transport, std::vector<std::string> bases,
           std::optional<spec::docker_api::AuthConfig> credentials);

  // Every status comes back as it is. Throws TransportError, unauthenticated, cancelled, and what callbacks
  // throw.
  HttpResponse send(const ApiRequest& request, const Cancel& cancel);
  // GET /v2/ with credentials. Throws unauthenticated.
  void ping(const Cancel& cancel);

 private:
  // A body that was read from, or data that was delivered, cannot be sent or taken back.
  struct Progress {
    bool touched = false;
  };

  std::string base(const Cancel& cancel);
  HttpResponse probe(const std::string& base, const Cancel& cancel);
  HttpResponse send_authorized(const ApiRequest& request, Progress& progress, const Cancel& cancel);
  HttpResponse follow(HttpRequest request, const ApiRequest& what, const std::string& base,
                      const std::optional<std::string>& authorization, Progress& progress,
                      const Cancel& cancel);

  Transport& transport_;
  std::vector<std::string> bases_;
  Authorizer authorizer_;
  std::mutex mutex_;  // also held while the scheme is found out
  std::string chosen_;
};

}  // namespace rundlet::registry_client
