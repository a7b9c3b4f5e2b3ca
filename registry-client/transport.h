// One HTTP exchange at a time by libcurl: no redirects, no authentication, no retries; those are decisions of
// endpoint.h. Sessions (libcurl's connection caches) are pooled, so that threads find open connections again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "base/guarded.h"
#include "registry-client/host_policy.h"

namespace rundlet::registry_client {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::optional<std::string> body;
  // Instead of `body`: fills a buffer, returns the count, 0 at the end; body_size bytes in all.
  std::function<size_t(char*, size_t)> read_body;
  uint64_t body_size = 0;
  int stall_seconds = 60;  // the peer is given up when no byte moved for so long
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string url;  // that answered

  std::optional<std::string> header(std::string_view name) const;
  std::vector<std::string> header_values(std::string_view name) const;
  bool ok() const { return status >= 200 && status < 300; }
};

// Takes the body of a 2xx answer as it arrives; the response holds status and headers by then.
using BodyFn = std::function<void(const HttpResponse& head, std::string_view data)>;

// No answer was had. `connect` and `tls`: nothing was exchanged.
class TransportError : public Error {
 public:
  enum class Kind { connect, tls, broken };
  TransportError(Kind kind, std::string message)
      : Error(ErrorCode::unavailable, std::move(message)), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

class CurlSession;

class Transport {
 public:
  explicit Transport(HostPolicy policy);
  ~Transport();

  // Bodies that no `on_body` takes are collected, up to 4 MiB. Throws TransportError, cancelled,
  // invalid_argument for a longer body, and what the callbacks throw.
  HttpResponse exchange(const HttpRequest& request, const BodyFn& on_body, const Cancel& cancel);
  const HostPolicy& policy() const { return policy_; }

 private:
  std::unique_ptr<CurlSession> take();
  void give_back(std::unique_ptr<CurlSession> session);

  HostPolicy policy_;
  Guarded<std::vector<std::unique_ptr<CurlSession>>> idle_;
};

inline constexpr size_t kMaxCollectedBody = 4u << 20;

}  // namespace rundlet::registry_client
