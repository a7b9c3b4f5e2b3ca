#include <sys/socket.h>

#include <thread>

#include "base/clock.h"
#include "tests/unit/base/http/http_fixture.h"

namespace rundlet::http {

namespace {

// Answers every hijacked stream with its own bytes, then says how it ended.
void echo_stream(Request& request, ResponseWriter& writer) {
  EXPECT_EQ(request.body->read_all(100), request.method == "POST" ? "{}" : "");
  auto taken = writer.hijack("application/vnd.docker.raw-stream");
  send_all(taken.socket, taken.unread);
  send_all(taken.socket, read_all(taken.socket.get()) + "<end>");
}

using Hijack = HttpTest;

}  // namespace

TEST_F(Hijack, SwitchesProtocolsWhenAsked) {
  start(echo_stream);
  Fd socket = connect();
  write_all(socket.get(),
            "POST /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}early");
  std::string head = read_until(socket, "early");
  EXPECT_EQ(
      head,
      "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\n"
      "Upgrade: tcp\r\n\r\nearly");
  send_all(socket, "late");
  ::shutdown(socket.get(), SHUT_WR);
  EXPECT_EQ(read_to_end(socket), "late<end>");
}

TEST_F(Hijack, GivesOldClientsARawStream) {
  start(echo_stream);
  Fd socket = connect();
  send_all(socket, "GET /a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(read_until(socket, "\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n");
  ::shutdown(socket.get(), SHUT_WR);
  EXPECT_EQ(read_to_end(socket), "<end>");
}

TEST_F(Hijack, TheSocketOutlivesTheServer) {
  Fd kept;
  start([&](Request&, ResponseWriter& writer) { kept = writer.hijack("").socket; });
  Fd socket = connect();
  send_all(socket, "GET /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  read_until(socket, "\r\n\r\n");
  server_.reset();
  send_all(kept, "still here");
  EXPECT_EQ(read_until(socket, "here"), "still here");
  send_all(socket, "and back");
  ::shutdown(socket.get(), SHUT_WR);
  EXPECT_EQ(read_all(kept.get()), "and back");
}

TEST_F(Hijack, ClientUpgrades) {
  start(echo_stream);
  Client client(endpoint());
  auto upgraded = client.upgrade({"POST", "/exec/1/start", {}, "{}", {}, {}});
  EXPECT_EQ(upgraded.status, 101);
  EXPECT_EQ(upgraded.headers.get("Content-Type"), "application/vnd.docker.raw-stream");
  send_all(upgraded.socket, "ping");
  ::shutdown(upgraded.socket.get(), SHUT_WR);
  EXPECT_EQ(upgraded.unread + read_all(upgraded.socket.get()), "ping<end>");
}

TEST_F(Hijack, ClientSeesWhyItWasRefused) {
  start([](Request&, ResponseWriter& writer) {
    writer.send(409, "application/json", "{\"message\":\"not running\"}");
  });
  Client client(endpoint());
  auto upgraded = client.upgrade({"POST", "/x", {}, "", {}, {}});
  EXPECT_EQ(upgraded.status, 409);
  EXPECT_EQ(upgraded.body, "{\"message\":\"not running\"}");
  EXPECT_FALSE(upgraded.socket);
}

}  // namespace rundlet::http
