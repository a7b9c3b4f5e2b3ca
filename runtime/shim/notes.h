// The events connection: notes to whichever daemon is there, and the memory of what one that comes later must
// be told.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "runtime/shim/event_loop.h"
#include "runtime/shim/protocol.h"

namespace rundlet::runtime {

class Notes {
 public:
  // lost: called when the connection ends.
  Notes(EventLoop& loop, std::function<void()> lost) : loop_(loop), lost_(std::move(lost)) {}
  ~Notes() { disconnect(); }
  Notes(const Notes&) = delete;
  Notes& operator=(const Notes&) = delete;

  // Takes the place of an earlier connection; what is remembered is told again.
  void connect(Fd socket);
  bool connected() const { return static_cast<bool>(socket_); }
  // remember: for daemons to come; only the last few are.
  void send(const Note& note, bool remember);
  void send_now(const Note& note, const std::vector<int>& fds);

 private:
  void disconnect();
  void ready(uint32_t events);
  void flush();

  EventLoop& loop_;
  std::function<void()> lost_;
  Fd socket_;
  std::deque<std::string> queue_;
  std::deque<std::string> remembered_;
};

}  // namespace rundlet::runtime
