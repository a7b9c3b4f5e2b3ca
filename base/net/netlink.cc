#include "base/net/netlink.h"

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace rundlet::net {
namespace {

constexpr size_t kReceiveBuffer = 64 * 1024;
constexpr int kDumpAttempts = 16;

std::vector<NetlinkAttribute> attributes_between(const char* bytes, size_t size) {
  std::vector<NetlinkAttribute> found;
  const char* end = bytes + size;
  while (bytes < end) {
    const auto* attribute = reinterpret_cast<const nlattr*>(bytes);
    if (!mnl_attr_ok(attribute, static_cast<int>(end - bytes))) break;
    found.emplace_back(attribute);
    bytes += MNL_ALIGN(attribute->nla_len);
  }
  return found;
}

std::string explanation_of(const nlmsghdr& header) {
  if (!(header.nlmsg_flags & NLM_F_ACK_TLVS)) return "";
  for (const auto& attribute : attributes_of(header, sizeof(nlmsgerr)))
    if (attribute.type() == NLMSGERR_ATTR_MSG) return attribute.text();
  return "";
}

[[noreturn]] void throw_kernel_error(std::string_view what, int error, const std::string& explanation) {
  throw_errno(explanation.empty() ? std::string(what) : std::string(what) + ": " + explanation, error);
}

int error_of(const nlmsghdr& header) {
  return -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(&header))->error;
}

}  // namespace

NetlinkMessage::NetlinkMessage(uint16_t type, uint16_t flags) {
  nlmsghdr* header = mnl_nlmsg_put_header(buffer_.data());
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | flags;
}

void* NetlinkMessage::extra_header(size_t size) {
  return mnl_nlmsg_put_extra_header(get(), size);
}

NetlinkMessage& NetlinkMessage::put(uint16_t type, const void* data, size_t size) {
  if (!mnl_attr_put_check(get(), buffer_.size(), type, size, data))
    throw_error(ErrorCode::internal, "netlink message is too long");
  return *this;
}

NetlinkMessage& NetlinkMessage::nest(uint16_t type, const std::function<void()>& content) {
  nlattr* start = mnl_attr_nest_start_check(get(), buffer_.size(), type);
  if (!start) throw_error(ErrorCode::internal, "netlink message is too long");
  content();
  mnl_attr_nest_end(get(), start);
  return *this;
}

void NetlinkMessage::append_raw(const void* data, size_t size) {
  size_t aligned = MNL_ALIGN(size);
  if (get()->nlmsg_len + aligned > buffer_.size())
    throw_error(ErrorCode::internal, "netlink message is too long");
  char* tail = buffer_.data() + get()->nlmsg_len;
  std::memset(tail, 0, aligned);
  std::memcpy(tail, data, size);
  get()->nlmsg_len += static_cast<uint32_t>(aligned);
}

uint16_t NetlinkAttribute::type() const {
  return mnl_attr_get_type(raw_);
}
uint8_t NetlinkAttribute::u8() const {
  return mnl_attr_get_u8(raw_);
}
uint16_t NetlinkAttribute::u16() const {
  return mnl_attr_get_u16(raw_);
}
uint32_t NetlinkAttribute::u32() const {
  return mnl_attr_get_u32(raw_);
}
std::string NetlinkAttribute::text() const {
  return mnl_attr_get_str(raw_);
}

std::string_view NetlinkAttribute::bytes() const {
  return {static_cast<const char*>(mnl_attr_get_payload(raw_)), mnl_attr_get_payload_len(raw_)};
}

std::vector<NetlinkAttribute> NetlinkAttribute::nested() const {
  return attributes_between(bytes().data(), bytes().size());
}

std::vector<NetlinkAttribute> attributes_of(const nlmsghdr& message, size_t header_size) {
  size_t skipped = MNL_ALIGN(header_size);
  size_t size = mnl_nlmsg_get_payload_len(&message);
  if (size <= skipped) return {};
  return attributes_between(static_cast<const char*>(mnl_nlmsg_get_payload(&message)) + skipped,
                            size - skipped);
}

