// "--since" and "--until": what users write, as the unix time that the Engine API takes.
#pragma once

#include <string>

#include "base/clock.h"

namespace rundlet::cli {

// "42m" before `now`; RFC 3339 and its prefixes in local time ("2006-01-02T15:04:05", "2006-01-02"); unix
// seconds with a fraction. Gives "1136073600.000000001". Empty stays empty. Throws invalid_argument,
// naming the flag.
std::string to_unix_timestamp(const char* flag, const std::string& text, TimePoint now);

}  // namespace rundlet::cli
