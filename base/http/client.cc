#include "base/http/client.h"

#include <sys/socket.h>

#include <list>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "base/http/address.h"
#include "base/http/client_connection.h"
#include "base/http/relay.h"
#include "base/http/tls.h"

namespace rundlet::http {

namespace {

constexpr size_t kMaxIdle = 8;

// RFC 9110 section 9.2.2: may be sent a second time when it is not known whether the first one arrived.
bool idempotent(const ClientRequest& request) {
  const std::string& method = request.method;
  return !request.body_source &&
         (method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE");
}

bool strip_prefix(std::string& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.erase(0, prefix.size());
  return true;
}

}  // namespace

struct Client::State {
  Endpoint endpoint;
  std::shared_ptr<const TlsContext> tls;
  std::mutex mutex;
  std::vector<std::unique_ptr<ClientConnection>> idle;

  // A TLS connection that was upgraded: its owner reads and writes a local socket.
  struct Upgraded {
    std::unique_ptr<ClientConnection> connection;
    std::unique_ptr<Relay> relay;  // goes before the connection it uses
  };
  std::list<Upgraded> upgraded;

  std::unique_ptr<ClientConnection> open(const Cancel& cancel) const {
    return ClientConnection::open(endpoint, tls.get(), cancel);
  }
  std::unique_ptr<ClientConnection> take_idle(const Cancel& cancel);
  void give_back(std::unique_ptr<ClientConnection> connection);
  Fd relay(std::unique_ptr<ClientConnection> connection);
};

std::unique_ptr<ClientConnection> Client::State::take_idle(const Cancel& cancel) {
  std::lock_guard lock(mutex);
  while (!idle.empty()) {
    auto connection = std::move(idle.back());
    idle.pop_back();
    // What the server closed in the meantime is readable.
    if (!connection->reusable()) continue;
    connection->set_cancel(cancel);
    return connection;
  }
  return nullptr;
}

void Client::State::give_back(std::unique_ptr<ClientConnection> connection) {
  connection->set_cancel(nullptr);
  std::lock_guard lock(mutex);
  if (connection->reusable() && idle.size() < kMaxIdle) idle.push_back(std::move(connection));
}

Fd Client::State::relay(std::unique_ptr<ClientConnection> connection) {
  auto [ours, theirs] = make_socket_pair(SOCK_STREAM);
  auto made = std::make_unique<Relay>(connection->transport(), std::move(ours), -1);
  std::lock_guard lock(mutex);
  upgraded.push_back({std::move(connection), std::move(made)});
  return std::move(theirs);
}

Endpoint parse_endpoint(const std::string& url) {
  Endpoint endpoint;
  std::string rest = url;
  if (strip_prefix(rest, "unix://")) {
    if (rest.empty()) throw_invalid("invalid host \"" + url + "\": no socket path");
    endpoint.unix_path = rest;
    return endpoint;
  }
  int port = 2375;
  if (strip_prefix(rest, "https://")) {
    endpoint.tls = true;
    port = 443;
  } else if (strip_prefix(rest, "http://")) {
    port = 80;
  } else if (!strip_prefix(rest, "tcp://")) {
    throw_invalid("invalid host \"" + url + "\": unix://, tcp://, http:// or https:// expected");
  }
  rest = rest.substr(0, rest.find('/'));
  HostPort address = parse_host_port(rest, port);
  if (address.host.empty()) throw_invalid("invalid host \"" + url + "\": no host name");
  endpoint.host = address.host;
  endpoint.port = address.port;
  return endpoint;
}

Client::Client(Endpoint endpoint) : state_(std::make_unique<State>()) {
  if (endpoint.tls) state_->tls = TlsContext::for_client(endpoint);
  state_->endpoint = std::move(endpoint);
}

Client::~Client() {
  for (State::Upgraded& one : state_->upgraded) one.relay->abort();
}

ClientResponse Client::exchange(const ClientRequest& request,
                                const std::function<void(std::string_view)>& on_data, const Cancel& cancel) {
  check_cancelled(cancel);
  // A streamed body cannot be sent twice, so it gets a connection that cannot be stale.
  auto connection = request.body_source ? nullptr : state_->take_idle(cancel);
  bool kept = connection != nullptr;
  if (!kept) connection = state_->open(cancel);
  ClientResponse response;
  try {
    response = connection->exchange(request, on_data);
  } catch (const StaleConnection&) {
    if (!kept || !idempotent(request)) throw;
    connection = state_->open(cancel);
    response = connection->exchange(request, on_data);
  }
  state_->give_back(std::move(connection));
  return response;
}

Client::Upgraded Client::upgrade(const ClientRequest& request, const Cancel& cancel) {
  auto connection = state_->open(cancel);
  Head head = connection->begin_upgrade(request);
  Upgraded result{head.status, head.headers, {}, {}, {}};
  bool raw = head.status == 101 || (head.status == 200 && !head.chunked && !head.content_length);
  if (!raw) {
    result.body = connection->read_body();
    return result;
  }
  connection->set_cancel(nullptr);
  result.unread = connection->reader().take_unread();
  result.socket = state_->tls ? state_->relay(std::move(connection)) : connection->transport().release();
  return result;
}

}  // namespace rundlet::http
