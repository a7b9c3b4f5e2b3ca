#include "builder/solve/linked_cancel.h"

#include <poll.h>

namespace rundlet::builder::solve {

LinkedCancel::LinkedCancel(const Cancel& outer) : inner_(std::make_shared<CancelSource>()) {
  if (!outer) return;
  end_ = make_eventfd();
  watcher_ = std::thread([outer, inner = inner_, end = end_.get()] {
    pollfd fds[] = {{outer->fd(), POLLIN, 0}, {end, POLLIN, 0}};
    while (fds[0].revents == 0 && fds[1].revents == 0) ::poll(fds, 2, -1);
    if (fds[0].revents != 0) inner->cancel();
  });
}

LinkedCancel::~LinkedCancel() {
  if (!watcher_.joinable()) return;
  uint64_t one = 1;
  write_all(end_.get(), std::string_view(reinterpret_cast<const char*>(&one), sizeof one));
  watcher_.join();
}

}  // namespace rundlet::builder::solve
