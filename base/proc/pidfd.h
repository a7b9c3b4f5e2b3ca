// Processes that are not our children, held safely against reuse of their pid.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"

namespace rundlet::proc {

// nullopt when there is no such process.
std::optional<Fd> open_pidfd(pid_t pid);
// False when the process is gone.
bool send_signal(const Fd& pidfd, int signal);
// Field 22 of /proc/PID/stat, clock ticks since boot; nullopt when there is no such process. With the boot id it
// names a process for ever.
std::optional<uint64_t> start_time(pid_t pid);
std::string boot_id();
// "SIGKILL", "KILL", "9" and "RTMIN+3" → number; nullopt when unknown.
std::optional<int> signal_from_string(const std::string& name);

}  // namespace rundlet::proc
