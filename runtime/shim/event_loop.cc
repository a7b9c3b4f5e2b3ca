#include "runtime/shim/event_loop.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/error.h"

namespace rundlet::runtime {

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw_errno("epoll_create1");
}

void EventLoop::watch(int fd, uint32_t events, Ready ready) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) throw_errno("epoll_ctl");
  handlers_[fd] = std::make_shared<Ready>(std::move(ready));
}

void EventLoop::change(int fd, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) < 0) throw_errno("epoll_ctl");
}

void EventLoop::forget(int fd) {
  if (handlers_.erase(fd) == 0) return;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr) < 0) throw_errno("epoll_ctl");
}

void EventLoop::after(int millis, Timer timer) {
  timers_.emplace(steady_millis() + millis, std::move(timer));
}

int EventLoop::next_timeout() const {
  if (timers_.empty()) return -1;
  return static_cast<int>(std::clamp<int64_t>(timers_.begin()->first - steady_millis(), 0, 3600'000));
}

void EventLoop::run_timers() {
  while (!timers_.empty() && timers_.begin()->first <= steady_millis()) {
    Timer timer = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    guarded(timer, -1);
  }
}

// The boundary of everything that happens on the loop: one failure must not take the container's keeper away.
// A descriptor whose handler failed would stay ready and fail for ever, so it is let go.
void EventLoop::guarded(const std::function<void()>& body, int fd) {
  try {
    body();
  } catch (const std::exception& error) {
    ::dprintf(STDERR_FILENO, "rundlet-shim: %s\n", error.what());
    if (fd >= 0) forget(fd);
  }
}

void EventLoop::run() {
  while (running_) {
    epoll_event event = {};
    int ready = ::epoll_wait(epoll_.get(), &event, 1, next_timeout());
    if (ready < 0 && errno != EINTR) throw_errno("epoll_wait");
    run_timers();
    if (ready != 1) continue;
    auto found = handlers_.find(event.data.fd);
    if (found == handlers_.end()) continue;
    std::shared_ptr<Ready> handler = found->second;  // it may forget itself
    guarded([&] { (*handler)(event.events); }, event.data.fd);
  }
}

}  // namespace rundlet::runtime
