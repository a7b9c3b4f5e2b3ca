// Signals as readable events. Blocks them in the calling thread and those it starts, so create it before any
// thread.
#pragma once

#include <signal.h>

#include <optional>
#include <string>

#include "base/fd.h"

namespace rundlet::cli {

class SignalListener {
 public:
  // all: every signal that a process can be told by others; the ones about the program itself (SIGSEGV,
  // SIGPIPE, SIGCHLD, …) keep their meaning. Otherwise only that the terminal's size has changed.
  enum class Which { all, resize };
  explicit SignalListener(Which which);
  ~SignalListener();
  SignalListener(const SignalListener&) = delete;
  SignalListener& operator=(const SignalListener&) = delete;

  int fd() const { return fd_.get(); }
  // The next signal that has arrived; nullopt when there is none.
  std::optional<int> next();

 private:
  Fd fd_;
  sigset_t previous_;
};

// "TERM", "RTMIN+3"; as the Engine API takes it.
std::string signal_name(int signal);

}  // namespace rundlet::cli
