#include "base/http/message_reader.h"

#include <algorithm>
#include <cstring>

namespace rundlet::http {

namespace {

constexpr size_t kFirstRead = 8 * 1024;
constexpr size_t kBodyRead = 64 * 1024;

}  // namespace

MessageReader::MessageReader(Transport& transport, size_t max_header_bytes)
    : transport_(transport), max_header_bytes_(max_header_bytes), buffer_(kFirstRead) {}

bool MessageReader::wait_for_message(Deadline deadline) {
  for (;;) {
    skip_empty_lines();
    if (begin_ < end_) return true;
    if (!fill(deadline)) return false;
  }
}

// RFC 9112 section 2.2: some clients send an empty line after a body.
void MessageReader::skip_empty_lines() {
  while (begin_ < end_ && (buffer_[begin_] == '\r' || buffer_[begin_] == '\n')) ++begin_;
}

const Head& MessageReader::read_head(Parser::Kind kind, Deadline deadline) {
  parser_ = std::make_unique<Parser>(kind, max_header_bytes_);
  piece_ = {};
  while (!parser_->head_done()) {
    if (!step() && !fill(deadline))
      throw_error(ErrorCode::unavailable, "connection closed in the middle of a message");
  }
  return parser_->head();
}

size_t MessageReader::read_body(char* buffer, size_t size, int stall_ms) {
  if (buffer_.size() < kBodyRead) buffer_.resize(kBodyRead);
  while (piece_.empty() && !parser_->done()) {
    if (!step() && !fill(Deadline::after_ms(stall_ms))) parser_->end_of_stream();
  }
  size_t count = std::min(size, piece_.size());
  std::memcpy(buffer, piece_.data(), count);
  piece_.remove_prefix(count);
  return count;
}

bool MessageReader::body_done() const {
  return !parser_ || (parser_->done() && piece_.empty());
}

bool MessageReader::discard_body(size_t max_bytes, int stall_ms) {
  char scratch[16 * 1024];
  while (!body_done()) {
    if (max_bytes == 0) return false;
    max_bytes -= read_body(scratch, std::min(max_bytes, sizeof scratch), stall_ms);
  }
  return true;
}

std::string MessageReader::take_unread() {
  std::string unread(buffer_.data() + begin_, end_ - begin_);
  begin_ = end_ = 0;
  return unread;
}

// One step of the parser; false when it needs bytes that are not here.
bool MessageReader::step() {
  if (begin_ == end_) return false;
  Parser::Step step = parser_->parse({buffer_.data() + begin_, end_ - begin_});
  begin_ += step.consumed;
  piece_ = step.body;
  return !step.need_more;
}

bool MessageReader::fill(Deadline deadline) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size() && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    // One header line or chunk line fills it all.
    if (buffer_.size() > max_header_bytes_) throw ProtocolError(431, "header line is too long");
    buffer_.resize(buffer_.size() * 2);
  }
  size_t count = transport_.read(buffer_.data() + end_, buffer_.size() - end_, deadline);
  end_ += count;
  return count > 0;
}

}  // namespace rundlet::http
