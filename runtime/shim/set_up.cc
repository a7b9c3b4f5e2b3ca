#include "runtime/shim/set_up.h"

#include <sys/epoll.h>

#include <cerrno>

#include "base/error.h"

namespace rundlet::runtime {

SetUp::SetUp(EventLoop& loop, Channel channel, Events events)
    : loop_(loop), channel_(std::move(channel)), events_(std::move(events)) {
  set_nonblocking(channel_.fd(), true);
  loop_.watch(channel_.fd(), EPOLLIN, [this](uint32_t) { receive(); });
}

SetUp::~SetUp() {
  close();
}

void SetUp::close() {
  if (channel_.fd() < 0) return;
  loop_.forget(channel_.fd());
  channel_.close();
}

void SetUp::go_on(pid_t pid) {
  try {
    channel_.send(MessageType::go_on, std::to_string(pid));
  } catch (const Error& error) {
    if (error.errno_value() != EPIPE) throw;  // the child has failed; its message is waiting to be read
  }
}

void SetUp::start() {
  wanted_ = true;
  if (!ready_ || started_ || done_) return;
  started_ = true;
  try {
    channel_.send(MessageType::start);
  } catch (const Error& error) {
    if (error.errno_value() != EPIPE) throw;
  }
}

bool SetUp::receive() {
  try {
    std::optional<InitMessage> message = channel_.receive();
    if (message) {
      handle(std::move(*message));
      return !done_;
    }
    if (errno == EAGAIN) return false;
    end_of_file();
  } catch (const Error& error) {
    fail(error);
  }
  return false;
}

void SetUp::handle(InitMessage message) {
  switch (message.type) {
    case MessageType::console:
      if (message.fds.size() != 1)
        throw_error(ErrorCode::internal, "init channel: console without a descriptor");
      return events_.console(std::move(message.fds[0]));
    case MessageType::hooks_due:
      events_.hooks_due();
      return channel_.send(MessageType::hooks_done);
    case MessageType::ready:
      ready_ = true;
      events_.ready();
      if (wanted_) start();
      return;
    case MessageType::failed:
      throw Error(message.code, message.text, message.errno_value);
    default:
      throw_error(ErrorCode::internal, "init channel: message out of order");
  }
}

void SetUp::end_of_file() {
  if (!started_) throw_error(ErrorCode::internal, "the process died while it was being set up");
  done_ = true;
  close();
  events_.running();
}

void SetUp::fail(const Error& error) {
  done_ = true;
  close();
  events_.failed(error);
}

void SetUp::child_ended() {
  while (!done_ && receive()) continue;
}

}  // namespace rundlet::runtime
