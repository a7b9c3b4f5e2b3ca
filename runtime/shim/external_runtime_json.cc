#include "base/codec/json.h"
#include "runtime/shim/external_runtime.h"

namespace rundlet::runtime {

std::string last_logged_error(const std::string& log) {
  std::string last;
  for (size_t begin = 0; begin < log.size();) {
    size_t end = std::min(log.find('\n', begin), log.size());
    json::Value line = json::Value::parse(log.substr(begin, end - begin), nullptr, false);
    bool error = line.is_object() && line.value("level", "") == "error" && line.contains("msg") &&
                 line["msg"].is_string();
    if (error) last = line["msg"].get<std::string>();
    begin = end + 1;
  }
  return last;
}

std::string resources_json(const spec::OciResources& resources) {
  spec::OciConfig config;
  config.linux_.resources = resources;
  return json::parse_text(spec::to_json(config)).at("linux").at("resources").dump();
}

}  // namespace rundlet::runtime
