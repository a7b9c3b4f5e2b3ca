// From a command line to a verb: global flags, groups ("image ls"), help.
#pragma once

#include <string>
#include <vector>

namespace rundlet::cli {

// Gives the exit code; throws what the verb throws.
int run_command_line(const std::vector<std::string>& args);

}  // namespace rundlet::cli
