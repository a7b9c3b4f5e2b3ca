#include "base/net/netns.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>

#include <cerrno>
#include <exception>
#include <thread>

#include "base/error.h"
#include "base/log.h"

namespace rundlet::net {
namespace {

class Visit {
 public:
  explicit Visit(int netns_fd) : home_(current_netns()) {
    if (::setns(netns_fd, CLONE_NEWNET) < 0) throw_errno("enter network namespace");
  }
  ~Visit() {
    if (::setns(home_.get(), CLONE_NEWNET) == 0) return;
    log::error("cannot return from a network namespace");
    std::terminate();
  }
  Visit(const Visit&) = delete;

 private:
  Fd home_;
};

}  // namespace

Fd current_netns() {
  return open_file("/proc/thread-self/ns/net", O_RDONLY);
}

Fd create_netns() {
  Fd netns;
  std::exception_ptr failure;
  std::thread([&] {
    try {
      if (::unshare(CLONE_NEWNET) < 0) throw_errno("create network namespace");
      netns = current_netns();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
  return netns;
}

void in_netns(int netns_fd, const std::function<void()>& work) {
  Visit visit(netns_fd);
  work();
}

// flock on the namespace's own inode.
NetnsLock::NetnsLock(std::chrono::milliseconds patience) : netns_(current_netns()) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (::flock(netns_.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw_errno("lock network namespace");
    if (std::chrono::steady_clock::now() > deadline)
      throw_error(ErrorCode::unavailable, "the network namespace is locked by somebody");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace rundlet::net
