#include "base/http/client_connection.h"

#include <sys/socket.h>

#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/http/address.h"
#include "base/http/tls.h"
#include "base/unix_socket.h"

namespace rundlet::http {

namespace {

constexpr int kConnectTimeoutMs = 30'000;
constexpr size_t kMaxHeaderBytes = 256 * 1024;
constexpr size_t kBodyChunk = 64 * 1024;

// Host as dockerd expects it from unix clients: any valid name.
std::string host_header(const Endpoint& endpoint) {
  if (!endpoint.unix_path.empty()) return "localhost";
  bool v6 = endpoint.host.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

bool has_body(const ClientRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

// Sends a streamed body on a thread of its own. A lost connection is left for the reader of the answer to
// report; a failure of the source ends the connection, so that the server does not take half a body for a
// whole one.
class BodySender {
 public:
  using Source = std::function<size_t(char*, size_t)>;

  BodySender(Transport& transport, const Source& source)
      : transport_(transport), source_(source), thread_([this] { run(); }) {}
  ~BodySender() {
    if (thread_.joinable()) transport_.abort();
  }
  // Does not wait for the body when the answer came early. True when all of it was sent; throws what the
  // source threw.
  bool end() {
    if (!finished_.load()) transport_.abort();
    thread_.join();
    if (source_failure_) std::rethrow_exception(source_failure_);
    return complete_;
  }

 private:
  void run() {
    try {
      std::vector<char> buffer(kBodyChunk);
      size_t count = 0;
      bool connected = true;
      while (connected && (count = source_(buffer.data(), buffer.size())) > 0) {
        connected = write({chunk_prefix(count), std::string_view(buffer.data(), count), kChunkSuffix});
      }
      complete_ = connected && write({kLastChunk});
    } catch (...) {
      source_failure_ = std::current_exception();
      transport_.abort();
    }
    finished_ = true;
  }

  bool write(std::initializer_list<std::string_view> parts) {
    try {
      transport_.write(parts, -1);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  Transport& transport_;
  const Source& source_;
  std::exception_ptr source_failure_;
  bool complete_ = false;
  std::atomic<bool> finished_{false};
  std::jthread thread_;  // last: it uses the others
};

}  // namespace

std::unique_ptr<ClientConnection> ClientConnection::open(const Endpoint& endpoint, const TlsContext* tls,
                                                         const Cancel& cancel) {
  check_cancelled(cancel);
  int wake_fd = cancel ? cancel->fd() : -1;
  Deadline deadline = Deadline::after_ms(kConnectTimeoutMs);
  Fd socket = endpoint.unix_path.empty() ? connect_tcp({endpoint.host, endpoint.port}, wake_fd, deadline)
                                         : connect_unix(endpoint.unix_path, SOCK_STREAM);
  std::unique_ptr<ClientConnection> connection(new ClientConnection(endpoint, std::move(socket), wake_fd));
  Transport& transport = connection->transport_;
  if (tls != nullptr) transport.start_tls(tls->connect(transport.fd(), endpoint.host), deadline);
  return connection;
}

ClientConnection::ClientConnection(const Endpoint& endpoint, Fd socket, int wake_fd)
    : host_(host_header(endpoint)),
      transport_(std::move(socket), wake_fd),
      reader_(transport_, kMaxHeaderBytes) {}

ClientResponse ClientConnection::exchange(const ClientRequest& request,
                                          const std::function<void(std::string_view)>& on_data) {
  reusable_ = false;
  std::string head = format_request_head(request.method, request.target, request_headers(request));
  if (request.body_source) return exchange_streamed(head, request, on_data);
  try {
    transport_.write({head, request.body}, -1);
  } catch (const Error& error) {
    // A server that refuses a body closes early; its answer is worth more than our broken pipe.
    if (error.code() != ErrorCode::unavailable) throw;
  }
  return read_response(request, on_data);
}

ClientResponse ClientConnection::exchange_streamed(std::string_view head, const ClientRequest& request,
                                                   const std::function<void(std::string_view)>& on_data) {
  transport_.write({head}, -1);
  BodySender sender(transport_, request.body_source);
  ClientResponse response;
  try {
    response = read_response(request, on_data);
  } catch (const Error&) {
    sender.end();  // its source's failure is the cause
    throw;
  }
  if (!sender.end()) reusable_ = false;
  return response;
}

Headers ClientConnection::request_headers(const ClientRequest& request) const {
  Headers headers;
  headers.set("Host", host_);
  for (const auto& [name, value] : request.headers.all()) headers.add(name, value);
  if (request.body_source) {
    headers.set("Transfer-Encoding", "chunked");
  } else if (has_body(request)) {
    headers.set("Content-Length", std::to_string(request.body.size()));
  }
  return headers;
}

ClientResponse ClientConnection::read_response(const ClientRequest& request,
                                               const std::function<void(std::string_view)>& on_data) {
  Head head =
      read_final_head(request.method == "HEAD" ? Parser::Kind::bodiless_response : Parser::Kind::response);
  ClientResponse response{head.status, head.headers, {}};
  if (request.on_head) request.on_head(head.status, head.headers);
  collect(response, head.status < 400 ? on_data : nullptr);
  reusable_ = head.keep_alive;
  return response;
}

// The answer itself, past any "100 Continue".
Head ClientConnection::read_final_head(Parser::Kind kind) {
  bool started = false;
  try {
    for (;;) {
      if (!reader_.wait_for_message(Deadline::never())) throw StaleConnection();
      started = true;
      Head head = reader_.read_head(kind, Deadline::never());
      if (head.status >= 200 || head.status == 101) return head;
    }
  } catch (const ProtocolError& error) {
    throw_error(ErrorCode::unavailable, "the server's answer is not HTTP: " + error.message());
  } catch (const Error& error) {
    if (!started && error.code() == ErrorCode::unavailable) throw StaleConnection();
    throw;
  }
}

void ClientConnection::collect(ClientResponse& response,
                               const std::function<void(std::string_view)>& on_data) {
  std::vector<char> buffer(kBodyChunk);
  try {
    while (size_t count = reader_.read_body(buffer.data(), buffer.size(), -1)) {
      std::string_view piece(buffer.data(), count);
      if (on_data) {
        on_data(piece);
      } else {
        response.body += piece;
      }
    }
  } catch (const ProtocolError& error) {
    throw_error(ErrorCode::unavailable, "the server's answer is not HTTP: " + error.message());
  }
}

Head ClientConnection::begin_upgrade(const ClientRequest& request) {
  Headers headers = request_headers(request);
  headers.set("Connection", "Upgrade");
  headers.set("Upgrade", "tcp");
  transport_.write({format_request_head(request.method, request.target, headers), request.body}, -1);
  return read_final_head(Parser::Kind::response);
}

std::string ClientConnection::read_body() {
  ClientResponse response;
  collect(response, nullptr);
  return response.body;
}

}  // namespace rundlet::http
