// Network namespaces as descriptors. Threads of one process may live in different ones; a socket stays in the
// namespace that its thread was in when it was made.
#pragma once

#include <chrono>
#include <functional>

#include "base/fd.h"

namespace rundlet::net {

// The calling thread's.
Fd current_netns();
// A new, empty one (its loopback is down). It lives as long as a descriptor, a process or a socket is in it.
Fd create_netns();

// Runs `work` in the namespace and comes back, also when `work` throws. Ends the process when it cannot come
// back: a thread lost in a foreign namespace must not go on.
void in_netns(int netns_fd, const std::function<void()>& work);

// Held by one holder in the calling thread's namespace at a time, for choices among what is free there. Gone
// with the process; leaves no file. Throws unavailable after `patience`: any process of the namespace could
// hold it.
class NetnsLock {
 public:
  explicit NetnsLock(std::chrono::milliseconds patience);

 private:
  Fd netns_;
};

}  // namespace rundlet::net
