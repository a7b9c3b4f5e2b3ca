#include "runtime/isolation/seccomp.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "base/fd.h"

namespace rundlet::runtime {

std::vector<sock_filter> read_seccomp_program(const std::string& path) {
  if (path.empty()) return {};
  std::string bytes = read_file(path);
  if (bytes.empty() || bytes.size() % sizeof(sock_filter) != 0 ||
      bytes.size() / sizeof(sock_filter) > BPF_MAXINSNS)
    throw_invalid("not a seccomp program: " + path);
  std::vector<sock_filter> program(bytes.size() / sizeof(sock_filter));
  std::memcpy(program.data(), bytes.data(), bytes.size());
  return program;
}

void load_seccomp(const std::vector<sock_filter>& program) {
  if (program.empty()) return;
  sock_fprog filter = {static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0)
    throw_errno("load the seccomp program");
}

}  // namespace rundlet::runtime
