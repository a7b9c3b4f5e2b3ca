// The shim's one thread: descriptors and timers. One event is taken at a time, so a handler may close any
// descriptor without an event of the closed one being still under way.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "base/fd.h"

namespace rundlet::runtime {

class EventLoop {
 public:
  using Ready = std::function<void(uint32_t events)>;  // EPOLLIN, EPOLLHUP, …
  using Timer = std::function<void()>;

  EventLoop();
  // Level-triggered. The descriptor is borrowed: forget it before it is closed.
  void watch(int fd, uint32_t events, Ready ready);
  void change(int fd, uint32_t events);
  // No error when it is not watched.
  void forget(int fd);
  void after(int millis, Timer timer);
  // Until stop().
  void run();
  void stop() { running_ = false; }

 private:
  int next_timeout() const;
  void run_timers();
  void guarded(const std::function<void()>& body, int fd);

  Fd epoll_;
  bool running_ = true;
  std::map<int, std::shared_ptr<Ready>> handlers_;
  std::multimap<int64_t, Timer> timers_;  // by steady_millis
};

}  // namespace rundlet::runtime
