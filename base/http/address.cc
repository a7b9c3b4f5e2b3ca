#include "base/http/address.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/http/server.h"

namespace rundlet::http {

namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

AddressList resolve(const HostPort& address, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const char* host = address.host.empty() ? nullptr : address.host.c_str();
  int result = ::getaddrinfo(host, std::to_string(address.port).c_str(), &hints, &found);
  if (result != 0)
    throw_error(ErrorCode::unavailable, fmt::format("lookup {}: {}", address.host, ::gai_strerror(result)));
  return {found, &::freeaddrinfo};
}

// 0, or the errno of the failure.
int finish_connect(int socket, int wake_fd, Deadline deadline) {
  for (;;) {
    pollfd entries[2] = {{socket, POLLOUT, 0}, {wake_fd, POLLIN, 0}};
    int ready = ::poll(entries, 2, deadline.poll_timeout());
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return errno;
    if (ready == 0) return ETIMEDOUT;
    if (entries[1].revents != 0) throw_error(ErrorCode::cancelled, "connecting was cancelled");
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
  }
}

// An empty Fd and `failure` set when this address does not answer.
Fd try_connect(const addrinfo& address, int wake_fd, Deadline deadline, int& failure) {
  Fd socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) throw_errno("socket");
  failure = ::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (failure == EINPROGRESS) failure = finish_connect(socket.get(), wake_fd, deadline);
  if (failure != 0) return {};
  int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  set_nonblocking(socket.get(), false);
  return socket;
}

}  // namespace

HostPort parse_host_port(const std::string& text, int default_port) {
  HostPort result;
  std::string_view rest = text;
  if (rest.starts_with('[')) {
    size_t bracket = rest.find(']');
    if (bracket == std::string_view::npos) throw_invalid("invalid address \"" + text + "\"");
    result.host = rest.substr(1, bracket - 1);
    rest.remove_prefix(bracket + 1);
  } else {
    size_t colon = rest.rfind(':');
    result.host = rest.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon);
  }
  if (rest.empty() && default_port >= 0) {
    result.port = default_port;
    return result;
  }
  if (!rest.starts_with(':')) throw_invalid("address \"" + text + "\" has no port");
  rest.remove_prefix(1);
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), result.port);
  bool whole = error == std::errc{} && end == rest.data() + rest.size();
  if (!whole || result.port < 0 || result.port > 65535)
    throw_invalid("invalid port in address \"" + text + "\"");
  return result;
}

Fd connect_tcp(const HostPort& address, int wake_fd, Deadline deadline) {
  AddressList list = resolve(address, AI_ADDRCONFIG);
  int failure = 0;
  for (const addrinfo* one = list.get(); one != nullptr; one = one->ai_next) {
    if (Fd socket = try_connect(*one, wake_fd, deadline, failure)) return socket;
  }
  throw Error(ErrorCode::unavailable,
              fmt::format("connect to {}:{}: {}", address.host, address.port, std::strerror(failure)),
              failure);
}

Fd listen_tcp(const std::string& address) {
  AddressList list = resolve(parse_host_port(address), AI_PASSIVE);
  const addrinfo& first = *list;
  Fd socket(::socket(first.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) throw_errno("socket");
  int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), first.ai_addr, first.ai_addrlen) < 0) throw_errno("listen on " + address);
  if (::listen(socket.get(), SOMAXCONN) < 0) throw_errno("listen on " + address);
  return socket;
}

}  // namespace rundlet::http
