#include "runtime/init/message.h"

#include <cstring>

namespace rundlet::runtime {
namespace {

// Both ends are one program on one machine, so the structure itself is the format.
struct Header {
  uint32_t type;
  uint32_t code;
  int32_t errno_value;
};

}  // namespace

std::string encode(const InitMessage& message) {
  Header header = {static_cast<uint32_t>(message.type), static_cast<uint32_t>(message.code),
                   message.errno_value};
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes + message.text;
}

InitMessage decode(std::string_view bytes) {
  Header header;
  if (bytes.size() < sizeof header) throw_error(ErrorCode::internal, "init channel: short message");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.type > static_cast<uint32_t>(MessageType::failed) ||
      header.code > static_cast<uint32_t>(ErrorCode::internal))
    throw_error(ErrorCode::internal, "init channel: unknown message");
  InitMessage message;
  message.type = static_cast<MessageType>(header.type);
  message.code = static_cast<ErrorCode>(header.code);
  message.errno_value = header.errno_value;
  message.text = bytes.substr(sizeof header);
  return message;
}

}  // namespace rundlet::runtime
