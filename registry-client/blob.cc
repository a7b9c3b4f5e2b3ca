#include <charconv>

#include "registry-client/registry.h"
#include "registry-client/registry_error.h"
#include "registry-client/state.h"
#include "registry-client/url.h"

namespace rundlet::registry_client {
namespace {

constexpr int kOk = 200, kCreated = 201, kRangeNotSatisfiable = 416, kNotFound = 404;
// A registry may copy a blob to its storage before it answers the last request of an upload.
constexpr int kCommitStallSeconds = 300;

// "bytes 100-199/200" starts at 100.
std::optional<uint64_t> range_start(const HttpResponse& response) {
  std::string value = response.header("Content-Range").value_or("");
  if (!value.starts_with("bytes ")) return std::nullopt;
  uint64_t start = 0;
  auto [end, error] = std::from_chars(value.data() + 6, value.data() + value.size(), start);
  return error == std::errc{} ? std::optional(start) : std::nullopt;
}

std::string upload_location(const HttpResponse& response) {
  auto location = response.header("Location");
  if (!location)
    throw_error(ErrorCode::unavailable, "the registry began an upload without a Location: " + response.url);
  return resolve_url(response.url, *location);
}

}  // namespace

void Registry::get_blob(const spec::Digest& digest, uint64_t offset,
                        const std::function<void(std::string_view)>& on_data,
                        const std::function<void()>& on_restart, const Cancel& cancel) {
  bool delivered = false;
  ApiRequest request;
  request.target = state_->target("blobs/" + digest.str());
  request.scopes = state_->pull_scopes();
  if (offset > 0) request.headers = {"Range: bytes=" + std::to_string(offset) + "-"};
  request.on_body = [&](const HttpResponse& head, std::string_view data) {
    if (!delivered && offset > 0 && head.status == kOk) on_restart();
    if (!delivered && head.status != kOk && range_start(head) != offset)
      throw_error(ErrorCode::unavailable, "the registry answered with another range of " + digest.str());
    delivered = true;
    on_data(data);
  };
  auto read = [&](Endpoint& endpoint) {
    HttpResponse response = endpoint.send(request, cancel);
    if (response.status == kRangeNotSatisfiable) {
      on_restart();
      request.headers.clear();
      offset = 0;
      response = endpoint.send(request, cancel);
    }
    if (!response.ok())
      throw Error(code_of_refusal(response), describe_refusal(response)).with_context(digest.str());
  };
  state_->read_from_any(read, [&] { return !delivered; });
}

bool Registry::has_blob(const spec::Digest& digest, const Cancel& cancel) {
  ApiRequest request;
  request.method = "HEAD";
  request.target = state_->target("blobs/" + digest.str());
  request.scopes = state_->push_scopes();
  HttpResponse response = state_->primary().send(request, cancel);
  if (response.status == kNotFound) return false;
  if (!response.ok()) throw_refusal(response);
  return true;
}

bool Registry::mount_blob(const spec::Digest& digest, const std::string& from_repository,
                          const Cancel& cancel) {
  ApiRequest request;
  request.method = "POST";
  request.target = with_query(with_query(state_->target("blobs/uploads/"), "mount", digest.str()), "from",
                              from_repository);
  request.scopes = state_->push_scopes();
  request.scopes.push_back("repository:" + from_repository + ":pull");
  request.body = "";
  HttpResponse response = state_->primary().send(request, cancel);
  if (response.status == kCreated) return true;
  // Some registries refuse what they cannot mount; a plain upload may still do.
  if (!response.ok()) return false;
  std::string location = upload_location(response);
  state_->begun_uploads.with([&](auto& uploads) { uploads[digest] = location; });
  return false;
}

void Registry::put_blob(const spec::Digest& digest, uint64_t size,
                        const std::function<size_t(char*, size_t)>& read, const Cancel& cancel) {
  std::string location = state_->begun_uploads.with([&](auto& uploads) {
    auto node = uploads.extract(digest);
    return node ? node.mapped() : std::string();
  });
  ApiRequest request;
  request.scopes = state_->push_scopes();
  if (location.empty()) {
    request.method = "POST";
    request.target = state_->target("blobs/uploads/");
    request.body = "";
    HttpResponse begun = state_->primary().send(request, cancel);
    if (!begun.ok()) throw_refusal(begun);
    location = upload_location(begun);
  }
  request.method = "PUT";
  request.target = with_query(location, "digest", digest.str());
  request.headers = {"Content-Type: application/octet-stream"};
  request.body.reset();
  request.read_body = read;
  request.body_size = size;
  request.stall_seconds = kCommitStallSeconds;
  HttpResponse response = state_->primary().send(request, cancel);
  if (!response.ok())
    throw Error(code_of_refusal(response), describe_refusal(response)).with_context(digest.str());
}

}  // namespace rundlet::registry_client
