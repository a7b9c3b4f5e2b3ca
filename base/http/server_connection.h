// One connection of the server, from the TLS handshake to its end: a loop of exchanges.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "base/http/message_reader.h"
#include "base/http/response_writer.h"
#include "base/http/server.h"
#include "base/http/transport.h"

namespace rundlet::http {

// What a connection shares with its server.
struct ConnectionContext {
  const Handler& handler;
  const ServerLimits& limits;
  const ErrorResponse& error_response;
  const std::atomic<bool>& stopping;
  int stop_fd;
  const TlsContext* tls;            // null: plain
  std::function<void()> on_hijack;  // the socket is no longer the server's
};

class ServerConnection {
 public:
  ServerConnection(Fd socket, ConnectionContext context);
  // Serves until either side ends it. Failures of the connection itself end it quietly.
  void run();

 private:
  void serve();
  bool serve_one();
  std::optional<Head> read_head();
  bool exchange(const Head& head);
  void call_handler(Request& request, ExchangeWriter& writer);
  void answer_error(const Request& request, ExchangeWriter& writer, const std::exception& error);
  void refuse(int status, std::string_view message);
  void linger();

  ConnectionContext context_;
  Transport transport_;
  MessageReader reader_;
  std::string peer_;
};

// "uid=0 pid=123" of a unix peer, "127.0.0.1:4711" of a TCP peer.
std::string describe_peer(int socket);
// {"message": "…"} for a text without characters that JSON escapes.
std::string plain_error_body(std::string_view message);

}  // namespace rundlet::http
