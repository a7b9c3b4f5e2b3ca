#include "base/codec/json.h"
#include "registry-client/wire.h"
#include "spec/oci_image.h"

namespace rundlet::registry_client {
namespace {

struct TokenDocument {
  std::string token, access_token;
  int64_t expires_in = 0;
};
template <class Visitor>
void describe(Visitor& v, TokenDocument& t) {
  v("token", t.token);
  v("access_token", t.access_token);
  v("expires_in", t.expires_in);
}

std::string string_at(const json::Value& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// nullptr-like discarded value for what is no JSON: an error page is not an error of its own.
json::Value parse_leniently(std::string_view text) {
  return json::Value::parse(text, nullptr, false);
}

}  // namespace

TokenAnswer parse_token_answer(std::string_view text) {
  auto document = json::decode<TokenDocument>(text, json::Unknown::ignore);
  return {document.token.empty() ? document.access_token : document.token, document.expires_in};
}

std::vector<WireError> parse_wire_errors(std::string_view text) {
  std::vector<WireError> errors;
  json::Value document = parse_leniently(text);
  if (!document.is_object()) return errors;
  auto list = document.find("errors");
  if (list == document.end() || !list->is_array()) {
    // Token services answer {"details": "incorrect username or password"}.
    std::string details = string_at(document, "details");
    if (!details.empty()) errors.push_back({"UNAUTHORIZED", details});
    return errors;
  }
  for (const json::Value& item : *list)
    if (item.is_object()) errors.push_back({string_at(item, "code"), string_at(item, "message")});
  return errors;
}

std::string media_type_in(std::string_view manifest) {
  json::Value document = parse_leniently(manifest);
  if (!document.is_object()) return "";
  std::string type = string_at(document, "mediaType");
  if (!type.empty()) return type;
  if (document.contains("manifests")) return spec::media_type::kOciIndex;
  if (document.contains("config") && document.contains("layers")) return spec::media_type::kOciManifest;
  if (document.contains("fsLayers")) return "application/vnd.docker.distribution.manifest.v1+json";
  return "";
}

}  // namespace rundlet::registry_client
