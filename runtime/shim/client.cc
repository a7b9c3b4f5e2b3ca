#include "runtime/shim/client.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace rundlet::runtime {
namespace {

constexpr size_t kQueueLimit = 512 * 1024;  // what a slow client may hold up before the process waits for it
constexpr size_t kReadSize = 16 * 1024;
constexpr size_t kCompactAt = 64 * 1024;

std::string frame_header(Stream stream, size_t size) {
  std::string header(8, '\0');
  header[0] = static_cast<char>(stream);
  for (int i = 0; i < 4; ++i) header[4 + i] = static_cast<char>(size >> (24 - 8 * i));
  return header;
}

bool is_socket(int fd) {
  struct stat status;
  return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace

Client::Client(EventLoop& loop, AttachSpec spec, Fd socket, Events events)
    : loop_(loop),
      spec_(std::move(spec)),
      socket_(std::move(socket)),
      events_(std::move(events)),
      keys_(spec_.detach_keys) {
  // A pipe of the builder's carries output only.
  reading_ = is_socket(socket_.get());
  set_nonblocking(socket_.get(), true);
  update_watch();
}

Client::~Client() {
  close();
}

bool Client::wants(Stream stream) const {
  return stream == Stream::out ? spec_.stdout_ : spec_.stderr_;
}

bool Client::congested() const {
  return queue_.size() - sent_ > kQueueLimit;
}

void Client::update_watch() {
  if (!socket_) return;
  uint32_t events = (reading_ && !paused_ ? EPOLLIN : 0u) | (queue_.size() > sent_ ? EPOLLOUT : 0u);
  if (!watched_) {
    loop_.watch(socket_.get(), events, [this](uint32_t e) { ready(e); });
  } else if (events != watched_events_) {
    loop_.change(socket_.get(), events);
  }
  watched_ = true;
  watched_events_ = events;
}

// False when the client is gone.
bool Client::send_some(std::string_view& data) {
  while (!data.empty()) {
    ssize_t sent = reading_ || is_socket(socket_.get())
                       ? ::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL)
                       : ::write(socket_.get(), data.data(), data.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN;
    data.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void Client::deliver(Stream stream, std::string_view data) {
  if (!socket_ || !wants(stream)) return;
  std::string framed;
  if (spec_.multiplexed) {
    framed = frame_header(stream, data.size()).append(data);
    data = framed;
  }
  if (queue_.size() == sent_ && !send_some(data)) return close();
  queue_ += data;
  update_watch();
}

void Client::send_queue() {
  bool was_congested = congested();
  std::string_view rest = std::string_view(queue_).substr(sent_);
  if (!send_some(rest)) return close();
  sent_ = queue_.size() - rest.size();
  if (rest.empty()) {
    std::string().swap(queue_);
    sent_ = 0;
  } else if (sent_ > kCompactAt) {
    queue_.erase(0, sent_);
    sent_ = 0;
  }
  update_watch();
  if (was_congested && !congested()) events_.relaxed(*this);
  if (finishing_ && queue_.empty()) close();
}

void Client::receive() {
  char buffer[kReadSize];
  ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size < 0) return close();
  if (size == 0) {
    reading_ = false;
    update_watch();
    return end_input();
  }
  if (!spec_.stdin_) return;
  DetachKeys::Filtered input = keys_.filter({buffer, static_cast<size_t>(size)});
  if (!input.data.empty()) events_.input(*this, input.data);
  if (input.detached) close();
}

void Client::ready(uint32_t events) {
  if ((events & EPOLLOUT) != 0 && socket_) send_queue();
  if ((events & EPOLLIN) != 0 && socket_) {
    receive();
  } else if ((events & (EPOLLHUP | EPOLLERR)) != 0 && socket_) {
    close();
  }
  if (socket_) return;
  auto gone = events_.gone;  // a copy: the call destroys this
  gone(*this);
}

void Client::end_input() {
  if (!std::exchange(input_open_, false)) return;
  events_.input_ended(*this);
}

void Client::pause_input(bool paused) {
  paused_ = paused;
  update_watch();
}

void Client::finish() {
  finishing_ = true;
  if (queue_.size() == sent_) close();
}

void Client::give_back() {
  if (watched_) loop_.forget(socket_.get());
  watched_ = false;
  socket_.reset();
}

void Client::close() {
  if (!socket_) return;
  if (watched_) loop_.forget(socket_.get());
  watched_ = false;
  bool half = is_socket(socket_.get());
  if (half) {
    ::shutdown(socket_.get(), SHUT_WR);
    // Unread input would make the kernel answer with a reset, which the client reports as an error.
    char rest[512];
    while (::recv(socket_.get(), rest, sizeof rest, MSG_DONTWAIT) > 0) continue;
  }
  socket_.reset();
  std::string().swap(queue_);
  sent_ = 0;
  end_input();
}

}  // namespace rundlet::runtime
