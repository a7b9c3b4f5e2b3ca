// A piece of JSON that is carried as it came. Light, for headers; the codec is base/codec/json.h.
#pragma once

#include <string>

namespace rundlet::json {

struct Raw {
  std::string text;  // empty: absent
};

}  // namespace rundlet::json
