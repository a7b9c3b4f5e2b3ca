// Work on one key is done by one thread at a time, over all builds: who comes second finds the first one's
// result.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

#include "base/cancel.h"

namespace rundlet::builder::solve {

class KeyLocks {
 public:
  class Held {
   public:
    // Waits for the key; throws cancelled.
    Held(KeyLocks& owner, std::string key, const Cancel& cancel);
    // Takes over what try_lock gave.
    Held(KeyLocks& owner, std::string key) : owner_(owner), key_(std::move(key)) {}
    ~Held() { owner_.unlock(key_); }
    Held(const Held&) = delete;

   private:
    KeyLocks& owner_;
    std::string key_;
  };

  bool try_lock(const std::string& key);
  void unlock(const std::string& key);

 private:
  std::mutex mutex_;
  std::condition_variable released_;
  std::set<std::string> held_;
};

}  // namespace rundlet::builder::solve
