// What a container's first process (or an exec's) and its parent tell each other while the child sets itself
// up. One SOCK_SEQPACKET pair per child; the child's end is CLOEXEC, so that its end of file says: the
// program runs.
//
//   child                         parent
//                        ←  mapped       user namespaces only: the id maps are written
//   hooks_due            →               createRuntime hooks only: all is mounted, the root not yet pivoted
//                        ←  hooks_done
//   console + fd         →               terminal only: the pty's master
//                        ←  go_on        the child is on record; text: its pid as the parent sees it
//   ready                →               only `start` is missing
//                        ←  start
//   failed               →               at any time: code, errno, text; it exits
//   (end of file)                        exec succeeded, or the child died before it could say why
//
// `go_on` may come at any time before the child wants it: the parent writes its record while the child
// mounts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fd.h"

namespace rundlet::runtime {

enum class MessageType : uint32_t { mapped, hooks_due, hooks_done, console, go_on, ready, start, failed };

struct InitMessage {
  MessageType type = MessageType::failed;
  ErrorCode code = ErrorCode::internal;  // failed
  int errno_value = 0;                   // failed
  std::string text;                      // failed, go_on
  std::vector<Fd> fds;                   // console
};

// Without the descriptors, which travel beside it.
std::string encode(const InitMessage& message);
// Throws internal for bytes that are no message.
InitMessage decode(std::string_view bytes);

}  // namespace rundlet::runtime
