#include "runtime/shim/input.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>

namespace rundlet::runtime {

void Input::open(Fd sink, bool terminal) {
  set_nonblocking(sink.get(), true);
  sink_ = std::move(sink);
  terminal_ = terminal;
  opened_ = true;
  flush();
}

void Input::write(std::string_view data) {
  if (ending_ || (opened_ && !sink_)) return;  // nobody reads any more
  held_ += data;
  if (opened_ && !watched_) flush();
}

void Input::end() {
  if (terminal_) return;
  ending_ = true;
  if (opened_ && held_.empty()) close();
}

void Input::close() {
  if (watched_) loop_.forget(sink_.get());
  watched_ = false;
  sink_.reset();
  std::string().swap(held_);
}

void Input::flush() {
  while (!held_.empty()) {
    ssize_t written = ::write(sink_.get(), held_.data(), held_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      if (!watched_) loop_.watch(sink_.get(), EPOLLOUT, [this](uint32_t) { flush(); });
      watched_ = true;
      return;
    }
    if (written < 0) {  // the reader is gone
      close();
      return room_();
    }
    held_.erase(0, static_cast<size_t>(written));
  }
  std::string().swap(held_);
  if (watched_) loop_.forget(sink_.get());
  watched_ = false;
  if (ending_) close();
  room_();
}

}  // namespace rundlet::runtime
