// A request and the answer to it, without sockets.
#pragma once

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/http/server.h"

namespace rundlet::daemon {

class FakeBody final : public http::RequestBody {
 public:
  explicit FakeBody(std::string text) : text_(std::move(text)) {}
  size_t read(char* buffer, size_t size) override {
    size_t count = text_.copy(buffer, size);
    text_.erase(0, count);
    return count;
  }

 private:
  std::string text_;
};

class FakeResponse final : public http::ResponseWriter {
 public:
  http::Headers& headers() override { return headers_; }
  void send(int status, std::string_view type, std::string_view body) override {
    start_stream(status, type);
    body_ = body;
  }
  void start_stream(int status, std::string_view type) override {
    if (status_ != 0) throw_error(ErrorCode::internal, "answered twice");
    status_ = status;
    type_ = type;
  }
  void write(std::string_view data) override {
    if (status_ == 0) throw_error(ErrorCode::internal, "not started");
    body_ += data;
  }
  Hijacked hijack(std::string_view) override { throw_error(ErrorCode::internal, "cannot be hijacked"); }
  bool answered() const override { return status_ != 0; }
  bool client_gone() override { return false; }
  int client_fd() const override { return -1; }

  http::Headers headers_;
  int status_ = 0;
  std::string type_, body_;
};

inline http::Request make_request(std::string method, std::string_view target, http::RequestBody& body) {
  http::Request request;
  request.method = std::move(method);
  request.url = http::parse_target(target);
  request.body = &body;
  return request;
}

}  // namespace rundlet::daemon
