// A cloned child on its way to the program it shall run: the parent's side of runtime/init/message.h, on the
// loop.
#pragma once

#include <functional>
#include <optional>

#include "runtime/init/clone.h"
#include "runtime/shim/event_loop.h"

namespace rundlet::runtime {

class SetUp {
 public:
  struct Events {
    std::function<void(Fd)> console;  // the terminal's master
    std::function<void()> hooks_due;  // returns when the hooks have run; may throw
    std::function<void()> ready;      // only start() is missing
    std::function<void()> running;    // the program runs
    std::function<void(const Error&)> failed;
  };
  SetUp(EventLoop& loop, Channel channel, Events events);
  ~SetUp();
  SetUp(const SetUp&) = delete;
  SetUp& operator=(const SetUp&) = delete;

  // The child has been recorded; pid is what hooks are told.
  void go_on(pid_t pid);
  // At once or as soon as the child is ready.
  void start();
  bool is_ready() const { return ready_; }
  bool done() const { return done_; }
  // The child is dead: what it has said is still to be read.
  void child_ended();

 private:
  // False when there is nothing more to read.
  bool receive();
  void handle(InitMessage message);
  void end_of_file();
  void fail(const Error& error);
  void close();

  EventLoop& loop_;
  Channel channel_;
  Events events_;
  bool ready_ = false, wanted_ = false, started_ = false, done_ = false;
};

}  // namespace rundlet::runtime
