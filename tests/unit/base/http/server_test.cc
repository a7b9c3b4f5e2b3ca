#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "tests/unit/base/http/http_fixture.h"

namespace rundlet::http {

namespace {

void echo(Request& request, ResponseWriter& writer) {
  std::string body = request.body->read_all(1 << 24);
  writer.send(200, "text/plain", request.method + " " + request.url.path + " [" + body + "]");
}

using HttpServer = HttpTest;

}  // namespace

TEST_F(HttpServer, AnswersWithLengthAndKeepsTheConnection) {
  start(echo);
  Fd socket = connect();
  for (int i = 0; i < 3; ++i) {
    send_all(socket, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
    std::string answer = read_until(socket, "]");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(contains(answer, "Content-Length: 13\r\n")) << answer;
    EXPECT_TRUE(contains(answer, "POST /a [abc]")) << answer;
    EXPECT_FALSE(contains(answer, "Connection: close")) << answer;
  }
}

TEST_F(HttpServer, AnswersPipelinedRequestsInOrder) {
  start(echo);
  std::string answer =
      raw("GET /1 HTTP/1.1\r\n\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 2\r\n\r\nxy"
          "GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n");
  size_t first = answer.find("GET /1 []"), second = answer.find("POST /2 [xy]"),
         third = answer.find("GET /3 []");
  ASSERT_NE(third, std::string::npos) << answer;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST_F(HttpServer, ReadsChunkedBodiesThatComeByteByByte) {
  start(echo);
  Fd socket = connect();
  std::string_view request =
      "POST /c HTTP/1.1\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;ext=\"v\"\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n"
      "Trailer: t\r\n\r\nGET /next HTTP/1.1\r\nConnection: close\r\n\r\n";
  for (char c : request) send_all(socket, {&c, 1});
  std::string answer = read_to_end(socket);
  EXPECT_TRUE(contains(answer, "POST /c [abc0123456789abcdef]")) << answer;
  EXPECT_TRUE(contains(answer, "GET /next []")) << answer;
}

TEST_F(HttpServer, StreamsChunksAsTheyAreWritten) {
  std::atomic<bool> go{false};
  start([&](Request&, ResponseWriter& writer) {
    writer.start_stream(200, "text/plain");
    writer.write("first");
    while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    writer.write("second");
  });
  Fd socket = connect();
  send_all(socket, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(contains(read_until(socket, "first\r\n"), "Transfer-Encoding: chunked\r\n"));
  go = true;
  EXPECT_EQ(read_until(socket, "0\r\n\r\n"), "6\r\nsecond\r\n0\r\n\r\n");
}

TEST_F(HttpServer, SpeaksHttp10) {
  start([](Request& request, ResponseWriter& writer) {
    if (request.url.path == "/plain") return writer.send(200, "", "body");
    writer.start_stream(200, "text/plain");
    writer.write("streamed");
  });
  std::string streamed = raw("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(streamed.starts_with("HTTP/1.0 200 OK\r\n")) << streamed;
  EXPECT_FALSE(contains(streamed, "chunked")) << streamed;
  EXPECT_TRUE(streamed.ends_with("\r\n\r\nstreamed")) << streamed;
  std::string kept = raw("GET /plain HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /plain HTTP/1.0\r\n\r\n");
  EXPECT_EQ(count_of(kept, "body"), 2u) << kept;
  EXPECT_TRUE(contains(kept, "Connection: keep-alive")) << kept;
}

TEST_F(HttpServer, HeadAndBodilessStatusesCarryNoBody) {
  start([](Request& request, ResponseWriter& writer) {
    if (request.url.path == "/gone") return writer.send(204, "", "never seen");
    if (request.url.path == "/same") return writer.send_empty(304);
    writer.send(200, "text/plain", "12345");
  });
  std::string answer =
      raw("HEAD / HTTP/1.1\r\n\r\nGET /gone HTTP/1.1\r\n\r\nGET /same HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(contains(answer, "Content-Length: 5\r\n")) << answer;
  EXPECT_FALSE(contains(answer, "12345")) << answer;
  EXPECT_FALSE(contains(answer, "never seen")) << answer;
  EXPECT_TRUE(contains(answer, "HTTP/1.1 204 No Content\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "HTTP/1.1 304 Not Modified\r\n")) << answer;
  EXPECT_EQ(count_of(answer, "Content-Length"), 1u) << answer;
}

TEST_F(HttpServer, AsksForTheBodyWhenTheClientWaits) {
  start(echo);
  Fd socket = connect();
  send_all(socket, "POST /e HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(read_until(socket, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  send_all(socket, "ok");
  EXPECT_TRUE(contains(read_until(socket, "]"), "POST /e [ok]"));
}

TEST_F(HttpServer, DoesNotAskForABodyThatNobodyReads) {
  start([](Request&, ResponseWriter& writer) { writer.send(401, "", "no"); });
  std::string answer = raw("POST /e HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "Connection: close")) << answer;
}

TEST_F(HttpServer, RefusesWhatIsNotHttp) {
  start(echo);
  const char* requests[] = {
      "\x16\x03\x01\x02\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "GET / HTTP/1.1\r\nNo colon\r\n\r\n",
      "GET / HTTP/1.1\r\nBad Name: x\r\n\r\n",
      "GET /%zz HTTP/1.1\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\nx",
      "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  };
  for (const char* request : requests) {
    std::string answer = raw(request);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << request << "\n" << answer;
    EXPECT_TRUE(contains(answer, "{\"message\":\"")) << answer;
    EXPECT_FALSE(contains(answer, "smuggled")) << answer;
  }
  EXPECT_TRUE(raw("GET / HTTP/1.1\r\nExpect: miracles\r\n\r\n").starts_with("HTTP/1.1 417 "));
}

TEST_F(HttpServer, TellsTheHandlerOfAMalformedChunk) {
  std::atomic<int> failures{0};
  start([&](Request& request, ResponseWriter& writer) {
    try {
      echo(request, writer);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      ++failures;
      writer.send(400, "", "bad body");
    }
  });
  std::string answer =
      raw("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nGET /x HTTP/1.1\r\n\r\n");
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(count_of(answer, "HTTP/1.1"), 1u) << answer;
}

TEST_F(HttpServer, LimitsTheHead) {
  ServerLimits limits;
  limits.max_header_bytes = 4096;
  start(echo, limits);
  EXPECT_TRUE(raw("GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(
      raw("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n").starts_with("HTTP/1.1 431 "));
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 1000; ++i) many += "X: 0123456789\r\n";
  EXPECT_TRUE(raw(many + "\r\n").starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(raw("GET / HTTP/1.1\r\nConnection: close\r\nX: " + std::string(2000, 'a') + "\r\n\r\n")
                  .starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServer, ClosesOnClientsThatDawdle) {
  ServerLimits limits;
  limits.request_timeout_ms = 150;
  limits.idle_timeout_ms = 300;
  start(echo, limits);
  Fd slow = connect(), idle = connect();
  std::jthread dribble([&](std::stop_token stop) {  // a byte now and then must not extend the deadline
    while (!stop.stop_requested() && ::send(slow.get(), "X", 1, MSG_NOSIGNAL) == 1) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  std::string answer = read_until(slow, "}");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << answer;
  EXPECT_EQ(read_to_end(idle), "");
}

TEST_F(HttpServer, GivesUpOnABodyThatStalls) {
  ServerLimits limits;
  limits.body_stall_timeout_ms = 100;
  start([](Request& request, ResponseWriter& writer) { echo(request, writer); }, limits,
        [](const std::exception& error) {
          auto* known = dynamic_cast<const Error*>(&error);
          return std::pair{known && known->code() == ErrorCode::deadline_exceeded ? 408 : 500,
                           std::string("{}")};
        });
  Fd socket = connect();
  send_all(socket, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_TRUE(read_until(socket, "{}").starts_with("HTTP/1.1 408 "));
}

TEST_F(HttpServer, TurnsAwayMoreConnectionsThanItMayHave) {
  ServerLimits limits;
  limits.max_connections = 2;
  start(echo, limits);
  Fd one = connect(), two = connect();
  for (const Fd* socket : {&one, &two}) {
    send_all(*socket, "GET / HTTP/1.1\r\n\r\n");
    read_until(*socket, "]");
  }
  Fd three = connect();
  EXPECT_TRUE(read_to_end(three).starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  one.reset();
  for (int i = 0; i < 200; ++i) {
    std::string answer = raw("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    if (answer.starts_with("HTTP/1.1 200 ")) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL() << "the place of a closed connection was not given to another";
}

TEST_F(HttpServer, MapsWhatHandlersThrow) {
  auto map = [](const std::exception& error) {
    return std::pair{404, "{\"message\":\"" + std::string(error.what()) + "\"}"};
  };
  start(
      [](Request& request, ResponseWriter&) {
        if (request.url.path == "/error") throw_not_found("No such container: x");
        if (request.url.path == "/std") throw std::runtime_error("odd");
      },
      {}, map);
  std::string answer = raw(
      "GET /error HTTP/1.1\r\n\r\nGET /std HTTP/1.1\r\n\r\nGET /mute HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(contains(answer, "{\"message\":\"No such container: x\"}")) << answer;
  EXPECT_TRUE(contains(answer, "{\"message\":\"odd\"}")) << answer;
  EXPECT_TRUE(contains(answer, "not answered")) << answer;
}

TEST_F(HttpServer, CutsAStreamShortWhenItsHandlerFails) {
  start([](Request&, ResponseWriter& writer) {
    writer.start_stream(200, "text/plain");
    writer.write("half");
    throw_error(ErrorCode::internal, "disk full");
  });
  std::string answer = raw("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("half\r\n")) << answer;
  Client client(endpoint());
  EXPECT_THROW(client.exchange({"GET", "/", {}, "", {}, {}}), Error);
}

TEST_F(HttpServer, StreamsWithAKnownLength) {
  start([](Request&, ResponseWriter& writer) {
    writer.headers().set("Content-Length", "6");
    writer.start_stream(200, "text/plain");
    writer.write("abc");
    writer.write("def");
    EXPECT_THROW(writer.write("g"), Error);
  });
  std::string answer = raw("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(count_of(answer, "\r\n\r\nabcdef"), 2u) << answer;
  EXPECT_FALSE(contains(answer, "chunked")) << answer;
}

TEST_F(HttpServer, ReadsOffASmallBodyAndKeepsTheConnection) {
  start([](Request&, ResponseWriter& writer) { writer.send(200, "", "ignored"); });
  std::string answer =
      raw("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345POST / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(count_of(answer, "ignored"), 2u) << answer;
}

TEST_F(HttpServer, LetsAClientReadTheAnswerToABodyThatIsTooLarge) {
  start([](Request&, ResponseWriter& writer) { writer.send(413, "", "too large"); });
  Fd socket = connect();
  send_all(socket, "POST / HTTP/1.1\r\nContent-Length: 20000000\r\n\r\n");
  std::string block(1'000'000, 'x');
  for (int i = 0; i < 20; ++i) send_all(socket, block);
  std::string answer = read_to_end(socket);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer.substr(0, 100);
  EXPECT_TRUE(answer.ends_with("too large")) << answer.substr(0, 400);
}

TEST_F(HttpServer, HandlerSeesTheClientGo) {
  std::atomic<int> seen{0};
  start([&](Request&, ResponseWriter& writer) {
    writer.start_stream(200, "text/plain");
    EXPECT_FALSE(writer.client_gone());
    writer.write("x");
    pollfd entry{writer.client_fd(), POLLRDHUP, 0};
    if (::poll(&entry, 1, 5000) == 1 && writer.client_gone()) ++seen;
    EXPECT_THROW(for (int i = 0; i < 1000; ++i) writer.write(std::string(100'000, 'y')), Error);
    ++seen;
  });
  Fd socket = connect();
  send_all(socket, "GET / HTTP/1.1\r\n\r\n");
  read_until(socket, "x\r\n");
  socket.reset();
  for (int i = 0; i < 500 && seen < 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(seen, 2);
}

TEST_F(HttpServer, StopsWhileHandlersAndIdleConnectionsWait) {
  std::atomic<int> running{0};
  start([&](Request& request, ResponseWriter& writer) {
    ++running;
    if (request.url.path == "/body") {
      EXPECT_THROW(request.body->read_all(100), Error);
      return writer.send(200, "", "");
    }
    if (request.url.path == "/flood") {
      writer.start_stream(200, "");
      std::string block(100'000, 'x');
      for (;;) writer.write(block);
    }
    if (request.url.path == "/poll") {
      pollfd entry{writer.client_fd(), POLLRDHUP, 0};
      ::poll(&entry, 1, -1);
    }
    while (!writer.client_gone()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    writer.send(200, "", "late");
  });
  Fd idle = connect(), step = connect(), poller = connect(), body = connect(), flood = connect();
  send_all(step, "GET /step HTTP/1.1\r\n\r\n");
  send_all(poller, "GET /poll HTTP/1.1\r\n\r\n");
  send_all(body, "POST /body HTTP/1.1\r\nContent-Length: 9\r\n\r\n");
  send_all(flood, "GET /flood HTTP/1.1\r\n\r\n");
  while (running < 4) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  int64_t before = steady_millis();
  server_->stop();
  EXPECT_LT(steady_millis() - before, 2000);
  EXPECT_TRUE(contains(read_to_end(step), "late"));
  EXPECT_THROW(connect(), Error);
}

TEST_F(HttpServer, ServesManyClientsAtOnce) {
  start(echo);
  std::vector<std::jthread> clients;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] {
      Client client(endpoint());
      for (int j = 0; j < 50; ++j) {
        std::string path = "/" + std::to_string(i) + "/" + std::to_string(j);
        if (client.exchange({"GET", path, {}, "", {}, {}}).body == "GET " + path + " []") ++good;
      }
    });
  }
  clients.clear();
  EXPECT_EQ(good, 400);
}

}  // namespace rundlet::http
