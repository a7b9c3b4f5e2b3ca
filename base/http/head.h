// The head of an HTTP/1.1 message: what stands before the body, and its text form (RFC 9112).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/http/message.h"

namespace rundlet::http {

struct Head {
  std::string method, target;  // of a request
  int status = 0;              // of a response
  Headers headers;
  bool http_1_0 = false;
  bool keep_alive = false;  // version and Connection header taken together
  bool chunked = false;
  std::optional<uint64_t> content_length;
};

// What the other side sent is not HTTP, or is more than we take; `status` is the answer for it.
class ProtocolError : public Error {
 public:
  ProtocolError(int status, std::string message)
      : Error(ErrorCode::invalid_argument, std::move(message)), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

// "POST /x HTTP/1.1" or "HTTP/1.1 200 OK", the headers and the empty line. Throws invalid_argument for names
// and values that would break out of their line.
std::string format_request_head(std::string_view method, std::string_view target, const Headers& headers);
std::string format_response_head(int status, bool http_1_0, const Headers& headers);

// "1f\r\n"
std::string chunk_prefix(size_t size);
inline constexpr std::string_view kChunkSuffix = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", of now.
std::string http_date();

}  // namespace rundlet::http
