// The container's stdin: what clients send, held while the container does not read.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "runtime/shim/event_loop.h"

namespace rundlet::runtime {

class Input {
 public:
  // room: called when everything held has been taken, so clients may send again.
  Input(EventLoop& loop, std::function<void()> room) : loop_(loop), room_(std::move(room)) {}
  ~Input() { close(); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // Non-blocking. A terminal stays open when clients end their input.
  void open(Fd sink, bool terminal);
  void write(std::string_view data);
  // Clients wait while this is so.
  bool full() const { return !held_.empty(); }
  // After what is held has been written.
  void end();
  void close();

 private:
  void flush();

  EventLoop& loop_;
  std::function<void()> room_;
  Fd sink_;
  bool terminal_ = false;
  bool opened_ = false;  // before that, input is held
  bool ending_ = false;
  bool watched_ = false;
  std::string held_;
};

}  // namespace rundlet::runtime
