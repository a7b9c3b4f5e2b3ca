// Copies bytes both ways between a connection and a local socket: how a TLS connection is handed to somebody
// who wants a descriptor.
#pragma once

#include <thread>

#include "base/http/transport.h"

namespace rundlet::http {

class Relay {
 public:
  // Begins at once, on two threads. Each direction ends on its own; a failure ends both. outer: must outlive
  // the relay.
  Relay(Transport& outer, Fd inner, int wake_fd);
  // Waits for both directions.
  ~Relay();
  Relay(const Relay&) = delete;
  // Ends both directions.
  void abort();

 private:
  void copy(Transport& from, Transport& to);

  Transport& outer_;
  Transport inner_;
  std::jthread inward_, outward_;
};

}  // namespace rundlet::http
