// The socket between a child that sets itself up and its parent (message.h).
#pragma once

#include <optional>
#include <utility>

#include "runtime/init/message.h"

namespace rundlet::runtime {

class Channel {
 public:
  Channel() = default;
  explicit Channel(Fd socket) : socket_(std::move(socket)) {}
  static std::pair<Channel, Channel> make();

  int fd() const { return socket_.get(); }
  void close() { socket_.reset(); }
  void send(MessageType type, const std::string& text = "") const;
  void send_descriptor(MessageType type, const Fd& fd) const;
  void send_error(const Error& error) const;
  // nullopt at end of file, and when a non-blocking channel has nothing: then errno is EAGAIN.
  std::optional<InitMessage> receive() const;
  // Waits for that message; throws the error a `failed` carries, unavailable at end of file, internal for any
  // other.
  InitMessage expect(MessageType type) const;

 private:
  Fd socket_;
};

}  // namespace rundlet::runtime
