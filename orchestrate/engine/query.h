// Query parameters as the Engine API writes them: what is empty or unset is left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "orchestrate/engine/engine_client.h"

namespace rundlet::orchestrate {

class QueryBuilder {
 public:
  QueryBuilder& text(std::string name, const std::string& value) {
    if (!value.empty()) query_.emplace_back(std::move(name), value);
    return *this;
  }
  QueryBuilder& flag(std::string name, bool value) { return text(std::move(name), value ? "1" : ""); }
  QueryBuilder& number(std::string name, int64_t value) {
    return text(std::move(name), value != 0 ? std::to_string(value) : "");
  }
  QueryBuilder& list(const std::string& name, const std::vector<std::string>& values) {
    for (const std::string& value : values) query_.emplace_back(name, value);
    return *this;
  }
  QueryBuilder& filters(const docker_api::Filters& filters) {
    return text("filters", filters.empty() ? "" : docker_api::to_json(filters));
  }
  QueryBuilder& always(std::string name, std::string value) {
    query_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  operator Query() && { return std::move(query_); }
  Query take() { return std::move(query_); }

 private:
  Query query_;
};

}  // namespace rundlet::orchestrate
