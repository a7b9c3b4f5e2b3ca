// Netlink by libmnl: a message under construction and a socket that sends it and reads the answer.
// Errors of the kernel are thrown as Error with its errno and, where it gives one, its explanation (extended
// ack).
#pragma once

#include <linux/netlink.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace rundlet::net {

// One request of at most 8 KiB; an attribute that does not fit throws internal.
class NetlinkMessage {
 public:
  // flags: NLM_F_REQUEST is added.
  NetlinkMessage(uint16_t type, uint16_t flags = 0);

  // The family's fixed header (ifinfomsg, rtmsg, nfgenmsg), zeroed: once, before the attributes.
  template <class Header>
  Header& header() {
    return *static_cast<Header*>(extra_header(sizeof(Header)));
  }
  NetlinkMessage& put(uint16_t type, const void* data, size_t size);
  NetlinkMessage& put_u8(uint16_t type, uint8_t value) { return put(type, &value, sizeof value); }
  NetlinkMessage& put_u16(uint16_t type, uint16_t value) { return put(type, &value, sizeof value); }
  NetlinkMessage& put_u32(uint16_t type, uint32_t value) { return put(type, &value, sizeof value); }
  NetlinkMessage& put_string(uint16_t type, const std::string& value) {
    return put(type, value.c_str(), value.size() + 1);
  }
  // Attributes that `content` puts go inside the attribute `type`.
  NetlinkMessage& nest(uint16_t type, const std::function<void()>& content);
  // Bytes without an attribute header, for the structures that some attributes begin with.
  void append_raw(const void* data, size_t size);

  nlmsghdr* get() { return reinterpret_cast<nlmsghdr*>(buffer_.data()); }
  const nlmsghdr* get() const { return reinterpret_cast<const nlmsghdr*>(buffer_.data()); }

 private:
  void* extra_header(size_t size);

  alignas(nlmsghdr) std::array<char, 8192> buffer_;
};

// A view of one attribute of a received message.
class NetlinkAttribute {
 public:
  explicit NetlinkAttribute(const nlattr* raw) : raw_(raw) {}
  uint16_t type() const;
  uint8_t u8() const;
  uint16_t u16() const;
  uint32_t u32() const;
  std::string text() const;
  std::string_view bytes() const;
  std::vector<NetlinkAttribute> nested() const;

 private:
  const nlattr* raw_;
};
// The attributes that follow the family's fixed header.
std::vector<NetlinkAttribute> attributes_of(const nlmsghdr& message, size_t header_size);

class NetlinkSocket {
 public:
  // In the network namespace of the calling thread. protocol: NETLINK_ROUTE, NETLINK_NETFILTER.
  explicit NetlinkSocket(int protocol);

  // Sends and waits for the acknowledgement. `what` opens the error message: "add address 10.0.0.1 to eth0".
  void request(NetlinkMessage& message, std::string_view what);
  // The same, giving every message that comes before the acknowledgement to `on_reply`.
  void query(NetlinkMessage& message, std::string_view what,
             const std::function<void(const nlmsghdr&)>& on_reply);
  // A dump (NLM_F_DUMP is added); taken again when it was interrupted by a change, so that `on_reply` sees
  // one consistent list.
  void dump(NetlinkMessage& message, std::string_view what,
            const std::function<void(const nlmsghdr&)>& on_reply);

  // For batches, which the kernel answers while it is being sent to: all the errors and acknowledgements that
  // are there.
  struct Answer {
    uint32_t sequence = 0;
    int error = 0;  // errno, 0 is an acknowledgement
    std::string explanation;
  };
  void send_raw(std::string_view bytes, std::string_view what);
  std::vector<Answer> drain_answers(std::string_view what);

 private:
  using Handler = std::function<void(const nlmsghdr&)>;
  uint32_t send(NetlinkMessage& message, std::string_view what);
  // False when the kernel says that the list changed under the dump.
  bool receive(uint32_t sequence, std::string_view what, const Handler& on_reply);
  size_t receive_packet(int flags, std::string_view what);

  Fd socket_;
  uint32_t sequence_ = 0;
  std::string buffer_;
};

}  // namespace rundlet::net
