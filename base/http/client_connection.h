// One connection of the client: opening it, and one exchange at a time on it.
#pragma once

#include <functional>
#include <memory>

#include "base/cancel.h"
#include "base/http/client.h"
#include "base/http/message_reader.h"
#include "base/http/transport.h"

namespace rundlet::http {

class TlsContext;

// A kept connection turned out to be closed before the server saw the request: it may be sent again on a new
// one.
class StaleConnection : public Error {
 public:
  StaleConnection() : Error(ErrorCode::unavailable, "connection closed by the server") {}
};

class ClientConnection {
 public:
  // Throws unavailable, cancelled.
  static std::unique_ptr<ClientConnection> open(const Endpoint& endpoint, const TlsContext* tls,
                                                const Cancel& cancel);

  ClientResponse exchange(const ClientRequest& request, const std::function<void(std::string_view)>& on_data);
  // Sends an upgrade request and reads the head of the answer, which is not yet the stream.
  Head begin_upgrade(const ClientRequest& request);
  std::string read_body();

  // True while another request may be sent.
  bool reusable() const { return reusable_ && !transport_.readable(); }
  void set_cancel(const Cancel& cancel) { transport_.set_wake_fd(cancel ? cancel->fd() : -1); }
  Transport& transport() { return transport_; }
  MessageReader& reader() { return reader_; }

 private:
  ClientConnection(const Endpoint& endpoint, Fd socket, int wake_fd);

  Headers request_headers(const ClientRequest& request) const;
  ClientResponse exchange_streamed(std::string_view head, const ClientRequest& request,
                                   const std::function<void(std::string_view)>& on_data);
  ClientResponse read_response(const ClientRequest& request,
                               const std::function<void(std::string_view)>& on_data);
  Head read_final_head(Parser::Kind kind);
  void collect(ClientResponse& response, const std::function<void(std::string_view)>& on_data);

  std::string host_;
  Transport transport_;
  MessageReader reader_;
  bool reusable_ = false;
};

}  // namespace rundlet::http
