// The last stages: from a child inside the container to the user's program.
#pragma once

#include <string>
#include <vector>

#include "runtime/init/plan.h"

namespace rundlet::runtime {

// As docker makes a missing WorkingDir.
void make_working_directory(const std::string& cwd);
// All that may still fail for a reason worth telling before `start`: the program is looked up.
void prepare_process(const ProcessPlan& program);
// Limits, user, capabilities, seccomp, exec. Returns only by throwing.
[[noreturn]] void exec_process(const ProcessPlan& program);

// The file that exec would run, found in the PATH of `env`. Errors are worded as docker's: not_found
// `exec: "x": executable file not found in $PATH`, permission_denied `exec: "/x": permission denied`.
std::string find_executable(const std::string& name, const std::vector<std::string>& env);
// Of the user in the container's /etc/passwd; "/" when it is not in it.
std::string home_directory(uint32_t uid);

}  // namespace rundlet::runtime
