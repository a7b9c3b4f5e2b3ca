#include "base/reactor.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

namespace rundlet {
namespace {

constexpr Reactor::Token kWakeToken = 0;

void control(int epoll, int operation, int fd, uint32_t events, Reactor::Token token) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = token;
  if (::epoll_ctl(epoll, operation, fd, &event) < 0) throw_errno("epoll_ctl");
}

}  // namespace

Reactor::Reactor() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(make_eventfd()) {
  if (!epoll_) throw_errno("epoll_create");
  control(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), EPOLLIN, kWakeToken);
  thread_ = std::thread([this] { run(); });
}

Reactor::~Reactor() {
  {
    Lock lock(mutex_);
    stopping_ = true;
  }
  wake();
  thread_.join();
}

Reactor::Token Reactor::watch(int fd, uint32_t epoll_events, Ready callback) {
  Lock lock(mutex_);
  Token token = ++last_token_;
  watches_.emplace(token, std::make_shared<Watch>(Watch{fd, std::move(callback)}));
  try {
    control(epoll_.get(), EPOLL_CTL_ADD, fd, epoll_events, token);
  } catch (...) {
    watches_.erase(token);
    throw;
  }
  return token;
}

void Reactor::rearm(Token token, uint32_t epoll_events) {
  Lock lock(mutex_);
  auto found = watches_.find(token);
  if (found != watches_.end()) control(epoll_.get(), EPOLL_CTL_MOD, found->second->fd, epoll_events, token);
}

// Here and below, what a callback holds is let go of after the lock: its destructor may call the reactor.
void Reactor::unwatch(Token token) {
  std::shared_ptr<Watch> dropped;
  Lock lock(mutex_);
  auto found = watches_.find(token);
  if (found != watches_.end()) {
    dropped = found->second;
    // Fails only when the descriptor was closed before its time; then epoll has forgotten it by itself.
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second->fd, nullptr);
    watches_.erase(found);
  }
  await_idle(lock, token);
}

Reactor::Token Reactor::at(int64_t steady_millis, Expired callback) {
  return add_timer(steady_millis, 0, std::move(callback));
}

Reactor::Token Reactor::every(int64_t millis, Expired callback) {
  if (millis <= 0) throw_invalid("timer with a period of " + std::to_string(millis) + " ms");
  return add_timer(steady_millis() + millis, millis, std::move(callback));
}

void Reactor::cancel(Token token) {
  std::shared_ptr<Timer> dropped;
  Lock lock(mutex_);
  dropped = forget_timer(token);
  await_idle(lock, token);
}

Reactor::Token Reactor::add_timer(int64_t deadline, int64_t period, Expired callback) {
  Lock lock(mutex_);
  Token token = ++last_token_;
  auto timer = std::make_shared<Timer>(Timer{period, std::move(callback)});
  auto place = timers_.emplace(std::pair(deadline, token), std::move(timer)).first;
  deadlines_[token] = deadline;
  if (place == timers_.begin()) wake();  // the thread sleeps until a later one
  return token;
}

std::shared_ptr<Reactor::Timer> Reactor::forget_timer(Token token) {
  auto deadline = deadlines_.find(token);
  if (deadline == deadlines_.end()) return nullptr;
  auto timer = timers_.extract({deadline->second, token});
  deadlines_.erase(deadline);
  return timer.mapped();
}

void Reactor::run() {
  std::array<epoll_event, 64> events;
  for (;;) {
    int timeout = next_timeout();
    if (timeout < 0) return;
    int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
    for (int i = 0; i < count; ++i) run_ready(events[i].data.u64, events[i].events);
    run_expired();
  }
}

// Milliseconds until the next timer; -1 when the reactor is to stop.
int Reactor::next_timeout() {
  constexpr int64_t kIdle = INT_MAX;
  Lock lock(mutex_);
  if (stopping_) return -1;
  if (timers_.empty()) return kIdle;
  return static_cast<int>(std::clamp<int64_t>(timers_.begin()->first.first - steady_millis(), 0, kIdle));
}

void Reactor::run_ready(Token token, uint32_t events) {
  if (token == kWakeToken) {
    uint64_t count;
    [[maybe_unused]] ssize_t size = ::read(wake_.get(), &count, sizeof count);  // only to make it unreadable
    return;
  }
  std::shared_ptr<Watch> watch;
  Lock lock(mutex_);
  auto found = watches_.find(token);
  if (stopping_ || found == watches_.end()) return;  // unwatched since epoll reported it
  watch = found->second;
  if (run_unlocked(lock, token, [&] { watch->callback(events); })) return;
  if (watches_.erase(token) > 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watch->fd, nullptr);
}

void Reactor::run_expired() {
  int64_t now = steady_millis();
  while (run_first_expired(now)) continue;
}

bool Reactor::run_first_expired(int64_t now) {
  std::shared_ptr<Timer> timer;
  Lock lock(mutex_);
  if (stopping_ || timers_.empty() || timers_.begin()->first.first > now) return false;
  auto [deadline, token] = timers_.begin()->first;
  timer = forget_timer(token);
  if (timer->period > 0) {  // before it runs, so that it can cancel itself
    int64_t next = std::max(deadline + timer->period, now + 1);
    timers_.emplace(std::pair(next, token), timer);
    deadlines_[token] = next;
  }
  run_unlocked(lock, token, timer->callback);
  return true;
}

template <class F>
bool Reactor::run_unlocked(Lock& lock, Token token, F&& callback) {
  bool completed = false;
  running_ = token;
  lock.unlock();
  try {
    callback();
    completed = true;
  } catch (const std::exception& e) {
    log::error("reactor callback: {}", e.what());
  }
  lock.lock();
  running_ = 0;
  idle_.notify_all();
  return completed;
}

void Reactor::await_idle(Lock& lock, Token token) {
  if (std::this_thread::get_id() == thread_.get_id()) return;
  idle_.wait(lock, [&] { return running_ != token; });
}

void Reactor::wake() {
  uint64_t one = 1;
  [[maybe_unused]] ssize_t size =
      ::write(wake_.get(), &one, sizeof one);  // fails only when it is readable anyway
}

}  // namespace rundlet
