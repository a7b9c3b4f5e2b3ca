// A request's body as a source of bytes.
#pragma once

#include "base/codec/compress.h"
#include "base/http/server.h"

namespace rundlet::daemon {

class BodySource : public codec::Source {
 public:
  explicit BodySource(http::RequestBody& body) : body_(body) {}
  size_t read(char* buffer, size_t size) override { return body_.read(buffer, size); }

 private:
  http::RequestBody& body_;
};

}  // namespace rundlet::daemon
