#include "base/http/client.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "tests/unit/base/http/http_fixture.h"

namespace rundlet::http {

namespace {

ClientRequest get(std::string target) {
  return {"GET", std::move(target), {}, "", {}, {}};
}

ErrorCode code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::internal;
}

using HttpClient = HttpTest;

}  // namespace

TEST(ParseEndpoint, KnowsTheSchemes) {
  EXPECT_EQ(parse_endpoint("unix:///run/x.sock").unix_path, "/run/x.sock");
  Endpoint tcp = parse_endpoint("tcp://127.0.0.1:2376");
  EXPECT_EQ(tcp.host, "127.0.0.1");
  EXPECT_EQ(tcp.port, 2376);
  EXPECT_FALSE(tcp.tls);
  Endpoint v6 = parse_endpoint("https://[::1]:1/");
  EXPECT_EQ(v6.host, "::1");
  EXPECT_TRUE(v6.tls);
  EXPECT_EQ(parse_endpoint("tcp://host").port, 2375);
  for (const char* bad :
       {"", "unix://", "ssh://x", "tcp://", "tcp://h:", "tcp://h:70000", "tcp://[::1", "h:1"}) {
    EXPECT_THROW(parse_endpoint(bad), Error) << bad;
  }
}

TEST_F(HttpClient, StreamsBothWaysAtOnce) {
  start([](Request& request, ResponseWriter& writer) {
    writer.start_stream(200, "text/plain");
    char buffer[7000];
    while (size_t count = request.body->read(buffer, sizeof buffer)) writer.write({buffer, count});
  });
  // More than all socket buffers hold: with one direction at a time this would never end.
  size_t left = 32 << 20, sent_sum = 0, received_sum = 0, received = 0;
  ClientRequest request{"POST", "/", {}, "", {}, {}};
  request.body_source = [&](char* buffer, size_t size) {
    size_t count = std::min(size, left);
    for (size_t i = 0; i < count; ++i)
      sent_sum += static_cast<unsigned char>(buffer[i] = static_cast<char>(left + i));
    left -= count;
    return count;
  };
  Client client(endpoint());
  ClientResponse response = client.exchange(request, [&](std::string_view data) {
    received += data.size();
    for (char c : data) received_sum += static_cast<unsigned char>(c);
  });
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(received, size_t{32} << 20);
  EXPECT_EQ(received_sum, sent_sum);
  EXPECT_EQ(response.body, "");
}

TEST_F(HttpClient, CollectsTheBodyOfAnErrorEvenWhenStreaming) {
  start([](Request&, ResponseWriter& writer) { writer.send(404, "application/json", "{}"); });
  Client client(endpoint());
  bool called = false;
  ClientResponse response = client.exchange(get("/"), [&](std::string_view) { called = true; });
  EXPECT_EQ(response.body, "{}");
  EXPECT_FALSE(called);
}

