#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "base/http/address.h"
#include "tests/unit/base/http/http_fixture.h"

namespace rundlet::http {

namespace {

// A small authority with a certificate for the server (127.0.0.1) and one for a client, and a foreign
// authority.
class Certificates {
 public:
  Certificates() {
    authority("ca");
    authority("other");
    leaf("server", "ca", "subjectAltName=IP:127.0.0.1");
    leaf("elsewhere", "ca", "subjectAltName=DNS:example.org");
    leaf("client", "ca", "extendedKeyUsage=clientAuth");
    leaf("stranger", "other", "extendedKeyUsage=clientAuth");
  }
  std::string file(const std::string& name) const { return dir_.path() + "/" + name; }

 private:
  static void run(const std::string& command) {
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) throw_error(ErrorCode::internal, command);
  }
  static std::string key(const std::string& path) {
    return " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout " + path;
  }
  void authority(const std::string& name) {
    run("openssl req -x509 -days 2 -subj /CN=" + name + key(file(name + ".key")) + " -out " +
        file(name + ".pem"));
  }
  void leaf(const std::string& name, const std::string& issuer, const std::string& extension) {
    write_file(file(name + ".ext"), extension);
    run("openssl req -subj /CN=" + name + key(file(name + ".key")) + " -out " + file(name + ".csr"));
    run("openssl x509 -req -days 2 -in " + file(name + ".csr") + " -CA " + file(issuer + ".pem") +
        " -CAkey " + file(issuer + ".key") + " -CAcreateserial -extfile " + file(name + ".ext") + " -out " +
        file(name + ".pem"));
  }

  TempDir dir_;
};

class HttpTls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { certificates_ = new Certificates(); }
  static void TearDownTestSuite() {
    delete certificates_;
    certificates_ = nullptr;
  }

  void start(Handler handler, const std::string& certificate = "server",
             const std::string& client_ca = "ca") {
    TlsConfig config{certificates_->file(certificate + ".pem"), certificates_->file(certificate + ".key"),
                     ""};
    if (!client_ca.empty()) config.ca_file = certificates_->file(client_ca + ".pem");
    Fd listener = listen_tcp("127.0.0.1:0");
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    server_ = std::make_unique<Server>(std::move(handler));
    server_->serve(std::move(listener), config);
  }

  Endpoint endpoint(const std::string& client = "client", const std::string& ca = "ca") const {
    Endpoint endpoint = parse_endpoint("https://127.0.0.1:" + std::to_string(port_));
    endpoint.ca_file = certificates_->file(ca + ".pem");
    if (client.empty()) return endpoint;
    endpoint.cert_file = certificates_->file(client + ".pem");
    endpoint.key_file = certificates_->file(client + ".key");
    return endpoint;
  }

  static bool answers(const Endpoint& endpoint) {
    try {
      return Client(endpoint).exchange({"GET", "/", {}, "", {}, {}}).status == 200;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::unavailable) << error.message();
      return false;
    }
  }

  static Certificates* certificates_;
  std::unique_ptr<Server> server_;
  int port_ = 0;
};
Certificates* HttpTls::certificates_ = nullptr;

void hello(Request& request, ResponseWriter& writer) {
  writer.send(200, "text/plain", "hello " + request.url.path);
}

}  // namespace

TEST_F(HttpTls, ServesClientsOfItsAuthority) {
  start(hello);
  Client client(endpoint());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.exchange({"GET", "/x", {}, "", {}, {}}).body, "hello /x");
}

TEST_F(HttpTls, RefusesClientsWithoutACertificateOfItsAuthority) {
  start(hello);
  EXPECT_TRUE(answers(endpoint()));
  EXPECT_FALSE(answers(endpoint("")));
  EXPECT_FALSE(answers(endpoint("stranger")));
}

TEST_F(HttpTls, ClientRefusesServersThatItCannotTrust) {
  start(hello, "server", "");
  EXPECT_TRUE(answers(endpoint("")));
  EXPECT_FALSE(answers(endpoint("", "other")));
  Endpoint careless = endpoint("", "other");
  careless.verify = false;
  EXPECT_TRUE(answers(careless));
}

TEST_F(HttpTls, ClientRefusesACertificateOfAnotherName) {
  start(hello, "elsewhere", "");
  EXPECT_FALSE(answers(endpoint("")));
}

TEST_F(HttpTls, NamesTheBadFile) {
  try {
    start(hello, "missing");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_NE(error.message().find("missing.pem"), std::string::npos) << error.message();
  }
}

TEST_F(HttpTls, StreamsBothWaysAtOnce) {
  start([](Request& request, ResponseWriter& writer) {
    writer.start_stream(200, "text/plain");
    char buffer[50'000];
    while (size_t count = request.body->read(buffer, sizeof buffer)) writer.write({buffer, count});
  });
  size_t left = 16 << 20, received = 0;
  ClientRequest request{"POST", "/", {}, "", {}, {}};
  request.body_source = [&](char*, size_t size) {
    size_t count = std::min(size, left);
    left -= count;
    return count;
  };
  Client client(endpoint());
  client.exchange(request, [&](std::string_view data) { received += data.size(); });
  EXPECT_EQ(received, size_t{16} << 20);
}

TEST_F(HttpTls, HijackedStreamsAreRelayed) {
  start([](Request&, ResponseWriter& writer) {
    auto taken = writer.hijack("application/vnd.docker.raw-stream");
    send_all(taken.socket, taken.unread + read_all(taken.socket.get()) + "<end>");
  });
  Client client(endpoint());
  auto upgraded = client.upgrade({"POST", "/attach", {}, "", {}, {}});
  ASSERT_EQ(upgraded.status, 101);
  std::string data(3'000'000, 'z');
  std::jthread sender([&] {
    send_all(upgraded.socket, data);
    ::shutdown(upgraded.socket.get(), SHUT_WR);
  });
  EXPECT_EQ(upgraded.unread + read_all(upgraded.socket.get()), data + "<end>");
}

TEST_F(HttpTls, StopsWithARelayedStreamOpen) {
  std::atomic<bool> ended{false};
  start([&](Request&, ResponseWriter& writer) {
    auto taken = writer.hijack("");
    read_all(taken.socket.get());
    ended = true;
  });
  Client client(endpoint());
  auto upgraded = client.upgrade({"POST", "/attach", {}, "", {}, {}});
  server_->stop();
  EXPECT_TRUE(ended);
}

TEST_F(HttpTls, SurvivesClientsThatDoNotSpeakTls) {
  start(hello);
  Fd plain = connect_tcp({"127.0.0.1", port_}, -1, Deadline::after_ms(5000));
  send_all(plain, "GET / HTTP/1.1\r\n\r\n");
  char byte = 0;
  while (::recv(plain.get(), &byte, 1, 0) > 0) {  // an alert, then the end
  }
  EXPECT_TRUE(answers(endpoint()));
}

}  // namespace rundlet::http
