#include "base/http/response_writer.h"

#include <sys/socket.h>

#include <charconv>

#include "base/error.h"

namespace rundlet::http {

namespace {

// An unread request body up to this is read off to keep the connection; above, closing is cheaper.
constexpr size_t kMaxDiscard = 256 * 1024;
constexpr int kDiscardStallMs = 5'000;

std::optional<uint64_t> parse_length(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size()) throw_invalid("invalid Content-Length");
  return value;
}

}  // namespace

std::string RequestBody::read_all(size_t limit) {
  std::string body;
  char buffer[16 * 1024];
  while (size_t count = read(buffer, sizeof buffer)) {
    if (count > limit - body.size()) throw_invalid("request body too large");
    body.append(buffer, count);
  }
  return body;
}

size_t ExchangeBody::read(char* buffer, size_t size) {
  if (!context_.reader.body_done()) writer_.send_continue();
  return context_.reader.read_body(buffer, size, context_.limits.body_stall_timeout_ms);
}

ExchangeWriter::ExchangeWriter(ExchangeContext context, const Head& request)
    : context_(std::move(context)),
      request_(request),
      keep_alive_(request.keep_alive),
      expects_continue_(!request.http_1_0 && request.headers.has_token("Expect", "100-continue")) {}

void ExchangeWriter::send_continue() {
  if (!expects_continue_ || state_ != State::open) return;
  expects_continue_ = false;
  context_.transport.write({"HTTP/1.1 100 Continue\r\n\r\n"}, context_.limits.send_stall_timeout_ms);
}

void ExchangeWriter::send(int status, std::string_view content_type, std::string_view body) {
  if (state_ != State::open) throw_error(ErrorCode::internal, "HTTP response sent twice");
  if (body_allowed(status)) headers_.set("Content-Length", std::to_string(body.size()));
  bodiless_ = request_.method == "HEAD" || !body_allowed(status);
  keep_alive_ = keep_alive_ && body_will_be_read_off();
  state_ = State::sent;
  write_head(status, content_type, bodiless_ ? std::string_view{} : body,
             context_.limits.send_stall_timeout_ms);
}

void ExchangeWriter::start_stream(int status, std::string_view content_type) {
  if (state_ != State::open) throw_error(ErrorCode::internal, "HTTP response started twice");
  // The handler may go on to read the body, so the permission to send it must go out before the final answer.
  if (status < 300 && !context_.reader.body_done()) send_continue();
  length_left_ = parse_length(headers_.get("Content-Length"));
  bodiless_ = request_.method == "HEAD" || !body_allowed(status);
  chunked_ = !bodiless_ && !length_left_ && !request_.http_1_0;
  if (chunked_) headers_.set("Transfer-Encoding", "chunked");
  keep_alive_ = keep_alive_ && context_.reader.body_done() && (chunked_ || bodiless_ || length_left_);
  state_ = State::streaming;
  write_head(status, content_type, {}, -1);
}

void ExchangeWriter::write(std::string_view data) {
  if (state_ != State::streaming) throw_error(ErrorCode::internal, "HTTP stream is not open");
  if (data.empty() || bodiless_) return;
  if (length_left_) {
    if (data.size() > *length_left_)
      throw_error(ErrorCode::internal, "HTTP body is longer than its Content-Length");
    *length_left_ -= data.size();
  }
  // A follower may be paused for hours by its terminal: no limit on the wait.
  if (chunked_) {
    write_all({chunk_prefix(data.size()), data, kChunkSuffix}, -1);
  } else {
    write_all({data}, -1);
  }
}

ResponseWriter::Hijacked ExchangeWriter::hijack(std::string_view content_type) {
  if (state_ != State::open) throw_error(ErrorCode::internal, "HTTP response sent before hijacking");
  // What follows the request's own body is the raw stream.
  if (!context_.reader.discard_body(kMaxDiscard, kDiscardStallMs)) throw_invalid("request body too large");
  // The client may have its answer, and the server may be stopped, before this call returns: from here on
  // stop() must not touch the socket.
  if (!context_.transport.is_tls()) context_.on_hijack();
  if (context_.stopping.load()) throw_error(ErrorCode::unavailable, "the server is stopping");
  write_hijack_head(content_type);
  Hijacked taken;
  taken.unread = context_.reader.take_unread();
  if (context_.transport.is_tls()) {
    auto [ours, theirs] = make_socket_pair(SOCK_STREAM);
    relay_ = std::make_unique<Relay>(context_.transport, std::move(ours), context_.stop_fd);
    taken.socket = std::move(theirs);
  } else {
    taken.socket = context_.transport.release();
  }
  return taken;
}

void ExchangeWriter::write_hijack_head(std::string_view content_type) {
  bool upgrade = request_.headers.has_token("Connection", "Upgrade") && request_.headers.get("Upgrade");
  Headers head;
  if (!content_type.empty()) head.set("Content-Type", std::string(content_type));
  if (upgrade) head.set("Connection", "Upgrade");
  if (upgrade) head.set("Upgrade", "tcp");
  for (const auto& [name, value] : headers_.all()) head.set(name, value);
  state_ = State::hijacked;
  keep_alive_ = false;
  write_all({format_response_head(upgrade ? 101 : 200, request_.http_1_0, head)},
            context_.limits.send_stall_timeout_ms);
}

bool ExchangeWriter::client_gone() {
  return context_.stopping.load() || (context_.transport.fd() >= 0 && context_.transport.peer_closed());
}

bool ExchangeWriter::finish() {
  if (state_ == State::hijacked) return false;
  if (state_ == State::streaming && chunked_) write_all({kLastChunk}, -1);
  if (!bodiless_ && length_left_.value_or(0) > 0) return false;
  if (keep_alive_) discard_request_body();
  return keep_alive_;
}

// RFC 9110 section 6.4.1
bool ExchangeWriter::body_allowed(int status) const {
  return status >= 200 && status != 204 && status != 304;
}

void ExchangeWriter::write_head(int status, std::string_view content_type, std::string_view body,
                                int stall_ms) {
  if (!content_type.empty()) headers_.set("Content-Type", std::string(content_type));
  headers_.set("Date", http_date());
  set_connection_header();
  write_all({format_response_head(status, request_.http_1_0, headers_), body}, stall_ms);
}

void ExchangeWriter::set_connection_header() {
  keep_alive_ = keep_alive_ && !context_.stopping.load();
  if (!keep_alive_) {
    headers_.set("Connection", "close");
  } else if (request_.http_1_0) {
    headers_.set("Connection", "keep-alive");
  }
}

void ExchangeWriter::write_all(std::initializer_list<std::string_view> parts, int stall_ms) {
  try {
    context_.transport.write(parts, stall_ms);
  } catch (const Error&) {
    keep_alive_ = false;
    throw;
  }
}

// A client that waits for "100 Continue" may or may not send its body after a final answer: only closing is
// safe.
bool ExchangeWriter::body_will_be_read_off() const {
  if (context_.reader.body_done()) return true;
  return !expects_continue_ && request_.content_length.value_or(kMaxDiscard + 1) <= kMaxDiscard;
}

void ExchangeWriter::discard_request_body() {
  if (!context_.reader.discard_body(kMaxDiscard, kDiscardStallMs)) keep_alive_ = false;
}

}  // namespace rundlet::http
