// Times in query parameters: `since` and `until`.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "daemon/api/router.h"

namespace rundlet::daemon {

// Unix seconds with an optional fraction, or RFC 3339; nullopt when absent or 0. Throws invalid_argument.
std::optional<TimePoint> time_parameter(const Call& call, std::string_view name);

}  // namespace rundlet::daemon
