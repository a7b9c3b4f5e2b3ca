#include "base/codec/sha256.h"
#include "registry-client/registry.h"
#include "registry-client/registry_error.h"
#include "registry-client/state.h"
#include "registry-client/wire.h"
#include "spec/oci_image.h"

namespace rundlet::registry_client {
namespace {

namespace media_type = spec::media_type;

bool is_schema1(const std::string& type) {
  return type.starts_with("application/vnd.docker.distribution.manifest.v1+");
}

// The header's type without parameters; what the manifest says of itself where the header says nothing
// useful.
std::string type_of(const HttpResponse& response) {
  std::string type = response.header("Content-Type").value_or("");
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  if (media_type::is_index(type) || media_type::is_manifest(type) || is_schema1(type)) return type;
  std::string inner = media_type_in(response.body);
  return inner.empty() ? type : inner;
}

// A header that names another digest than the content has means a broken or lying registry.
spec::Digest checked_digest(const HttpResponse& response, const std::string& asked) {
  spec::Digest digest = spec::Digest::sha256(codec::sha256_hex(response.body));
  std::string named = response.header("Docker-Content-Digest").value_or("");
  bool wrong =
      is_digest(asked) ? asked != digest.str() : named.starts_with("sha256:") && named != digest.str();
  if (wrong)
    throw_invalid("manifest verification failed for digest " + (is_digest(asked) ? asked : named) +
                  ": its content is " + digest.str());
  return digest;
}

[[noreturn]] void throw_pull_refusal(const HttpResponse& response, const spec::Reference& reference) {
  std::string code = wire_code(response);
  std::string reason = describe_refusal(response);
  if (code == "DENIED")
    throw_not_found("pull access denied for " + reference.familiar_name() +
                    ", repository does not exist or may require 'docker login': " + reason);
  if (code == "NAME_UNKNOWN")
    throw_not_found("repository " + reference.familiar_name() + " not found: " + reason);
  if (code == "MANIFEST_UNKNOWN" || response.status == 404)
    throw_not_found("manifest for " + reference.familiar() + " not found: " + reason);
  throw_refusal(response);
}

}  // namespace

std::vector<std::string> manifest_accept_headers() {
  return {std::string("Accept: ") + media_type::kOciIndex + ", " + media_type::kOciManifest + ", " +
          media_type::kDockerIndex + ", " + media_type::kDockerManifest};
}

FetchedManifest Registry::get_manifest(const std::string& tag_or_digest, const Cancel& cancel) {
  if (is_digest(tag_or_digest)) spec::Digest::parse(tag_or_digest);
  ApiRequest request;
  request.target = state_->target("manifests/" + tag_or_digest);
  request.headers = manifest_accept_headers();
  request.scopes = state_->pull_scopes();
  FetchedManifest manifest;
  state_->read_from_any([&](Endpoint& endpoint) {
    HttpResponse response = endpoint.send(request, cancel);
    spec::Reference reference = state_->at(tag_or_digest);
    if (!response.ok()) throw_pull_refusal(response, reference);
    manifest.media_type = type_of(response);
    if (is_schema1(manifest.media_type))
      throw_error(ErrorCode::unimplemented,
                  "manifest version 2, schema 1 is not supported: ask the author of " + reference.familiar() +
                      " for an image in the OCI format");
    manifest.digest = checked_digest(response, tag_or_digest);
    manifest.bytes = std::move(response.body);
  });
  return manifest;
}

spec::Digest Registry::put_manifest(const std::string& tag_or_digest, const std::string& type,
                                    std::string_view bytes, const Cancel& cancel) {
  ApiRequest request;
  request.method = "PUT";
  request.target = state_->target("manifests/" + tag_or_digest);
  request.headers = {"Content-Type: " + type};
  request.scopes = state_->push_scopes();
  request.body = std::string(bytes);
  HttpResponse response = state_->primary().send(request, cancel);
  if (!response.ok()) throw_refusal(response);
  spec::Digest digest = spec::Digest::sha256(codec::sha256_hex(bytes));
  std::string named = response.header("Docker-Content-Digest").value_or(digest.str());
  if (named.starts_with("sha256:") && named != digest.str())
    throw_error(ErrorCode::internal,
                "the registry stored the manifest as " + named + " instead of " + digest.str());
  return digest;
}

}  // namespace rundlet::registry_client
