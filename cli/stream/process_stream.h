// Connects the user's terminal or pipes with a container's process, until one of them ends.
#pragma once

#include <functional>
#include <string>

#include "cli/stream/signal_listener.h"
#include "orchestrate/engine/engine_client.h"

namespace rundlet::cli {

struct StreamOptions {
  bool tty = false;  // one raw stream; else frames for stdout and stderr
  bool attach_stdin = false;
  std::string detach_sequence;              // bytes; empty: no detaching
  SignalListener* signals = nullptr;        // null: signals act on this program
  std::function<void(int)> forward_signal;  // empty: not forwarded
  std::function<void()> on_resize;          // called at SIGWINCH
};

enum class StreamEnd { process_closed, user_detached };

// Reads this program's stdin, writes its stdout and stderr. The terminal is in raw mode meanwhile when stdin
// is attached and the process has a terminal.
StreamEnd run_stream(orchestrate::ProcessStream stream, const StreamOptions& options);

}  // namespace rundlet::cli
