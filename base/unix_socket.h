// Unix sockets with descriptors passed along (SCM_RIGHTS).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace rundlet {

// Replaces a stale socket file; refuses, with failed_precondition, one on which somebody listens. type:
// SOCK_STREAM or SOCK_SEQPACKET. Paths longer than sun_path are handled through /proc/self/fd. The mode is
// set before the socket listens.
Fd listen_unix(const std::string& path, int type, unsigned mode = 0600);
// Throws unavailable when nobody listens.
Fd connect_unix(const std::string& path, int type);

struct Message {
  std::string data;
  std::vector<Fd> fds;
};
// SOCK_SEQPACKET: one message, one packet; at most 8 descriptors and 1 MiB. Blocks when the descriptor does.
// Both sides use these two functions: a packet starts with a byte of theirs, and long data travels in a memfd
// beside it.
void send_message(int socket, std::string_view data, const std::vector<int>& fds = {});
// nullopt at end of file (errno 0), and when a non-blocking socket has nothing (errno EAGAIN).
std::optional<Message> receive_message(int socket);

}  // namespace rundlet
