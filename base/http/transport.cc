#include "base/http/transport.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/http/tls.h"

namespace rundlet::http {

namespace {

[[noreturn]] void connection_lost(int errno_value) {
  throw Error(ErrorCode::unavailable, std::string("connection lost: ") + std::strerror(errno_value),
              errno_value);
}

short poll_now(int fd, short events) {
  pollfd entry{fd, events, 0};
  return ::poll(&entry, 1, 0) > 0 ? entry.revents : static_cast<short>(0);
}

// Takes `count` written bytes off the front of the parts.
void drop_written(std::vector<std::string_view>& parts, size_t count) {
  while (!parts.empty() && count >= parts.front().size()) {
    count -= parts.front().size();
    parts.erase(parts.begin());
  }
  if (!parts.empty()) parts.front().remove_prefix(count);
}

}  // namespace

Deadline Deadline::after_ms(int64_t milliseconds) {
  return milliseconds < 0 ? never() : Deadline(steady_millis() + milliseconds);
}

int Deadline::poll_timeout() const {
  if (at_ < 0) return -1;
  return static_cast<int>(std::clamp<int64_t>(at_ - steady_millis(), 0, INT_MAX));
}

Transport::Transport(Fd socket, int wake_fd) : socket_(std::move(socket)), wake_fd_(wake_fd) {}
Transport::~Transport() = default;

void Transport::start_tls(std::unique_ptr<TlsSession> session, Deadline deadline) {
  for (;;) {
    Attempt attempt = session->handshake();
    if (attempt.outcome == Attempt::Outcome::done) break;
    wait(attempt.outcome, deadline);
  }
  tls_ = std::move(session);
}

size_t Transport::read(char* buffer, size_t size, Deadline deadline) {
  for (;;) {
    Attempt attempt = try_read(buffer, size);
    if (attempt.outcome == Attempt::Outcome::done) return attempt.count;
    if (attempt.outcome == Attempt::Outcome::end) return 0;
    wait(attempt.outcome, deadline);
  }
}

void Transport::write(std::initializer_list<std::string_view> parts, int stall_ms) {
  std::vector<std::string_view> left(parts);
  std::string joined;
  if (tls_) {  // one record, not one for each part
    for (std::string_view part : parts) joined += part;
    left = {joined};
  }
  drop_written(left, 0);
  while (!left.empty()) {
    Attempt attempt = try_write(left.data(), left.size());
    if (attempt.outcome == Attempt::Outcome::done) {
      drop_written(left, attempt.count);
    } else {
      wait(attempt.outcome, Deadline::after_ms(stall_ms));
    }
  }
}

Attempt Transport::try_read(char* buffer, size_t size) {
  if (tls_) return tls_->read(buffer, size);
  for (;;) {
    ssize_t n = ::recv(socket_.get(), buffer, size, MSG_DONTWAIT);
    if (n > 0) return {Attempt::Outcome::done, static_cast<size_t>(n)};
    if (n == 0) return {Attempt::Outcome::end, 0};
    if (errno == EAGAIN) return {Attempt::Outcome::want_read, 0};
    if (errno != EINTR) connection_lost(errno);
  }
}

Attempt Transport::try_write(const std::string_view* parts, size_t count) {
  if (tls_) return tls_->write(parts->data(), parts->size());
  iovec vectors[8];
  count = std::min(count, std::size(vectors));
  for (size_t i = 0; i < count; ++i) vectors[i] = {const_cast<char*>(parts[i].data()), parts[i].size()};
  msghdr message{};
  message.msg_iov = vectors;
  message.msg_iovlen = count;
  for (;;) {
    ssize_t n = ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return {Attempt::Outcome::done, static_cast<size_t>(n)};
    if (errno == EAGAIN) return {Attempt::Outcome::want_write, 0};
    if (errno != EINTR) connection_lost(errno);
  }
}

void Transport::wait(Attempt::Outcome want, Deadline deadline) const {
  short events = want == Attempt::Outcome::want_write ? POLLOUT : POLLIN;
  for (;;) {
    pollfd entries[2] = {{socket_.get(), events, 0}, {wake_fd_, POLLIN, 0}};
    int ready = ::poll(entries, 2, deadline.poll_timeout());
    if (ready < 0 && errno != EINTR) throw_errno("poll");
    if (ready < 0) continue;
    if (ready == 0) throw_error(ErrorCode::deadline_exceeded, "timed out waiting for the other side");
    if (entries[1].revents != 0) throw_error(ErrorCode::cancelled, "connection is being closed");
    return;
  }
}

bool Transport::peer_closed() const {
  return (poll_now(socket_.get(), POLLRDHUP) & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool Transport::readable() const {
  return (tls_ && tls_->has_pending()) || poll_now(socket_.get(), POLLIN | POLLRDHUP) != 0;
}

void Transport::shutdown_write() {
  if (tls_) tls_->close_notify();
  ::shutdown(socket_.get(), SHUT_WR);
}

void Transport::abort() {
  ::shutdown(socket_.get(), SHUT_RDWR);
}

Fd Transport::release() {
  return std::move(socket_);
}

}  // namespace rundlet::http
