// rundlet-oci: the OCI runtime, usable by any engine through its --runtime.
#include <fcntl.h>

#include <cstdio>
#include <exception>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "runtime/args.h"
#include "runtime/commands/log_line_json.h"

namespace {

using namespace rundlet;
using namespace rundlet::runtime;

// conmon and podman read the reason from the log file.
void report(const GlobalOptions& global, const std::string& message) {
  std::fprintf(stderr, "rundlet-oci: %s\n", message.c_str());
  if (global.log.empty()) return;
  try {
    Fd file = open_file(global.log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    std::string line = global.log_format == "json"
                           ? json_log_line(message)
                           : "time=" + format_rfc3339(now()) + " level=error msg=" + message;
    write_all(file.get(), line + "\n");
  } catch (const Error& error) {
    std::fprintf(stderr, "rundlet-oci: %s\n", error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  GlobalOptions global;
  try {
    return run_command_line(argc, argv, global);
  } catch (const std::exception& error) {
    report(global, error.what());
    return 1;
  }
}
