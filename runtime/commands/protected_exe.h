// Processes inside a container see our executable as /proc/PID/exe for a moment; one that could open it for
// writing would own the host (CVE-2019-5736).
#pragma once

namespace rundlet::runtime {

// Executes this program again from a read-only view of its own file, unless it runs from one already.
void protect_own_executable(char** argv);

}  // namespace rundlet::runtime
