#include "base/http/server_connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/http/tls.h"
#include "base/log.h"

namespace rundlet::http {

namespace {

// How long and how much of what a client still sends is dropped after the last answer. Closing at once would
// reset the connection, and the reset would overtake the answer.
constexpr int kLingerMs = 2'000;
constexpr size_t kLingerBytes = 64 * 1024 * 1024;

std::string default_error_body() {
  return plain_error_body("internal server error");
}

}  // namespace

ServerConnection::ServerConnection(Fd socket, ConnectionContext context)
    : context_(std::move(context)),
      transport_(std::move(socket), context_.stop_fd),
      reader_(transport_, context_.limits.max_header_bytes),
      peer_(describe_peer(transport_.fd())) {}

void ServerConnection::run() {
  try {
    serve();
  } catch (const Error& error) {
    log::debug("connection of {}: {}", peer_, error.message());
  }
}

void ServerConnection::serve() {
  if (context_.tls != nullptr) {
    transport_.start_tls(context_.tls->accept(transport_.fd()),
                         Deadline::after_ms(context_.limits.request_timeout_ms));
  }
  while (serve_one()) {
  }
  if (transport_.fd() >= 0) linger();
}

bool ServerConnection::serve_one() {
  if (context_.stopping.load()) return false;
  try {
    if (!reader_.wait_for_message(Deadline::after_ms(context_.limits.idle_timeout_ms))) return false;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::deadline_exceeded) return false;
    throw;
  }
  std::optional<Head> head = read_head();
  return head && exchange(*head);
}

// nullopt: the request was not understood and has been answered.
std::optional<Head> ServerConnection::read_head() {
  try {
    return reader_.read_head(Parser::Kind::request, Deadline::after_ms(context_.limits.request_timeout_ms));
  } catch (const ProtocolError& error) {
    refuse(error.status(), error.message());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::deadline_exceeded) throw;
    refuse(408, "timed out waiting for the request");
  }
  return std::nullopt;
}

bool ServerConnection::exchange(const Head& head) {
  auto expect = head.headers.get("Expect");
  if (expect && !head.headers.has_token("Expect", "100-continue")) {
    refuse(417, "unknown expectation");
    return false;
  }
  Request request{head.method, {}, head.headers, head.content_length, nullptr, peer_};
  try {
    request.url = parse_target(head.target);
  } catch (const Error&) {
    refuse(400, "malformed request target");
    return false;
  }
  ExchangeContext exchange_context{transport_,        reader_,          context_.limits,
                                   context_.stopping, context_.stop_fd, context_.on_hijack};
  ExchangeWriter writer(exchange_context, head);
  ExchangeBody body(exchange_context, writer);
  request.body = &body;
  call_handler(request, writer);
  return writer.finish();
}

void ServerConnection::call_handler(Request& request, ExchangeWriter& writer) {
  try {
    context_.handler(request, writer);
    if (!writer.answered()) throw_error(ErrorCode::internal, "the request was not answered");
  } catch (const std::exception& error) {
    answer_error(request, writer, error);
  }
}

// Rethrows, as unavailable, what can no longer be told to the client: that ends the connection in front of
// its last chunk.
void ServerConnection::answer_error(const Request& request, ExchangeWriter& writer,
                                    const std::exception& error) {
  if (writer.answered()) {
    if (!writer.client_gone())
      log::warn("{} {}: answer cut short: {}", request.method, request.url.path, error.what());
    throw_error(ErrorCode::unavailable, error.what());
  }
  if (!context_.error_response) log::error("{} {}: {}", request.method, request.url.path, error.what());
  auto [status, body] =
      context_.error_response ? context_.error_response(error) : std::pair{500, default_error_body()};
  writer.send(status, "application/json", body);
}

void ServerConnection::refuse(int status, std::string_view message) {
  std::string body = plain_error_body(message);
  Headers headers;
  headers.set("Content-Type", "application/json");
  headers.set("Content-Length", std::to_string(body.size()));
  headers.set("Date", http_date());
  headers.set("Connection", "close");
  transport_.write({format_response_head(status, false, headers), body},
                   context_.limits.send_stall_timeout_ms);
}

void ServerConnection::linger() {
  transport_.shutdown_write();
  Deadline deadline = Deadline::after_ms(kLingerMs);
  char scratch[16 * 1024];
  for (size_t total = 0; total < kLingerBytes;) {
    size_t count = transport_.read(scratch, sizeof scratch, deadline);
    if (count == 0) return;
    total += count;
  }
}

std::string describe_peer(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) < 0) return "unknown";
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return fmt::format("{}:{}", text, ntohs(v4.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return fmt::format("[{}]:{}", text, ntohs(v6.sin6_port));
  }
  ucred credentials{};
  size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return "unknown";
  return fmt::format("uid={} pid={}", credentials.uid, credentials.pid);
}

std::string plain_error_body(std::string_view message) {
  return fmt::format("{{\"message\":\"{}\"}}\n", message);
}

}  // namespace rundlet::http
