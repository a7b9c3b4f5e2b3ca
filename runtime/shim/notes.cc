#include "runtime/shim/notes.h"

#include <sys/epoll.h>

#include <cerrno>

#include "base/unix_socket.h"

namespace rundlet::runtime {
namespace {

constexpr size_t kMaxRemembered = 64;
constexpr size_t kMaxQueued = 4096;  // a daemon that reads none of so many is taken for dead

}  // namespace

void Notes::connect(Fd socket) {
  disconnect();
  set_nonblocking(socket.get(), true);
  socket_ = std::move(socket);
  loop_.watch(socket_.get(), EPOLLIN, [this](uint32_t events) { ready(events); });
  queue_ = remembered_;
  flush();
}

void Notes::disconnect() {
  if (!socket_) return;
  loop_.forget(socket_.get());
  socket_.reset();
  queue_.clear();
}

void Notes::send(const Note& note, bool remember) {
  std::string text = to_json(note);
  if (remember) remembered_.push_back(text);
  if (remembered_.size() > kMaxRemembered) remembered_.pop_front();
  if (!socket_) return;
  queue_.push_back(std::move(text));
  flush();
}

void Notes::send_now(const Note& note, const std::vector<int>& fds) {
  if (socket_) send_message(socket_.get(), to_json(note), fds);
}

void Notes::ready(uint32_t events) {
  if ((events & EPOLLOUT) != 0) flush();
  if (!socket_ || (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
  // Nobody sends on it: readable is its end.
  disconnect();
  lost_();
}

void Notes::flush() {
  while (!queue_.empty()) {
    try {
      send_message(socket_.get(), queue_.front());
    } catch (const Error& error) {
      if (error.errno_value() != EAGAIN || queue_.size() > kMaxQueued)
        queue_.clear();  // its end will be read
      break;
    }
    queue_.pop_front();
  }
  if (socket_) loop_.change(socket_.get(), EPOLLIN | (queue_.empty() ? 0u : EPOLLOUT));
}

}  // namespace rundlet::runtime
