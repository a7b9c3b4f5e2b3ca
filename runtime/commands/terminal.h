// Terminals of rundlet-oci's containers: handed over a console socket, or relayed to our own.
#pragma once

#include <string>

#include "base/fd.h"

namespace rundlet::runtime {

// Connects to the socket and sends the master (runc's terminals.md).
void hand_over_console(const std::string& socket, const Fd& master);

// Between our stdio and the container's terminal until the process ends; then what it wrote last.
void relay_terminal(const Fd& master, const Fd& pidfd);

// A listening console socket of our own, for `run` and `exec` in the foreground.
class ConsoleReceiver {
 public:
  explicit ConsoleReceiver(const std::string& directory);
  ~ConsoleReceiver();
  ConsoleReceiver(const ConsoleReceiver&) = delete;
  ConsoleReceiver& operator=(const ConsoleReceiver&) = delete;
  const std::string& path() const { return path_; }
  Fd receive() const;

 private:
  std::string path_;
  Fd listener_;
};

}  // namespace rundlet::runtime
