// Network namespaces that play hosts, and small servers and clients inside them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "base/fd.h"
#include "base/net/ipv4.h"
#include "base/net/link.h"

namespace rundlet::testing {

net::Ipv4 ip(const std::string& text);
net::InterfaceAddress ip_with_prefix(const std::string& text);

// Every test in a fresh namespace of its own, loopback up: the calling thread is in it until the test ends,
// and the threads that it starts too.
class NetworkNamespaceTest : public ::testing::Test {
 protected:
  NetworkNamespaceTest();
  ~NetworkNamespaceTest() override;

  // What a shell command prints, run in the test's namespace.
  static std::string output_of(const std::string& command);

 private:
  Fd home_;
};

// Joins the calling thread's namespace with another by a cable: here the address `here`, there `there`, with
// a default route to here.
void connect_by_cable(int other_netns, const std::string& here, const std::string& there);

enum class Transport { tcp, udp };

// Answers every connection or datagram with "NAME CLIENT_ADDRESS".
class Server {
 public:
  Server(int netns_fd, Transport transport, uint16_t port, std::string name, net::Ipv4 address = {});
  ~Server();
  Server(const Server&) = delete;

 private:
  void serve_tcp();
  void serve_udp();

  Transport transport_;
  std::string name_;
  Fd socket_;
  std::thread thread_;
};

// What the server there answers; nullopt when nothing comes in time. The source is chosen by the kernel, or
// given.
std::optional<std::string> ask(Transport transport, net::Ipv4 address, uint16_t port, net::Ipv4 source = {},
                               uint16_t source_port = 0);
std::optional<std::string> ask_from(int netns_fd, Transport transport, net::Ipv4 address, uint16_t port);

}  // namespace rundlet::testing
