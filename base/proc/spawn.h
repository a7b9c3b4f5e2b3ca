// Starting programs. The daemon has threads, so it only ever does posix_spawn/vfork-exec, never a fork into C++ code.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace rundlet::proc {

struct SpawnSpec {
  std::vector<std::string> argv;                   // argv[0] is looked up in PATH when it holds no slash
  std::optional<std::vector<std::string>> env;     // "NAME=value"; unset: the caller's environment
  std::vector<std::pair<int, int>> fds;            // (ours, number in the child); everything else is closed
  std::string directory;                           // empty: the caller's
  bool new_session = false;                        // setsid: leaves the caller's session and terminal
};

// The child's pidfd comes with it, so that a signal never reaches a stranger with a recycled pid.
struct Child {
  pid_t pid = -1;
  Fd pidfd;
};
// Stdio that `fds` does not name is /dev/null. Throws not_found when the program is not there.
Child spawn(const SpawnSpec& spec);

// As waitpid gives it.
struct ExitStatus {
  int code = 0;    // exit code, 128 + signal when killed
  int signal = 0;  // 0 when it exited by itself
};
ExitStatus wait(const Child& child);

struct Output {
  ExitStatus status;
  std::string out, err;
};
// Runs to the end, collecting both outputs; input is written to its stdin.
Output run(SpawnSpec spec, const std::string& input = "");

}  // namespace rundlet::proc
