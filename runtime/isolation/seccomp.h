// Loading of a compiled seccomp program. Compiling is seccomp_compile.h, in another library.
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

namespace rundlet::runtime {

// A raw array of sock_filter. An empty path gives an empty program: unconfined. Throws invalid_argument for a
// file that is not one.
std::vector<sock_filter> read_seccomp_program(const std::string& path);
// Needs no_new_privs or CAP_SYS_ADMIN. An empty program does nothing.
void load_seccomp(const std::vector<sock_filter>& program);

}  // namespace rundlet::runtime
