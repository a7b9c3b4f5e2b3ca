#include "registry-client/transport.h"

#include <strings.h>

#include "registry-client/curl_session.h"
#include "registry-client/url.h"

namespace rundlet::registry_client {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<std::string> HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same_name(key, name)) return value;
  return std::nullopt;
}

std::vector<std::string> HttpResponse::header_values(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers)
    if (same_name(key, name)) values.push_back(value);
  return values;
}

Transport::Transport(HostPolicy policy) : policy_(std::move(policy)) {}
Transport::~Transport() = default;

std::unique_ptr<CurlSession> Transport::take() {
  auto session = idle_.with([](auto& idle) -> std::unique_ptr<CurlSession> {
    if (idle.empty()) return nullptr;
    auto last = std::move(idle.back());
    idle.pop_back();
    return last;
  });
  return session ? std::move(session) : std::make_unique<CurlSession>();
}

void Transport::give_back(std::unique_ptr<CurlSession> session) {
  idle_.with([&](auto& idle) { idle.push_back(std::move(session)); });
}

HttpResponse Transport::exchange(const HttpRequest& request, const BodyFn& on_body, const Cancel& cancel) {
  check_cancelled(cancel);
  auto session = take();
  // A session whose exchange throws is dropped with its connections.
  HttpResponse response = session->perform(request, policy_.tls(authority_of(request.url)), on_body, cancel);
  give_back(std::move(session));
  return response;
}

}  // namespace rundlet::registry_client
