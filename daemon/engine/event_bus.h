// Events for `docker events`: the newest are kept for `since`, the rest goes to who is subscribed now.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "spec/docker_api/system.h"

namespace rundlet::daemon {

class EventBus {
 public:
  void publish(spec::docker_api::Event event);

  // A reader of its own pace. One that is 10,000 events behind loses the oldest.
  class Subscription {
   public:
    Subscription();
    // Readable while events wait.
    int fd() const { return wake_.get(); }
    std::vector<spec::docker_api::Event> take();

   private:
    friend class EventBus;
    void push(const spec::docker_api::Event& event);
    std::mutex mutex_;
    std::deque<spec::docker_api::Event> queue_;
    Fd wake_;
  };
  // With the kept events from `since` on already queued.
  std::shared_ptr<Subscription> subscribe(std::optional<TimePoint> since = {});
  int subscribers() const;

 private:
  static constexpr size_t kKept = 1024;
  mutable std::mutex mutex_;
  std::deque<spec::docker_api::Event> kept_;
  mutable std::list<std::weak_ptr<Subscription>> subscriptions_;
};

}  // namespace rundlet::daemon
