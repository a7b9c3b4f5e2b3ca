#include "runtime/init/descriptors.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"

namespace rundlet::runtime {
namespace {

void close_range(unsigned first, unsigned last) {
  if (first <= last && ::syscall(SYS_close_range, first, last, 0) < 0) throw_errno("close_range");
}

}  // namespace

void close_all_but(std::vector<int> keep) {
  std::sort(keep.begin(), keep.end());
  unsigned next = 0;
  for (int fd : keep) {
    unsigned kept = static_cast<unsigned>(fd);
    if (kept > next) close_range(next, kept - 1);
    next = std::max(next, kept + 1);
  }
  close_range(next, ~0u);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  if (::sigprocmask(SIG_SETMASK, &none, nullptr) < 0) throw_errno("sigprocmask");
}

}  // namespace rundlet::runtime
