// A container that the user stays with: its streams, its terminal's size, signals and exit code. What run,
// start -a and attach share.
#pragma once

#include <functional>
#include <string>

#include "cli/session.h"
#include "cli/stream/exit_watch.h"
#include "cli/stream/process_stream.h"
#include "cli/stream/signal_listener.h"

namespace rundlet::cli {

struct AttachedOptions {
  std::string id;
  bool tty = false, attach_stdin = false;
  bool sig_proxy = true;
  std::string detach_keys;  // empty: ctrl-p,ctrl-q
  // Attaching to a container that is long running: its screen is made to be drawn again.
  bool redraw = false;
};

struct AttachedEnd {
  bool detached = false;
  int exit_code = 0;
};

// Throws invalid_argument when a terminal is asked for and stdin, which would be attached, is none.
void check_terminal(bool attach_stdin, bool tty);
// The terminal's size for ConsoleSize: {height, width}, zeros without one.
std::vector<uint32_t> console_size();

// Streams until the process or the user ends it, then waits for the exit. `signals` was made before any
// thread.
AttachedEnd stay_attached(orchestrate::EngineClient& engine, const AttachedOptions& options,
                          orchestrate::ProcessStream stream, ExitWatch& exit, SignalListener& signals);

}  // namespace rundlet::cli
