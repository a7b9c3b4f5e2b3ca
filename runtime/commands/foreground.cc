#include "runtime/commands/foreground.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/proc/pidfd.h"

namespace rundlet::runtime {
namespace {

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int wait_in_foreground(pid_t pid, const Fd& pidfd) {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  for (;;) {
    int status = 0;
    pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) return exit_code(status);
    if (ended < 0) throw_errno("wait for the container");
    int number = ::sigwaitinfo(&all, nullptr);
    if (number > 0 && number != SIGCHLD) proc::send_signal(pidfd, number);
  }
}

}  // namespace rundlet::runtime
