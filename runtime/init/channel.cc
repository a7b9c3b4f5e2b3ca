#include "runtime/init/channel.h"

#include <sys/socket.h>

#include <cerrno>

#include "base/unix_socket.h"

namespace rundlet::runtime {

std::pair<Channel, Channel> Channel::make() {
  auto [first, second] = make_socket_pair(SOCK_SEQPACKET);
  return {Channel(std::move(first)), Channel(std::move(second))};
}

void Channel::send(MessageType type, const std::string& text) const {
  InitMessage message;
  message.type = type;
  message.text = text;
  send_message(socket_.get(), encode(message));
}

void Channel::send_descriptor(MessageType type, const Fd& fd) const {
  InitMessage message;
  message.type = type;
  send_message(socket_.get(), encode(message), {fd.get()});
}

void Channel::send_error(const Error& error) const {
  InitMessage message;
  message.code = error.code();
  message.errno_value = error.errno_value();
  message.text = error.message();
  send_message(socket_.get(), encode(message));
}

std::optional<InitMessage> Channel::receive() const {
  errno = 0;
  std::optional<Message> packet = receive_message(socket_.get());
  if (!packet) return std::nullopt;
  InitMessage message = decode(packet->data);
  message.fds = std::move(packet->fds);
  return message;
}

InitMessage Channel::expect(MessageType type) const {
  std::optional<InitMessage> message = receive();
  if (!message) throw_error(ErrorCode::unavailable, "the other end of the init channel is gone");
  if (message->type == MessageType::failed) throw Error(message->code, message->text, message->errno_value);
  if (message->type != type) throw_error(ErrorCode::internal, "init channel: message out of order");
  return std::move(*message);
}

}  // namespace rundlet::runtime
