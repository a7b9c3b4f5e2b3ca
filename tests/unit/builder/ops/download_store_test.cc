#include "builder/ops/download_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>

#include "base/codec/sha256.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/fs/remove_tree.h"
#include "base/http/server.h"
#include "builder/context/context.h"
#include "builder/context/git.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace rundlet::builder::ops {
namespace {

int port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) throw_errno("getsockname");
  return ntohs(address.sin_port);
}

class Downloads : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/rundlet-download-XXXXXX";
    path_ = ::mkdtemp(pattern);
    database_ = std::make_unique<db::Database>(path_ + "/state.db");
    store_ = std::make_unique<DownloadStore>(path_ + "/downloads", *database_);
    server_ = std::make_unique<http::Server>(
        [this](http::Request& request, http::ResponseWriter& response) { answer(request, response); });
    Fd listener = http::listen_tcp("127.0.0.1:0");
    base_ = "http://127.0.0.1:" + std::to_string(port_of(listener.get()));
    server_->serve(std::move(listener));
  }
  void TearDown() override {
    server_.reset();
    store_.reset();
    database_.reset();
    fs::remove_tree(path_);
  }
  void answer(http::Request& request, http::ResponseWriter& response) {
    ++requests_;
    if (request.url.path == "/moved") {
      response.headers().set("Location", "/file");
      response.send_empty(302);
    } else if (request.url.path != "/file") {
      response.send(404, "text/plain", "nothing here");
    } else if (request.headers.get("If-None-Match") == std::optional(etag())) {
      response.send_empty(304);
    } else {
      response.headers().set("ETag", etag());
      response.headers().set("Last-Modified", "Sun, 09 Sep 2001 01:46:40 GMT");
      ++full_answers_;
      response.send(200, "application/octet-stream", content_);
    }
  }
  std::string etag() const { return "\"" + codec::sha256_hex(content_) + "\""; }
  std::string fetch(const std::string& path, const std::string& checksum = "") {
    auto file = store_->fetch(base_ + path, "name", checksum, nullptr);
    return read_file(file.directory + "/name");
  }
  std::string error_of(const std::string& path, const std::string& checksum = "") {
    try {
      fetch(path, checksum);
    } catch (const Error& e) {
      return e.message();
    }
    return "no error";
  }

  std::string path_, base_, content_ = "first";
  std::atomic<int> requests_ = 0, full_answers_ = 0;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<DownloadStore> store_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(Downloads, AreRevalidatedAndKept) {
  EXPECT_EQ(fetch("/file"), "first");
  EXPECT_EQ(fetch("/file"), "first");
  EXPECT_EQ(requests_, 2);
  EXPECT_EQ(full_answers_, 1);
  content_ = "second";
  EXPECT_EQ(fetch("/file"), "second");
  auto file = store_->fetch(base_ + "/file", "name", "", nullptr);
  struct stat info;
  ASSERT_EQ(::stat((file.directory + "/name").c_str(), &info), 0);
  EXPECT_EQ(info.st_mtim.tv_sec, 1'000'000'000);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
}

TEST_F(Downloads, FollowRedirects) {
  EXPECT_EQ(fetch("/moved"), "first");
}

TEST_F(Downloads, ChecksumIsProven) {
  std::string right = "sha256:" + codec::sha256_hex("first");
  EXPECT_EQ(fetch("/file", right), "first");
  int before = requests_;
  EXPECT_EQ(fetch("/file", right), "first");
  EXPECT_EQ(requests_, before);  // known by content: nobody need be asked
  std::string wrong = "sha256:" + codec::sha256_hex("other");
  EXPECT_EQ(error_of("/moved", wrong), "digest mismatch " + right + ": " + wrong);
}

TEST_F(Downloads, FailuresAreToldAndLeaveNothing) {
  EXPECT_EQ(error_of("/none"), "ADD failed: failed to GET " + base_ + "/none with status 404");
  EXPECT_NE(error_of("/file", "sha256:" + codec::sha256_hex("x")), "no error");
  server_.reset();
  EXPECT_NE(error_of("/file").find("Get \"" + base_), std::string::npos);
}

TEST_F(Downloads, RemoteContextMayBeADockerfileAlone) {
  content_ = "FROM scratch\n";
  auto context = context::open_context("", base_ + "/file", "Dockerfile", path_ + "/scratch", nullptr);
  EXPECT_EQ(context.dockerfile, "FROM scratch\n");
  std::string directory = context.directory;
  context.scratch.reset();
  EXPECT_NE(::access(directory.c_str(), F_OK), 0);
}

TEST(GitContext, UrlsAreToldApart) {
  using context::is_git_url;
  EXPECT_TRUE(is_git_url("git://host/repository"));
  EXPECT_TRUE(is_git_url("git@host:repository"));
  EXPECT_TRUE(is_git_url("github.com/a/b"));
  EXPECT_TRUE(is_git_url("https://host/a.git#ref:dir"));
  EXPECT_FALSE(is_git_url("https://host/a.tar.gz"));
  EXPECT_FALSE(is_git_url("https://host/a#x.git"));
  auto url = context::parse_git_url("github.com/a/b.git#main:sub/dir");
  EXPECT_EQ(url.repository, "https://github.com/a/b.git");
  EXPECT_EQ(url.ref, "main");
  EXPECT_EQ(url.directory, "sub/dir");
  EXPECT_EQ(context::parse_git_url("git@host:r#:dir").directory, "dir");
}

}  // namespace
}  // namespace rundlet::builder::ops
