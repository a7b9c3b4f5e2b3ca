// Debian's docker-registry on a free loopback port, with its storage in a scratch directory; gone with the
// object.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "base/proc/pidfd.h"
#include "base/proc/spawn.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::image_store::testing {

inline bool installed(const std::string& program) {
  return proc::run({.argv = {"sh", "-c", "command -v " + program}}).status.code == 0;
}

class RegistryProcess {
 public:
  static bool available() { return installed("docker-registry"); }

  // `htpasswd`: a line of htpasswd -nbB; empty: open to all.
  explicit RegistryProcess(const std::string& htpasswd = "") {
    host_ = "127.0.0.1:" + std::to_string(free_port());
    std::string auth;
    if (!htpasswd.empty()) {
      write(scratch_.path() + "/htpasswd", htpasswd);
      auth = "auth:\n  htpasswd:\n    realm: test\n    path: " + scratch_.path() + "/htpasswd\n";
    }
    write(scratch_.path() + "/config.yml",
          "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: " +
              scratch_.path() + "/data\nhttp:\n  addr: " + host_ + "\n" + auth);
    child_ = proc::spawn({.argv = {"docker-registry", "serve", scratch_.path() + "/config.yml"}});
    wait_until_ready();
  }
  ~RegistryProcess() {
    proc::send_signal(child_.pidfd, SIGKILL);
    proc::wait(child_);
  }

  const std::string& host() const { return host_; }
  std::string data() const { return scratch_.path() + "/data/docker/registry/v2"; }

 private:
  static void write(const std::string& path, const std::string& text) {
    Fd file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    write_all(file.get(), text);
  }
  static int free_port() {
    Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) < 0) throw_errno("bind");
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) < 0)
      throw_errno("getsockname");
    return ntohs(address.sin_port);
  }
  void wait_until_ready() const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(std::stoi(host_.substr(host_.find(':') + 1))));
    for (int i = 0; i < 500; ++i) {
      Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw_error(ErrorCode::unavailable, "docker-registry did not come up");
  }

  test::TempDir scratch_;
  std::string host_;
  proc::Child child_;
};

}  // namespace rundlet::image_store::testing
