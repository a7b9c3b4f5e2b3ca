// Named places where a test may end the process as a power cut would: every durable step has one.
// RUNDLET_CRASH_AT=NAME in the environment makes the process raise SIGKILL on itself when it reaches NAME.
#pragma once

#include <string_view>

namespace rundlet {

void crash_point(std::string_view name);

}  // namespace rundlet
