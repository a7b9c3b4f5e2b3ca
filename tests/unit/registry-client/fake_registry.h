// A scripted HTTP server on loopback that remembers what it was asked.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/guarded.h"
#include "base/http/server.h"

namespace rundlet::registry_client {

struct SeenRequest {
  std::string method, path, authorization, range, body;
  std::vector<std::pair<std::string, std::string>> query;
  bool operator==(const std::string& method_and_path) const { return method + " " + path == method_and_path; }
};

class FakeRegistry {
 public:
  // `answer` gets every request but GET /v2/, which is answered by 200, and after its body was read.
  using Answer = std::function<void(const SeenRequest&, http::ResponseWriter&)>;
  explicit FakeRegistry(Answer answer, std::optional<http::TlsConfig> tls = {},
                        const std::string& address = "127.0.0.1")
      : answer_(std::move(answer)),
        server_([this](auto& request, auto& response) { handle(request, response); }) {
    Fd listener = http::listen_tcp(address + ":0");
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&bound), &size) < 0)
      throw_errno("getsockname");
    host_ = address + ":" + std::to_string(ntohs(bound.sin_port));
    server_.serve(std::move(listener), std::move(tls));
  }

  const std::string& host() const { return host_; }
  std::string url() const { return "http://" + host_; }
  std::vector<SeenRequest> seen() const {
    return seen_.with([](const auto& seen) { return seen; });
  }
  size_t count(const std::string& method_and_path) const {
    auto all = seen();
    return static_cast<size_t>(std::count(all.begin(), all.end(), method_and_path));
  }

 private:
  void handle(http::Request& request, http::ResponseWriter& response) {
    SeenRequest seen{request.method,
                     request.url.path,
                     request.headers.get("Authorization").value_or(""),
                     request.headers.get("Range").value_or(""),
                     request.body->read_all(64u << 20),
                     request.url.query};
    seen_.with([&](auto& all) { all.push_back(seen); });
    if (seen == "GET /v2/" && seen.authorization.empty() && open_ping) return response.send_empty(200);
    answer_(seen, response);
  }

  Answer answer_;
  std::string host_;
  Guarded<std::vector<SeenRequest>> seen_;

 public:
  bool open_ping = true;  // false: GET /v2/ is for the script, too

 private:
  http::Server server_;  // last: its threads use the members above
};

inline void send_error(http::ResponseWriter& response, int status, const std::string& code,
                       const std::string& message) {
  response.send(status, "application/json",
                R"({"errors":[{"code":")" + code + R"(","message":")" + message + R"(","detail":{}}]})");
}

inline std::optional<std::string> query_value(const SeenRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.query)
    if (key == name) return value;
  return std::nullopt;
}

}  // namespace rundlet::registry_client
