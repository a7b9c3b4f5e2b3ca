#include "builder/solve/key_locks.h"

#include <chrono>

namespace rundlet::builder::solve {

KeyLocks::Held::Held(KeyLocks& owner, std::string key, const Cancel& cancel)
    : owner_(owner), key_(std::move(key)) {
  std::unique_lock lock(owner_.mutex_);
  while (owner_.held_.contains(key_)) {
    check_cancelled(cancel);
    owner_.released_.wait_for(lock, std::chrono::milliseconds(100));
  }
  owner_.held_.insert(key_);
}

bool KeyLocks::try_lock(const std::string& key) {
  std::lock_guard lock(mutex_);
  return held_.insert(key).second;
}

void KeyLocks::unlock(const std::string& key) {
  {
    std::lock_guard lock(mutex_);
    held_.erase(key);
  }
  released_.notify_all();
}

}  // namespace rundlet::builder::solve
