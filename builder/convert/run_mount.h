// The value of RUN --mount: "type=cache,target=/var/cache/apt,sharing=locked".
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "builder/graph/op.h"

namespace rundlet::builder::convert {

struct RunMount {
  graph::ExecMount mount;
  std::string from;  // bind: stage or image; empty: the build context
};

// `expand` is applied to every value; relative targets begin at `directory`. Throws invalid_argument; types
// and keys that are not supported are refused by name.
RunMount parse_run_mount(std::string_view text, const std::string& directory,
                         const std::function<std::string(std::string_view)>& expand);

// "64k", "1g", "4096": bytes. Throws invalid_argument.
uint64_t parse_size(std::string_view text);

}  // namespace rundlet::builder::convert
