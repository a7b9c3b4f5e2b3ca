#include "image-store/transfer/pause.h"

#include <poll.h>

#include <cerrno>

#include "base/error.h"

namespace rundlet::image_store {

void pause_for(int millis, const Cancel& cancel) {
  pollfd wait{cancel ? cancel->fd() : -1, POLLIN, 0};
  if (::poll(&wait, 1, millis) < 0 && errno != EINTR) throw_errno("poll");
  check_cancelled(cancel);
}

}  // namespace rundlet::image_store
