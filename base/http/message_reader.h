// Reads HTTP messages, one after the other, off a transport: head first, then the body as it arrives.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/parser.h"
#include "base/http/transport.h"

namespace rundlet::http {

class MessageReader {
 public:
  MessageReader(Transport& transport, size_t max_header_bytes);

  // Waits for the first byte of the next message; false when the stream ends instead.
  bool wait_for_message(Deadline deadline);
  // Throws ProtocolError, deadline_exceeded, or unavailable when the stream ends within the head.
  const Head& read_head(Parser::Kind kind, Deadline deadline);
  // Fills up to `size` bytes, returns the count, 0 at the end of the body. stall_ms: the longest pause,
  // negative for any.
  size_t read_body(char* buffer, size_t size, int stall_ms);
  bool body_done() const;
  // Reads and drops the rest of the body, at most `max_bytes` of it; false when there is more.
  bool discard_body(size_t max_bytes, int stall_ms);
  // Bytes that came after the message: the raw stream of a hijacked connection.
  std::string take_unread();
  bool has_unread() const { return begin_ < end_; }

 private:
  bool fill(Deadline deadline);
  bool step();
  void skip_empty_lines();

  Transport& transport_;
  size_t max_header_bytes_;
  std::unique_ptr<Parser> parser_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;  // what is not parsed yet
  std::string_view piece_;      // body bytes not handed out yet, in front of begin_
};

}  // namespace rundlet::http
