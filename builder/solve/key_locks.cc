#include "builder/solve/key_locks.h"

#include <chrono>

namespace rundlet::builder::solve {

KeyLocks::Held KeyLocks::acquire(const std::string& key, const Cancel& cancel) {
  std::unique_lock lock(mutex_);
  while (held_.contains(key)) {
    check_cancelled(cancel);
    released_.wait_for(lock, std::chrono::milliseconds(100));
  }
  held_.insert(key);
  return Held(*this, key);
}

void KeyLocks::release(const std::string& key) {
  {
    std::lock_guard lock(mutex_);
    held_.erase(key);
  }
  released_.notify_all();
}

}  // namespace rundlet::builder::solve
