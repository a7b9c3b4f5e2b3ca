#include "orchestrate/engine/engine_client.h"

#include <cerrno>
#include <charconv>

#include "base/error.h"
#include "orchestrate/engine/json_lines.h"

namespace rundlet::orchestrate {

namespace {

std::string describe(const http::Endpoint& endpoint) {
  if (!endpoint.unix_path.empty()) return "unix://" + endpoint.unix_path;
  bool v6 = endpoint.host.find(':') != std::string::npos;
  return "tcp://" + (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

std::pair<int, int> version_numbers(const std::string& text) {
  std::pair<int, int> numbers{0, 0};
  const char* end = text.data() + text.size();
  auto major = std::from_chars(text.data(), end, numbers.first);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return {0, 0};
  auto minor = std::from_chars(major.ptr + 1, end, numbers.second);
  return minor.ec == std::errc{} ? numbers : std::pair{0, 0};
}

std::string encode_query(const Query& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    text += text.empty() ? '?' : '&';
    text += http::percent_encode(name) + "=" + http::percent_encode(value);
  }
  return text;
}

std::string error_message(std::string_view body) {
  try {
    std::string message = docker_api::parse_error_body(body);
    if (!message.empty()) return message;
  } catch (const Error&) {
    // Not an engine's error body: a proxy's page or plain text, which is then the best there is to say.
  }
  return std::string(body);
}

}  // namespace

EngineClient::EngineClient(http::Endpoint endpoint, std::string api_version, bool negotiate)
    : client_(endpoint),
      address_(describe(endpoint)),
      api_version_(std::move(api_version)),
      negotiated_(!negotiate) {
  headers_.set("User-Agent", "Rundlet-Client/" RUNDLET_VERSION " (linux)");
}

void EngineClient::add_header(std::string name, std::string value) {
  headers_.set(std::move(name), std::move(value));
}

std::string EngineClient::api_version() {
  std::lock_guard lock(mutex_);
  if (!negotiated_) {
    Ping answer = ping();
    // An engine that does not say is older than 1.24.
    api_version_ = lower_version(api_version_, answer.api_version.empty() ? "1.24" : answer.api_version);
    negotiated_ = true;
  }
  return api_version_;
}

http::ClientRequest EngineClient::request(std::string method, std::string_view path, const Query& query) {
  http::ClientRequest request;
  request.method = std::move(method);
  request.target = "/v" + api_version() + std::string(path) + encode_query(query);
  request.headers = headers_;
  return request;
}

http::ClientResponse EngineClient::call(const http::ClientRequest& request, const OnData& on_data,
                                        const Cancel& cancel) {
  http::ClientResponse response;
  try {
    response = client_.exchange(request, on_data, cancel);
  } catch (const Error& error) {
    throw_if_unreachable(error);
    throw;
  }
  if (response.status >= 400) refused(response.status, response.body);
  return response;
}

http::ClientResponse EngineClient::post_json(std::string_view path, std::string body, const Query& query) {
  http::ClientRequest message = request("POST", path, query);
  message.headers.set("Content-Type", "application/json");
  message.body = std::move(body);
  return call(message);
}

void EngineClient::post(std::string_view path, const Query& query, const Cancel& cancel) {
  call(request("POST", path, query), {}, cancel);
}

std::string EngineClient::get(std::string_view path, const Query& query) {
  return call(request("GET", path, query)).body;
}

void EngineClient::stream_progress(const http::ClientRequest& request, const OnProgress& on_progress,
                                   const Cancel& cancel) {
  JsonLines lines([&](std::string_view line) {
    docker_api::ProgressMessage message = docker_api::parse_progress(line);
    if (!message.error.empty()) throw ProgressError(message.error, message.error_code);
    if (on_progress) on_progress(message);
  });
  call(
      request, [&](std::string_view data) { lines.feed(data); }, cancel);
  lines.finish();
}

ProcessStream EngineClient::open_stream(http::ClientRequest request) {
  http::Client::Upgraded upgraded;
  try {
    upgraded = client_.upgrade(request);
  } catch (const Error& error) {
    throw_if_unreachable(error);
    throw;
  }
  if (upgraded.status >= 400) refused(upgraded.status, upgraded.body);
  if (!upgraded.socket) throw_error(ErrorCode::internal, "the engine did not open a stream");
  return {std::move(upgraded.socket), std::move(upgraded.unread)};
}

void EngineClient::refused(int status, std::string_view body) const {
  std::string message = error_message(body);
  if (message.empty()) message = "request returned " + std::string(http::reason_phrase(status));
  throw EngineError(error_code_of_status(status), message);
}

void EngineClient::throw_if_unreachable(const Error& error) const {
  switch (error.errno_value()) {
    case ENOENT:
    case ECONNREFUSED:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
      throw Error(ErrorCode::unavailable,
                  "Cannot connect to the Rundlet daemon at " + address_ + ". Is rundletd running?",
                  error.errno_value());
    default:
      return;
  }
}

std::string encode_path(std::string_view name) {
  std::string path;
  while (true) {
    size_t slash = name.find('/');
    path += http::percent_encode(name.substr(0, slash));
    if (slash == std::string_view::npos) return path;
    path += '/';
    name.remove_prefix(slash + 1);
  }
}

ErrorCode error_code_of_status(int status) {
  switch (status) {
    case 400:
      return ErrorCode::invalid_argument;
    case 401:
      return ErrorCode::unauthenticated;
    case 403:
      return ErrorCode::permission_denied;
    case 404:
      return ErrorCode::not_found;
    case 409:
      return ErrorCode::conflict;
    case 501:
      return ErrorCode::unimplemented;
    case 503:
      return ErrorCode::unavailable;
    default:
      return ErrorCode::internal;
  }
}

std::string lower_version(const std::string& a, const std::string& b) {
  return version_numbers(a) < version_numbers(b) ? a : b;
}

}  // namespace rundlet::orchestrate
