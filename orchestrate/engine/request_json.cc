#include "orchestrate/engine/request_json.h"

#include <algorithm>

#include "base/codec/json.h"
#include "base/codec/sha256.h"
#include "spec/docker_api/host_config_describe.h"

namespace rundlet::orchestrate {

namespace {

struct IdAnswer {
  std::string id;
};

template <class Visitor>
void describe(Visitor& v, IdAnswer& answer) {
  v("Id", answer.id);
}

}  // namespace

std::string to_json(const std::map<std::string, std::optional<std::string>>& build_args) {
  return json::encode(build_args);
}
std::string to_json(const std::map<std::string, std::string>& labels) {
  return json::encode(labels);
}
std::string to_json(const std::vector<std::string>& items) {
  return json::encode(items);
}
std::string to_json(const std::vector<spec::docker_api::Ulimit>& ulimits) {
  return json::encode(ulimits);
}

std::string encode_header_json(const std::string& json) {
  std::string text = codec::base64_encode(json);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::string parse_id(const std::string& text) {
  std::string id = json::decode<IdAnswer>(text, json::Unknown::ignore).id;
  if (id.empty()) throw_error(ErrorCode::internal, "the engine's answer has no Id");
  return id;
}

}  // namespace rundlet::orchestrate
