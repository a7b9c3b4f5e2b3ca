// Host and port of the text forms "127.0.0.1:80", "[::1]:80", "host:80".
#pragma once

#include <string>

#include "base/fd.h"
#include "base/http/transport.h"

namespace rundlet::http {

struct HostPort {
  std::string host;  // without brackets
  int port = 0;
};
// Throws invalid_argument. default_port: for a text without one; negative means that it must be there.
HostPort parse_host_port(const std::string& text, int default_port = -1);

// Tries the addresses of the host in turn. wake_fd: readable cancels. Throws unavailable naming host and
// port.
Fd connect_tcp(const HostPort& address, int wake_fd, Deadline deadline);

}  // namespace rundlet::http
