#include "daemon/api/client_watch.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include "base/error.h"

namespace rundlet::daemon {

// A duplicate, since the connection may be closed before this goes.
ClientWatch::ClientWatch(Reactor& reactor, http::ResponseWriter& response) : reactor_(reactor) {
  int copy = ::fcntl(response.client_fd(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw_errno("watch the client");
  client_ = Fd(copy);
  token_ = reactor_.watch(client_.get(), EPOLLRDHUP | EPOLLONESHOT, [cancel = cancel_](uint32_t) { cancel->cancel(); });
}

ClientWatch::~ClientWatch() { reactor_.unwatch(token_); }

}  // namespace rundlet::daemon
