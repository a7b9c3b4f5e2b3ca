// One epoll thread that owns the waiting of a process: descriptors that become ready and timers that run out.
// Callbacks run on that thread one at a time, so they must be short and must not block: hand longer work to a
// ThreadPool. An exception that leaves a callback is logged; a watch whose callback threw is dropped (its
// descriptor would stay ready and throw for ever), a timer goes on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/fd.h"

namespace rundlet {

class Reactor {
 public:
  using Token = uint64_t;  // never 0, never used again
  using Ready = std::function<void(uint32_t epoll_events)>;
  using Expired = std::function<void()>;

  Reactor();
  // Waits for the callback that is running; the others never run.
  ~Reactor();
  Reactor(const Reactor&) = delete;

  // Level-triggered unless EPOLLET or EPOLLONESHOT is among the events. The descriptor is borrowed: unwatch
  // before closing it. One watch per descriptor.
  Token watch(int fd, uint32_t epoll_events, Ready callback);
  // Changes the events waited for; arms an EPOLLONESHOT watch again. No effect when the watch is gone.
  void rearm(Token token, uint32_t epoll_events);
  // When it returns the callback does not run any more: it waits for one that is running, so call it without
  // the locks that the callback takes. From within a callback it returns at once. Unknown tokens are no
  // error.
  void unwatch(Token token);

  // Once, at a time of steady_millis().
  Token at(int64_t steady_millis, Expired callback);
  // Every `millis`, first after `millis`; what was missed is not made up for.
  Token every(int64_t millis, Expired callback);
  // As unwatch, for timers.
  void cancel(Token token);

 private:
  struct Watch {
    int fd;
    Ready callback;
  };
  struct Timer {
    int64_t period;  // 0: once
    Expired callback;
  };
  using Lock = std::unique_lock<std::mutex>;

  void run();
  void run_ready(Token token, uint32_t events);
  void run_expired();
  bool run_first_expired(int64_t now);
  int next_timeout();
  Token add_timer(int64_t deadline, int64_t period, Expired callback);
  std::shared_ptr<Timer> forget_timer(Token token);
  // Runs one callback without the lock, noting that it runs; false when it threw.
  template <class F>
  bool run_unlocked(Lock& lock, Token token, F&& callback);
  void await_idle(Lock& lock, Token token);
  void wake();

  Fd epoll_, wake_;
  std::mutex mutex_;
  std::condition_variable idle_;
  Token last_token_ = 0;
  Token running_ = 0;  // whose callback runs now
  bool stopping_ = false;
  std::unordered_map<Token, std::shared_ptr<Watch>> watches_;
  std::map<std::pair<int64_t, Token>, std::shared_ptr<Timer>> timers_;  // by deadline
  std::unordered_map<Token, int64_t> deadlines_;
  std::thread thread_;
};

}  // namespace rundlet
