#include "orchestrate/engine/engine_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "base/http/server.h"
#include "base/unix_socket.h"

namespace rundlet::orchestrate {
namespace {

// An engine that records what it was asked and answers what the test says.
class EngineClientTest : public ::testing::Test {
 protected:
  EngineClientTest() {
    server_ = std::make_unique<http::Server>([this](http::Request& request, http::ResponseWriter& writer) {
      std::string body = request.body->read_all(1 << 20);
      if (request.url.path == "/_ping") {
        ++pings_;
        if (!engine_version_.empty()) writer.headers().set("Api-Version", engine_version_);
        writer.headers().set("Builder-Version", "1");
        return writer.send(200, "text/plain", "OK");
      }
      last_ = request.method + " " + request.url.path;
      for (const auto& [name, value] : request.url.query) last_ += " " + name + "=" + value;
      last_body_ = body;
      last_auth_ = request.headers.get("X-Registry-Auth").value_or("");
      answer_(writer);
    });
    server_->serve(listen_unix(path_, SOCK_STREAM));
  }
  ~EngineClientTest() override {
    server_.reset();
    ::unlink(path_.c_str());
  }

  void answer(int status, std::string body) {
    answer_ = [status, body](http::ResponseWriter& writer) { writer.send(status, "application/json", body); };
  }
  http::Endpoint endpoint() const { return http::parse_endpoint("unix://" + path_); }

  std::string path_ = "/tmp/http-engine-client-" + std::to_string(::getpid());
  std::string engine_version_ = "1.41", last_, last_body_, last_auth_;
  std::atomic<int> pings_{0};
  std::function<void(http::ResponseWriter&)> answer_ = [](http::ResponseWriter& writer) {
    writer.send_empty(204);
  };
  std::unique_ptr<http::Server> server_;
};

Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorCode::internal, "");
}

}  // namespace

TEST_F(EngineClientTest, NegotiatesTheVersionOnce) {
  EngineClient client(endpoint());
  client.start_container("a");
  client.pause_container("a");
  EXPECT_EQ(last_, "POST /v1.41/containers/a/pause");
  EXPECT_EQ(pings_, 1);
  engine_version_ = "1.99";
  EXPECT_EQ(EngineClient(endpoint()).api_version(), "1.51");
  engine_version_ = "";
  EXPECT_EQ(EngineClient(endpoint()).api_version(), "1.24");
  EngineClient pinned(endpoint(), "1.30", false);
  pinned.start_container("a");
  EXPECT_EQ(last_, "POST /v1.30/containers/a/start");
}

TEST_F(EngineClientTest, ComparesVersionsAsNumbers) {
  EXPECT_EQ(lower_version("1.51", "1.9"), "1.9");
  EXPECT_EQ(lower_version("1.24", "1.51"), "1.24");
}

TEST_F(EngineClientTest, MapsStatusesToCodesWithTheEnginesWords) {
  EngineClient client(endpoint());
  const std::pair<int, ErrorCode> cases[] = {
      {400, ErrorCode::invalid_argument},  {401, ErrorCode::unauthenticated},
      {403, ErrorCode::permission_denied}, {404, ErrorCode::not_found},
      {409, ErrorCode::conflict},          {501, ErrorCode::unimplemented},
      {503, ErrorCode::unavailable},       {500, ErrorCode::internal},
      {418, ErrorCode::internal}};
  for (auto [status, code] : cases) {
    answer(status, "{\"message\":\"No such container: a\"}");
    Error error = error_of([&] { client.start_container("a"); });
    EXPECT_EQ(error.code(), code) << status;
    EXPECT_EQ(error.message(), "No such container: a");
  }
  answer(502, "<html>proxy</html>");
  EXPECT_EQ(error_of([&] { client.start_container("a"); }).message(), "<html>proxy</html>");
  answer(500, "");
  EXPECT_EQ(error_of([&] { client.start_container("a"); }).message(),
            "request returned Internal Server Error");
}

TEST_F(EngineClientTest, SaysWhereNobodyListens) {
  server_.reset();
  ::unlink(path_.c_str());
  EngineClient client(endpoint());
  Error error = error_of([&] { client.ping(); });
  EXPECT_EQ(error.code(), ErrorCode::unavailable);
  EXPECT_EQ(error.message(),
            "Cannot connect to the Rundlet daemon at unix://" + path_ + ". Is rundletd running?");
}

TEST_F(EngineClientTest, EscapesNamesAndParameters) {
  EngineClient client(endpoint());
  client.rename_container("a?b#c", "x&y=z");
  EXPECT_EQ(last_, "POST /v1.41/containers/a?b#c/rename name=x&y=z");
  client.tag_image("host:5000/a/b:c", "r", "t");
  EXPECT_EQ(last_, "POST /v1.41/images/host:5000/a/b:c/tag repo=r tag=t");
  EXPECT_EQ(error_of([&] { client.remove_container(""); }).code(), ErrorCode::invalid_argument);
}