TEST_F(HttpClient, ReusesItsConnection) {
  std::atomic<int> connections{0};
  std::string last_peer;
  thread_local int requests_here = 0;  // a connection is a thread
  start([&](Request&, ResponseWriter& writer) {
    if (requests_here++ == 0) ++connections;
    writer.send(200, "", std::string(100'000, 'x'));
  });
  Client client(endpoint());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.exchange(get("/")).body.size(), 100'000u);
  EXPECT_EQ(connections, 1);
}

TEST_F(HttpClient, ReconnectsWhenTheServerWasRestarted) {
  Handler handler = [](Request&, ResponseWriter& writer) { writer.send(200, "", "hello"); };
  start(handler);
  Client client(endpoint());
  EXPECT_EQ(client.exchange(get("/")).body, "hello");
  server_.reset();
  start(handler);
  EXPECT_EQ(client.exchange({"POST", "/", {}, "x", {}, {}}).body, "hello");
}

TEST_F(HttpClient, SendsAnIdempotentRequestAgainOnAConnectionThatDiesUnderIt) {
  // A server that serves one request on each connection and hangs up on the second without an answer.
  Fd listener = listen_unix(socket_path(), SOCK_STREAM);
  std::jthread hanger([&] {
    for (int i = 0; i < 2; ++i) {
      Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      read_until(socket, "\r\n\r\n");
      send_all(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(i));
      read_until(socket, "\r\n\r\n");
    }
  });
  Client client(endpoint());
  EXPECT_EQ(client.exchange(get("/")).body, "0");
  EXPECT_EQ(client.exchange(get("/")).body, "1");
  EXPECT_EQ(code_of([&] { client.exchange({"POST", "/", {}, "", {}, {}}); }), ErrorCode::unavailable);
}

TEST_F(HttpClient, HearsAnAnswerThatComesBeforeTheBodyIsSent) {
  start([](Request&, ResponseWriter& writer) { writer.send(401, "", "denied"); });
  Client client(endpoint());
  ClientRequest request{"POST", "/", {}, "", {}, {}};
  request.body_source = [](char*, size_t size) { return size; };  // endless
  EXPECT_EQ(client.exchange(request).body, "denied");
  EXPECT_EQ(client.exchange({"POST", "/", {}, std::string(20 << 20, 'x'), {}, {}}).body, "denied");
}

TEST_F(HttpClient, PassesOnWhatTheBodySourceThrows) {
  std::atomic<bool> whole{false};
  start([&](Request& request, ResponseWriter& writer) {
    request.body->read_all(100);
    whole = true;
    writer.send(200, "", "");
  });
  Client client(endpoint());
  ClientRequest request{"POST", "/", {}, "", {}, {}};
  request.body_source = [](char*, size_t) -> size_t { throw std::runtime_error("disk"); };
  EXPECT_THROW(client.exchange(request), std::runtime_error);
  server_->stop();
  EXPECT_FALSE(whole) << "half a body was taken for a whole one";
}

TEST_F(HttpClient, CanBeCancelledWhileItWaits) {
  start([](Request&, ResponseWriter& writer) {
    while (!writer.client_gone()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    writer.send(200, "", "");
  });
  Client client(endpoint());
  auto cancel = std::make_shared<CancelSource>();
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancel->cancel();
  });
  EXPECT_EQ(code_of([&] { client.exchange(get("/"), {}, cancel); }), ErrorCode::cancelled);
  EXPECT_EQ(code_of([&] { client.exchange(get("/"), {}, cancel); }), ErrorCode::cancelled);
}

TEST_F(HttpClient, ReportsWhenNobodyAnswers) {
  Client client(endpoint());
  EXPECT_EQ(code_of([&] { client.exchange(get("/")); }), ErrorCode::unavailable);
  Client tcp(parse_endpoint("tcp://127.0.0.1:1"));
  EXPECT_EQ(code_of([&] { tcp.exchange(get("/")); }), ErrorCode::unavailable);
}

TEST_F(HttpClient, ReadsForeignAnswers) {
  const std::string answers[] = {
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\nuntil the end",
      "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nuntil\r\n8\r\n the end\r\n0\r\n\r\n",
      "HTTP/1.1 200 \r\ncontent-length: 13\r\n\r\nuntil the end",
  };
  Fd listener = listen_unix(socket_path(), SOCK_STREAM);
  Client client(endpoint());
  for (const std::string& answer : answers) {
    std::jthread once([&] {
      Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      read_until(socket, "\r\n\r\n");
      send_all(socket, answer);
    });
    EXPECT_EQ(client.exchange(get("/")).body, "until the end") << answer;
  }
}

TEST_F(HttpClient, RefusesCutAndForeignAnswers) {
  for (const char* answer :
       {"", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "HTTP/1.1 200 OK\r\n"}) {
    Fd listener = listen_unix(socket_path(), SOCK_STREAM);
    std::jthread once([&] {
      Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      read_until(socket, "\r\n\r\n");
      send_all(socket, answer);
    });
    Client client(endpoint());
    EXPECT_EQ(code_of([&] { client.exchange(get("/")); }), ErrorCode::unavailable) << answer;
  }
}

}  // namespace rundlet::http
