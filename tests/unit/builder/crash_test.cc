// kill -9 at every durable step of a build: the next daemon starts clean and builds the same.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/http/server.h"
#include "base/proc/spawn.h"
#include "tests/unit/builder/build_fixture.h"

namespace rundlet::builder {
namespace {

constexpr char kDirectoryVariable[] = "RUNDLET_TEST_CRASH_DIRECTORY";
constexpr char kDockerfile[] =
    "FROM scratch\nCOPY busybox /bin/sh\nRUN echo made > /made\nCMD [\"/bin/sh\"]\n";

BuildRequest request() {
  BuildRequest result;
  result.tags = {"docker.io/library/crash:latest"};
  return result;
}

// Run by the test below in a process of its own, which dies on the way.
class CrashChild : public BuildTest {
 protected:
  void SetUp() override {
    path_ = std::getenv(kDirectoryVariable);
    open();
  }
  void TearDown() override { close(); }
};

TEST_F(CrashChild, DISABLED_Builds) {
  build(read_file(path_ + "/crash.dockerfile"), request());
}

class BuildCrash : public BuildTest {
 protected:
  void SetUp() override {
    BuildTest::SetUp();
    if (::access(kBusybox, X_OK) != 0) GTEST_SKIP() << "busybox-static is not installed";
    if (::access(binary("rundlet-shim").c_str(), X_OK) != 0) GTEST_SKIP() << "rundlet-shim is not built";
    put("busybox", read_file(kBusybox));
    ASSERT_EQ(::chmod((path_ + "/context/busybox").c_str(), 0755), 0);
  }
  // True when the child was killed there.
  bool crash_at(const std::string& point, const std::string& dockerfile) {
    write_file(path_ + "/crash.dockerfile", dockerfile);
    close();
    proc::SpawnSpec spec;
    spec.argv = {"/proc/self/exe", "--gtest_filter=CrashChild.*", "--gtest_also_run_disabled_tests"};
    spec.env = {std::string(kDirectoryVariable) + "=" + path_, "RUNDLET_CRASH_AT=" + point,
                "PATH=/usr/bin:/bin"};
    auto output = proc::run(spec);
    open();
    store_->recover();
    builder_->recover();
    return output.status.signal == SIGKILL;
  }
  void expect_clean() {
    for (const auto& info : store_->snapshots().list()) EXPECT_TRUE(info.committed) << info.label;
    EXPECT_TRUE(names_in(path_ + "/exec").empty());
    EXPECT_TRUE(names_in(path_ + "/root/builder/scratch").empty());
  }
  static std::vector<std::string> names_in(const std::string& directory) {
    auto listing = proc::run({{"ls", "-A", directory}, {}, {}, "", false});
    std::vector<std::string> names;
    if (!listing.out.empty()) names.push_back(listing.out);
    return names;
  }
};

TEST_F(BuildCrash, AtEveryDurableStep) {
  for (const char* point :
       {"build.after_prepare", "build.before_commit", "build.after_commit", "build.before_cache_row",
        "build.after_cache_row", "build.after_bundle", "build.before_layer", "build.after_layer",
        "build.after_config", "build.before_image_row"}) {
    SCOPED_TRACE(point);
    EXPECT_TRUE(crash_at(point, kDockerfile));
    expect_clean();
    auto result = build(kDockerfile, request());
    EXPECT_EQ(file_in(result, "made"), "made\n");
    EXPECT_EQ(store_->get("crash").id, result.image.id);
    store_->remove(result.image.id);
    builder_->prune();
    store_->collect([this] { return builder_->cached_snapshots(); });
    EXPECT_TRUE(store_->snapshots().list().empty());
  }
}

TEST_F(BuildCrash, BeforeADownloadIsKept) {
  http::Server server(
      [](http::Request&, http::ResponseWriter& response) { response.send(200, "text/plain", "downloaded"); });
  Fd listener = http::listen_tcp("127.0.0.1:0");
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  server.serve(std::move(listener));
  std::string dockerfile =
      "FROM scratch\nADD http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/file /\n";
  EXPECT_TRUE(crash_at("build.before_download_rename", dockerfile));
  expect_clean();
  EXPECT_TRUE(names_in(path_ + "/root/builder/downloads/tmp").empty());
  EXPECT_EQ(file_in(build(dockerfile), "file"), "downloaded");
}

}  // namespace
}  // namespace rundlet::builder
