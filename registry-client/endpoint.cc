#include "registry-client/endpoint.h"

#include "registry-client/registry_error.h"
#include "registry-client/retry.h"
#include "registry-client/url.h"

namespace rundlet::registry_client {
namespace {

constexpr int kMaxRedirects = 10;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_absolute(const std::string& target) {
  return target.starts_with("http://") || target.starts_with("https://");
}

// Go's client names the request in front of what went wrong with it.
std::string named(const std::string& method, const std::string& url, const std::string& reason) {
  std::string verb = method.substr(0, 1);
  for (char c : method.substr(1)) verb += static_cast<char>(c | 0x20);
  return verb + " \"" + url + "\": " + reason;
}

}  // namespace

Endpoint::Endpoint(Transport& transport, std::vector<std::string> bases,
                   std::optional<spec::docker_api::AuthConfig> credentials)
    : transport_(transport), bases_(std::move(bases)), authorizer_(transport, std::move(credentials)) {}

HttpResponse Endpoint::send(const ApiRequest& request, const Cancel& cancel) {
  base(cancel);
  Progress progress;
  return send_with_retries([&] { return send_authorized(request, progress, cancel); },
                           [&] { return !progress.touched; }, cancel);
}

void Endpoint::ping(const Cancel& cancel) {
  HttpResponse response = send({}, cancel);
  if (!response.ok()) throw_refusal(response);
}

std::string Endpoint::base(const Cancel& cancel) {
  std::lock_guard lock(mutex_);
  for (size_t i = 0; chosen_.empty(); ++i) {
    try {
      HttpResponse response = probe(bases_[i], cancel);
      if (response.status == 401) authorizer_.learn(response);
      chosen_ = bases_[i];
    } catch (const TransportError&) {
      if (i + 1 == bases_.size()) throw;
    }
  }
  return chosen_;
}

HttpResponse Endpoint::probe(const std::string& base, const Cancel& cancel) {
  HttpRequest request;
  request.url = base + "/v2/";
  auto send = [&] { return transport_.exchange(request, {}, cancel); };
  // Where another scheme is left to try, a broken answer is a reason to go on.
  if (base != bases_.back()) return send();
  return send_with_retries(
      send, [] { return true; }, cancel);
}

HttpResponse Endpoint::send_authorized(const ApiRequest& what, Progress& progress, const Cancel& cancel) {
  std::string root = base(cancel);
  HttpRequest request;
  request.method = what.method;
  request.url = is_absolute(what.target) ? what.target : root + "/v2/" + what.target;
  request.headers = what.headers;
  request.body = what.body;
  request.body_size = what.body_size;
  request.stall_seconds = what.stall_seconds;
  if (what.read_body)
    request.read_body = [&](char* buffer, size_t size) {
      progress.touched = true;
      return what.read_body(buffer, size);
    };
  try {
    auto authorization = authorizer_.header(what.scopes, cancel);
    HttpResponse response = follow(request, what, root, authorization, progress, cancel);
    bool ours = origin_of(response.url) == origin_of(root);
    if (response.status != 401 || !ours || progress.touched) return response;
    if (!authorizer_.renew(response, what.scopes, authorization)) throw_refusal(response);
    return follow(request, what, root, authorizer_.header(what.scopes, cancel), progress, cancel);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::unauthenticated) throw;
    throw Error(e.code(), named(what.method, request.url, e.message()));
  }
}

HttpResponse Endpoint::follow(HttpRequest request, const ApiRequest& what, const std::string& root,
                              const std::optional<std::string>& authorization, Progress& progress,
                              const Cancel& cancel) {
  BodyFn on_body;
  if (what.on_body)
    on_body = [&](const HttpResponse& head, std::string_view data) {
      progress.touched = true;
      what.on_body(head, data);
    };
  for (int hop = 0; hop <= kMaxRedirects; ++hop) {
    HttpRequest sent = request;
    // Credentials are for the registry alone, never for where it points to.
    if (authorization && origin_of(sent.url) == origin_of(root)) sent.headers.push_back(*authorization);
    HttpResponse response = transport_.exchange(sent, on_body, cancel);
    auto location = response.header("Location");
    if (!is_redirect(response.status) || !location) return response;
    if (progress.touched)
      throw_error(ErrorCode::unavailable,
                  named(request.method, request.url, "redirected in the middle of an upload"));
    request.url = resolve_url(request.url, *location);
  }
  throw_error(ErrorCode::unavailable, named(request.method, request.url, "stopped after 10 redirects"));
}

}  // namespace rundlet::registry_client
