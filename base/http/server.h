// An HTTP/1.1 server: one thread per connection, keep-alive, streamed bodies both ways, hijacking. Socket I/O
// is our own non-blocking loop over poll(fd, stop event, deadline); Beast only parses and serialises.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "base/http/message.h"

namespace rundlet::http {

// The body of a request, read as it arrives.
class RequestBody {
 public:
  virtual ~RequestBody() = default;
  // Fills buffer, returns the count, 0 at the end. Throws unavailable when the client goes away.
  virtual size_t read(char* buffer, size_t size) = 0;
  // The whole body; throws invalid_argument above the limit.
  std::string read_all(size_t limit);
};

struct Request {
  std::string method;
  Url url;
  Headers headers;
  std::optional<uint64_t> content_length;
  RequestBody* body = nullptr;  // never null in a handler
  std::string peer;             // "uid=0 pid=123" of a unix peer, or the address
};

// How a handler answers: exactly one of send, start_stream (then write … ) or hijack. A handler that returns
// without answering, or throws, is an internal error, which the server's error handler turns into a response.
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;
  // Added to every kind of answer.
  virtual Headers& headers() = 0;
  virtual void send(int status, std::string_view content_type, std::string_view body) = 0;
  void send_empty(int status) { send(status, "", ""); }
  // Chunked, or with Content-Length when the header is set. Each write is on the wire when it returns; throws
  // unavailable when the client has gone. The stream ends when the handler returns.
  virtual void start_stream(int status, std::string_view content_type) = 0;
  virtual void write(std::string_view data) = 0;
  // Sends `HTTP/1.1 101 UPGRADED` (or 200 when the client did not ask for an upgrade) and hands the socket
  // over. `unread` is what the client had already sent after its request. The request's body must have been
  // read, or be small. A plain connection's own socket outlives the server; behind TLS it is a local socket
  // that the server relays, which ends with the server.
  struct Hijacked {
    Fd socket;  // blocking; write(2) on it raises SIGPIPE unless that is ignored
    std::string unread;
  };
  virtual Hijacked hijack(std::string_view content_type) = 0;
  virtual bool answered() const = 0;
  // True once the client has closed its side or the server is stopping: long handlers ask between steps.
  virtual bool client_gone() = 0;
  // A descriptor for poll(2) with POLLRDHUP, which is set when the client goes or the server stops. Borrowed.
  // Do not wait for POLLIN: the next request may lie there.
  virtual int client_fd() const = 0;
};

using Handler = std::function<void(Request&, ResponseWriter&)>;

struct TlsConfig {
  std::string cert_file, key_file;
  std::string ca_file;  // set: client certificates are required and checked against it
};

struct ServerLimits {
  size_t max_header_bytes = 64 * 1024;
  int idle_timeout_ms = 120'000;    // between requests
  int request_timeout_ms = 30'000;  // for a request's head, and for the TLS handshake
  size_t max_connections = 4096;    // above, a connection is answered 503 and closed
  // The longest pause in a request body (its reader sees deadline_exceeded), and of a client that does not
  // take a complete answer. Streams may wait forever for their reader: terminals are paused. Negative: no
  // limit.
  int body_stall_timeout_ms = 600'000;
  int send_stall_timeout_ms = 60'000;
};

// The answer for an exception that left a handler before it had answered: status and JSON body.
using ErrorResponse = std::function<std::pair<int, std::string>(const std::exception&)>;

class Server {
 public:
  // The handler is called on the connection's thread. A handler that throws after it began to stream has its
  // connection closed, so that the client sees the stream cut short. Without error_response every exception
  // is a plain 500.
  explicit Server(Handler handler, ServerLimits limits = {}, ErrorResponse error_response = {});
  // Stops: no new connections, handlers see client_gone, threads are joined. Not from within a handler.
  ~Server();
  Server(const Server&) = delete;

  // Takes a listening stream socket (unix or TCP); may be called several times.
  void serve(Fd listener, std::optional<TlsConfig> tls = {});
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A listening TCP socket with SO_REUSEADDR. address: "127.0.0.1:2375", "[::1]:2375".
Fd listen_tcp(const std::string& address);

}  // namespace rundlet::http
