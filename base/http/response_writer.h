// The server's half of one exchange: the request's body as it is read and the answer as it is written.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/http/message_reader.h"
#include "base/http/relay.h"
#include "base/http/server.h"
#include "base/http/transport.h"

namespace rundlet::http {

// What an exchange needs of its connection.
struct ExchangeContext {
  Transport& transport;
  MessageReader& reader;
  const ServerLimits& limits;
  const std::atomic<bool>& stopping;
  int stop_fd = -1;
  // Called when a handler takes the socket away.
  std::function<void()> on_hijack;
};

class ExchangeWriter final : public ResponseWriter {
 public:
  ExchangeWriter(ExchangeContext context, const Head& request);

  Headers& headers() override { return headers_; }
  void send(int status, std::string_view content_type, std::string_view body) override;
  void start_stream(int status, std::string_view content_type) override;
  void write(std::string_view data) override;
  Hijacked hijack(std::string_view content_type) override;
  bool answered() const override { return state_ != State::open; }
  bool client_gone() override;
  int client_fd() const override { return context_.transport.fd(); }

  // Answers "Expect: 100-continue" once, before the body is read.
  void send_continue();
  // Ends a stream. True when the connection can carry another request.
  bool finish();

 private:
  enum class State { open, sent, streaming, hijacked };

  bool body_allowed(int status) const;
  void write_head(int status, std::string_view content_type, std::string_view body, int stall_ms);
  void write_hijack_head(std::string_view content_type);
  void write_all(std::initializer_list<std::string_view> parts, int stall_ms);
  void set_connection_header();
  bool body_will_be_read_off() const;
  void discard_request_body();

  ExchangeContext context_;
  const Head& request_;
  Headers headers_;
  State state_ = State::open;
  bool keep_alive_;
  bool expects_continue_;
  bool chunked_ = false;
  bool bodiless_ = false;
  std::optional<uint64_t> length_left_;  // of a stream with Content-Length
  std::unique_ptr<Relay> relay_;         // of a hijacked TLS connection; its end is waited for
};

class ExchangeBody final : public RequestBody {
 public:
  ExchangeBody(ExchangeContext context, ExchangeWriter& writer)
      : context_(std::move(context)), writer_(writer) {}
  size_t read(char* buffer, size_t size) override;

 private:
  ExchangeContext context_;
  ExchangeWriter& writer_;
};

}  // namespace rundlet::http
