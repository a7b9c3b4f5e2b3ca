// Cancels long work when its client goes away.
#pragma once

#include "base/cancel.h"
#include "base/http/server.h"
#include "base/reactor.h"

namespace rundlet::daemon {

class ClientWatch {
 public:
  ClientWatch(Reactor& reactor, http::ResponseWriter& response);
  ~ClientWatch();
  ClientWatch(const ClientWatch&) = delete;

  const Cancel& cancel() const { return cancel_; }

 private:
  Reactor& reactor_;
  Cancel cancel_ = std::make_shared<CancelSource>();
  Fd client_;
  Reactor::Token token_ = 0;
};

}  // namespace rundlet::daemon
