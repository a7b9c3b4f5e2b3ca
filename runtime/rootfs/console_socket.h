// A terminal's master on its way between a runtime and whoever called it (runc's terminals.md,
// --console-socket).
#pragma once

#include <string>

#include "base/fd.h"

namespace rundlet::runtime {

// Connects to the socket and sends the master.
void hand_over_console(const std::string& socket, const Fd& master);

// A console socket of our own; the file goes with the object.
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