TEST_F(EngineClientTest, TakesReferencesApartForPull) {
  EngineClient client(endpoint());
  answer(200, "");
  auto pulled = [&](const std::string& reference) {
    client.pull_image(reference, "", {}, {});
    return last_.substr(last_.find(' ') + 1);
  };
  EXPECT_EQ(pulled("debian"), "/v1.41/images/create fromImage=debian");
  EXPECT_EQ(pulled("h:5000/a:b"), "/v1.41/images/create fromImage=h:5000/a tag=b");
  EXPECT_EQ(pulled("h:5000/a"), "/v1.41/images/create fromImage=h:5000/a");
  EXPECT_EQ(pulled("a@sha256:00"), "/v1.41/images/create fromImage=a tag=sha256:00");
}

TEST_F(EngineClientTest, PassesProgressOnAndThrowsTheErrorAtItsEnd) {
  EngineClient client(endpoint());
  answer(200,
         "{\"status\":\"one\",\"id\":\"x\"}\r\n{\"status\":\"two\"}\r\n{\"errorDetail\":{\"message\":"
         "\"gone\"},\"error\":\"gone\"}\r\n");
  std::vector<std::string> seen;
  docker_api::AuthConfig auth;
  auth.username = "u";
  auto collect = [&](const docker_api::ProgressMessage& message) { seen.push_back(message.status); };
  Error error = error_of([&] { client.push_image("a", "b", auth, collect); });
  EXPECT_EQ(error.message(), "gone");
  EXPECT_EQ(seen, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(last_, "POST /v1.41/images/a/push tag=b");
  EXPECT_FALSE(last_auth_.empty());
}

TEST_F(EngineClientTest, SendsBuildOptionsAndContext) {
  EngineClient client(endpoint());
  answer(200, "{\"stream\":\"Step 1/1\"}\n");
  BuildOptions options;
  options.tags = {"a:1", "b"};
  options.build_args = {{"A", "x y"}, {"B", std::nullopt}};
  options.labels = {{"l", "v"}};
  options.no_cache = true;
  std::string context = "tar";
  auto source = [&](char* buffer, size_t size) {
    size_t count = context.copy(buffer, size);
    context.erase(0, count);
    return count;
  };
  std::string output;
  client.build(options, source,
               [&](const docker_api::ProgressMessage& message) { output += message.stream; });
  EXPECT_EQ(
      last_,
      "POST /v1.41/build t=a:1 t=b nocache=1 rm=1 buildargs={\"A\":\"x y\",\"B\":null} labels={\"l\":\"v\"}");
  EXPECT_EQ(last_body_, "tar");
  EXPECT_EQ(output, "Step 1/1");
}

TEST_F(EngineClientTest, WaitTellsWhenItIsRegistered) {
  EngineClient client(endpoint());
  std::atomic<bool> registered{false};
  answer_ = [&](http::ResponseWriter& writer) {
    writer.start_stream(200, "application/json");
    for (int i = 0; i < 500 && !registered; ++i) ::usleep(10'000);
    writer.write("{\"StatusCode\":3}\n");
  };
  EXPECT_EQ(client.wait_container("a", "next-exit", [&] { registered = true; }).status_code, 3);
  EXPECT_TRUE(registered);
  EXPECT_EQ(last_, "POST /v1.41/containers/a/wait condition=next-exit");
}

TEST_F(EngineClientTest, AttachOpensAStream) {
  EngineClient client(endpoint());
  answer_ = [](http::ResponseWriter& writer) {
    auto taken = writer.hijack("application/vnd.docker.raw-stream");
    write_all(taken.socket.get(), "<" + read_all(taken.socket.get()) + ">");
  };
  AttachOptions options;
  options.attach_stdin = true;
  ProcessStream stream = client.attach("a", options);
  write_all(stream.socket.get(), "in");
  ::shutdown(stream.socket.get(), SHUT_WR);
  EXPECT_EQ(stream.unread + read_all(stream.socket.get()), "<in>");
  EXPECT_EQ(last_, "POST /v1.41/containers/a/attach stream=1 stdin=1 stdout=1 stderr=1");
  answer(409, "{\"message\":\"is paused\"}");
  EXPECT_EQ(error_of([&] { client.attach("a", options); }).message(), "is paused");
}

TEST_F(EngineClientTest, EventsCanBeCancelled) {
  EngineClient client(endpoint());
  auto cancel = std::make_shared<CancelSource>();
  answer_ = [](http::ResponseWriter& writer) {
    writer.start_stream(200, "application/json");
    writer.write("{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"x\"},\"timeNano\":5}\n");
    for (int i = 0; i < 500 && !writer.client_gone(); ++i) ::usleep(10'000);
  };
  std::string seen;
  Error error = error_of([&] {
    client.events(
        {},
        [&](const docker_api::Event& event) {
          seen = event.type + " " + event.action + " " + event.id;
          cancel->cancel();
        },
        cancel);
  });
  EXPECT_EQ(error.code(), ErrorCode::cancelled);
  EXPECT_EQ(seen, "container start x");
}

}  // namespace rundlet::orchestrate
