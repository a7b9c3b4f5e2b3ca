// An incremental HTTP/1.1 parser for one message. Boost.Beast does the grammar, in parser.cc only.
#pragma once

#include <memory>
#include <string_view>

#include "base/http/head.h"

namespace rundlet::http {

class Parser {
 public:
  enum class Kind {
    request,
    response,
    bodiless_response,  // of a HEAD request: has the headers of a body, and none
  };

  Parser(Kind kind, size_t max_header_bytes);
  ~Parser();

  struct Step {
    size_t consumed = 0;
    std::string_view body;   // body bytes found by this step; points into the input
    bool need_more = false;  // the rest is too short: come again with more behind it
  };
  // Takes one step through a non-empty input that starts where the last step stopped consuming. Throws
  // ProtocolError.
  Step parse(std::string_view input);
  // The stream has ended: completes a body that lasts until then, throws unavailable for any other incomplete
  // message.
  void end_of_stream();

  bool head_done() const;
  bool done() const;
  Head& head();

 private:
  struct Machine;
  template <bool is_request>
  struct BeastMachine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace rundlet::http