NetlinkSocket::NetlinkSocket(int protocol)
    : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)) {
  if (!socket_) throw_errno("netlink socket");
  int on = 1;
  for (int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK})
    if (::setsockopt(socket_.get(), SOL_NETLINK, option, &on, sizeof on) < 0)
      throw_errno("netlink socket option");
  buffer_.resize(kReceiveBuffer);
}

void NetlinkSocket::request(NetlinkMessage& message, std::string_view what) {
  query(message, what, {});
}

void NetlinkSocket::query(NetlinkMessage& message, std::string_view what, const Handler& on_reply) {
  message.get()->nlmsg_flags |= NLM_F_ACK;
  receive(send(message, what), what, on_reply);
}

void NetlinkSocket::dump(NetlinkMessage& message, std::string_view what, const Handler& on_reply) {
  message.get()->nlmsg_flags |= NLM_F_DUMP;
  for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
    std::vector<std::string> replies;
    uint32_t sequence = send(message, what);
    bool consistent = receive(sequence, what, [&](const nlmsghdr& reply) {
      replies.emplace_back(reinterpret_cast<const char*>(&reply), reply.nlmsg_len);
    });
    if (!consistent) continue;
    for (const std::string& reply : replies) on_reply(*reinterpret_cast<const nlmsghdr*>(reply.data()));
    return;
  }
  throw_error(ErrorCode::unavailable, std::string(what) + ": the list kept changing");
}

uint32_t NetlinkSocket::send(NetlinkMessage& message, std::string_view what) {
  nlmsghdr* header = message.get();
  header->nlmsg_seq = ++sequence_;
  send_raw({reinterpret_cast<const char*>(header), header->nlmsg_len}, what);
  return sequence_;
}

bool NetlinkSocket::receive(uint32_t sequence, std::string_view what, const Handler& on_reply) {
  bool consistent = true;
  for (;;) {
    int left = static_cast<int>(receive_packet(0, what));
    const auto* header = reinterpret_cast<const nlmsghdr*>(buffer_.data());
    for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
      if (header->nlmsg_seq != sequence) continue;
      if (header->nlmsg_flags & NLM_F_DUMP_INTR) consistent = false;
      if (header->nlmsg_type == NLMSG_DONE) return consistent;
      if (header->nlmsg_type == NLMSG_ERROR) {
        if (int error = error_of(*header)) throw_kernel_error(what, error, explanation_of(*header));
        return consistent;
      }
      if (on_reply) on_reply(*header);
    }
  }
}

// 0: nothing there, with MSG_DONTWAIT.
size_t NetlinkSocket::receive_packet(int flags, std::string_view what) {
  for (;;) {
    ssize_t n = ::recv(socket_.get(), buffer_.data(), buffer_.size(), flags | MSG_TRUNC);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (flags & MSG_DONTWAIT) && errno == EAGAIN) return 0;
    if (n < 0) throw_errno(what);
    if (static_cast<size_t>(n) > buffer_.size())
      throw_error(ErrorCode::internal, std::string(what) + ": netlink answer is too long");
    return static_cast<size_t>(n);
  }
}

void NetlinkSocket::send_raw(std::string_view bytes, std::string_view what) {
  int size = static_cast<int>(bytes.size()) * 2;
  if (bytes.size() > kReceiveBuffer &&
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0)
    throw_errno(what);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  ssize_t n;
  do {
    n = ::sendto(socket_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&kernel),
                 sizeof kernel);
  } while (n < 0 && errno == EINTR);
  if (n < 0) throw_errno(what);
}

std::vector<NetlinkSocket::Answer> NetlinkSocket::drain_answers(std::string_view what) {
  std::vector<Answer> answers;
  while (int left = static_cast<int>(receive_packet(MSG_DONTWAIT, what))) {
    const auto* header = reinterpret_cast<const nlmsghdr*>(buffer_.data());
    for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
      if (header->nlmsg_type != NLMSG_ERROR) continue;
      answers.push_back({header->nlmsg_seq, error_of(*header), explanation_of(*header)});
    }
  }
  return answers;
}

}  // namespace rundlet::net
