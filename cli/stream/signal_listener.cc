#include "cli/stream/signal_listener.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/error.h"

namespace rundlet::cli {

SignalListener::SignalListener(Which which) {
  sigset_t set;
  if (which == Which::all) {
    ::sigfillset(&set);
    for (int own : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGPIPE, SIGCHLD, SIGURG,
                    SIGTTIN, SIGTTOU})
      ::sigdelset(&set, own);
  } else {
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGWINCH);
  }
  fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) throw_errno("signalfd");
  ::pthread_sigmask(SIG_BLOCK, &set, &previous_);
}

SignalListener::~SignalListener() {
  ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

std::optional<int> SignalListener::next() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

std::string signal_name(int signal) {
  if (signal > SIGRTMIN) return fmt::format("RTMIN+{}", signal - SIGRTMIN);
  if (signal == SIGRTMIN) return "RTMIN";
  const char* name = ::sigabbrev_np(signal);
  return name ? name : std::to_string(signal);
}

}  // namespace rundlet::cli
