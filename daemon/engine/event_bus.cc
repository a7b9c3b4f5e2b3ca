#include "daemon/engine/event_bus.h"

#include <cstdint>
#include <unistd.h>

namespace rundlet::daemon {

using spec::docker_api::Event;

EventBus::Subscription::Subscription() : wake_(make_eventfd()) {}

void EventBus::Subscription::push(const Event& event) {
  constexpr size_t kMostWaiting = 10'000;
  std::lock_guard lock(mutex_);
  if (queue_.size() >= kMostWaiting) queue_.pop_front();
  queue_.push_back(event);
  uint64_t one = 1;
  // Cannot fail in a way that matters: a full counter is readable too.
  [[maybe_unused]] ssize_t n = ::write(wake_.get(), &one, sizeof one);
}

std::vector<Event> EventBus::Subscription::take() {
  std::lock_guard lock(mutex_);
  uint64_t count;
  [[maybe_unused]] ssize_t n = ::read(wake_.get(), &count, sizeof count);
  std::vector<Event> events(queue_.begin(), queue_.end());
  queue_.clear();
  return events;
}

void EventBus::publish(Event event) {
  std::lock_guard lock(mutex_);
  kept_.push_back(event);
  if (kept_.size() > kKept) kept_.pop_front();
  subscriptions_.remove_if([&](const std::weak_ptr<Subscription>& weak) {
    auto subscription = weak.lock();
    if (subscription) subscription->push(event);
    return !subscription;
  });
}

std::shared_ptr<EventBus::Subscription> EventBus::subscribe(std::optional<TimePoint> since) {
  auto subscription = std::make_shared<Subscription>();
  std::lock_guard lock(mutex_);
  if (since)
    for (const Event& event : kept_)
      if (event.time >= *since) subscription->push(event);
  subscriptions_.push_back(subscription);
  return subscription;
}

int EventBus::subscribers() const {
  std::lock_guard lock(mutex_);
  subscriptions_.remove_if([](const auto& weak) { return weak.expired(); });
  return static_cast<int>(subscriptions_.size());
}

}  // namespace rundlet::daemon
