// rundlet-oci's command line.
#pragma once

#include "runtime/commands/commands.h"

namespace rundlet::runtime {

// Parses and runs; the return value is the exit status. global is filled in as far as it was understood.
int run_command_line(int argc, char** argv, GlobalOptions& global);

}  // namespace rundlet::runtime
