#include "tests/unit/base/net/namespaces.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>

#include "base/error.h"
#include "base/net/netns.h"

namespace rundlet::testing {
namespace {

constexpr int kPatienceMs = 400;

int socket_type(Transport transport) {
  return transport == Transport::tcp ? SOCK_STREAM : SOCK_DGRAM;
}

sockaddr_in socket_address(net::Ipv4 address, uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = address.network_order();
  name.sin_port = htons(port);
  return name;
}

Fd bound_socket(Transport transport, net::Ipv4 address, uint16_t port) {
  Fd socket(::socket(AF_INET, socket_type(transport) | SOCK_CLOEXEC, 0));
  if (!socket) throw_errno("socket");
  int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in name = socket_address(address, port);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) < 0) throw_errno("bind");
  return socket;
}

std::string text_of(const sockaddr_in& name) {
  return to_string(net::Ipv4::from_network_order(name.sin_addr.s_addr));
}

bool wait_for(int fd, short events) {
  pollfd waiting{fd, events, 0};
  return ::poll(&waiting, 1, kPatienceMs) == 1;
}

}  // namespace

net::Ipv4 ip(const std::string& text) {
  return net::parse_ipv4(text).value();
}
net::InterfaceAddress ip_with_prefix(const std::string& text) {
  return net::parse_interface_address(text).value();
}

NetworkNamespaceTest::NetworkNamespaceTest() : home_(net::current_netns()) {
  if (::unshare(CLONE_NEWNET) < 0) throw_errno("unshare");
  net::RouteSocket().set_up(1);
}

NetworkNamespaceTest::~NetworkNamespaceTest() {
  if (::setns(home_.get(), CLONE_NEWNET) < 0) std::abort();
}

std::string NetworkNamespaceTest::output_of(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (!pipe) throw_errno("popen");
  std::string text;
  std::array<char, 4096> buffer;
  while (size_t n = ::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), n);
  ::pclose(pipe);
  return text;
}

void connect_by_cable(int other_netns, const std::string& here, const std::string& there) {
  static int cables = 0;
  net::RouteSocket routes;
  std::string name = "cable" + std::to_string(cables++);
  routes.add_veth({name, "cable", other_netns, {2, 0, 0, 0, 0, 1}, 1500});
  int index = routes.find_link(name)->index;
  routes.add_address(index, ip_with_prefix(here));
  routes.set_up(index);
  net::in_netns(other_netns, [&] {
    net::RouteSocket inside;
    int end = inside.find_link("cable")->index;
    inside.add_address(end, ip_with_prefix(there));
    inside.set_up(1);
    inside.set_up(end);
    inside.add_default_route(ip_with_prefix(here).address, end);
    inside.wait_until_running(end);
  });
  routes.wait_until_running(index);
}

Server::Server(int netns_fd, Transport transport, uint16_t port, std::string name, net::Ipv4 address)
    : transport_(transport), name_(std::move(name)) {
  net::in_netns(netns_fd, [&] { socket_ = bound_socket(transport, address, port); });
  if (transport == Transport::tcp && ::listen(socket_.get(), 16) < 0) throw_errno("listen");
  thread_ = std::thread([this] { transport_ == Transport::tcp ? serve_tcp() : serve_udp(); });
}

Server::~Server() {
  ::shutdown(socket_.get(), SHUT_RDWR);
  thread_.join();
}

void Server::serve_tcp() {
  for (;;) {
    sockaddr_in client{};
    socklen_t size = sizeof client;
    Fd connection(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&client), &size, SOCK_CLOEXEC));
    if (!connection) return;
    std::string answer = name_ + " " + text_of(client);
    (void)::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }
}

void Server::serve_udp() {
  for (;;) {
    char question[64];
    sockaddr_in client{};
    socklen_t size = sizeof client;
    ssize_t n =
        ::recvfrom(socket_.get(), question, sizeof question, 0, reinterpret_cast<sockaddr*>(&client), &size);
    if (n <= 0) return;
    std::string answer = name_ + " " + text_of(client);
    (void)::sendto(socket_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&client),
                   size);
  }
}

std::optional<std::string> ask(Transport transport, net::Ipv4 address, uint16_t port, net::Ipv4 source,
                               uint16_t source_port) {
  Fd socket = bound_socket(transport, source, source_port);
  set_nonblocking(socket.get(), true);
  sockaddr_in name = socket_address(address, port);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) < 0 && errno != EINPROGRESS)
    return std::nullopt;
  if (!wait_for(socket.get(), POLLOUT)) return std::nullopt;
  if (transport == Transport::udp && ::send(socket.get(), "?", 1, MSG_NOSIGNAL) < 0) return std::nullopt;
  if (!wait_for(socket.get(), POLLIN)) return std::nullopt;
  char answer[128];
  ssize_t n = ::recv(socket.get(), answer, sizeof answer, 0);
  if (n <= 0) return std::nullopt;
  return std::string(answer, static_cast<size_t>(n));
}

std::optional<std::string> ask_from(int netns_fd, Transport transport, net::Ipv4 address, uint16_t port) {
  std::optional<std::string> answer;
  net::in_netns(netns_fd, [&] { answer = ask(transport, address, port); });
  return answer;
}

}  // namespace rundlet::testing
