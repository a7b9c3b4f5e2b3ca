// A server on a unix socket in a private directory and raw sockets to speak to it byte by byte.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/fd.h"
#include "base/http/client.h"
#include "base/http/server.h"
#include "base/unix_socket.h"

namespace rundlet::http {

class TempDir {
 public:
  TempDir() {
    char name[] = "/tmp/http-test-XXXXXX";
    if (::mkdtemp(name) == nullptr) throw_errno("mkdtemp");
    path_ = name;
  }
  ~TempDir() {
    // The files are few and known to be flat.
    std::string command = "rm -rf " + path_;
    if (std::system(command.c_str()) != 0) ADD_FAILURE() << "cannot remove " << path_;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Sends until it is done or the other side has closed, which is the answer's business to judge.
inline void send_all(const Fd& socket, std::string_view data) {
  while (!data.empty()) {
    ssize_t n = ::send(socket.get(), data.data(), data.size(), MSG_NOSIGNAL);
    if (n < 0) return;
    data.remove_prefix(static_cast<size_t>(n));
  }
}

class HttpTest : public ::testing::Test {
 protected:
  void start(Handler handler, ServerLimits limits = {}, ErrorResponse errors = {}) {
    server_ = std::make_unique<Server>(std::move(handler), limits, std::move(errors));
    server_->serve(listen_unix(socket_path(), SOCK_STREAM));
  }
  std::string socket_path() const { return dir_.path() + "/s"; }
  Endpoint endpoint() const { return parse_endpoint("unix://" + socket_path()); }
  Fd connect() const { return connect_unix(socket_path(), SOCK_STREAM); }

  // Reads until the text has come, the stream has ended or five seconds are over; what came is returned.
  static std::string read_until(const Fd& socket, std::string_view text) {
    std::string data;
    char buffer[4096];
    while (text.empty() || data.find(text) == std::string::npos) {
      pollfd entry{socket.get(), POLLIN, 0};
      if (::poll(&entry, 1, 5000) <= 0) return data + "<timeout>";
      ssize_t n = ::recv(socket.get(), buffer, sizeof buffer, 0);
      if (n < 0) return data + "<reset>";
      if (n == 0) return data;
      data.append(buffer, static_cast<size_t>(n));
    }
    return data;
  }
  static std::string read_to_end(const Fd& socket) { return read_until(socket, ""); }
  std::string raw(std::string_view request) const {
    Fd socket = connect();
    send_all(socket, request);
    return read_to_end(socket);
  }

  TempDir dir_;
  std::unique_ptr<Server> server_;
};

inline size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace rundlet::http
