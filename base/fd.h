// A file descriptor that is closed when its owner goes. Everything opened by Rundlet is CLOEXEC.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace rundlet {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }
  // A second descriptor of the same open file, CLOEXEC.
  Fd duplicate() const;

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read, write;
};
// flags: as pipe2, O_CLOEXEC is added.
Pipe make_pipe(int flags = 0);
// A connected pair of unix sockets; type: SOCK_STREAM or SOCK_SEQPACKET, CLOEXEC is added.
std::pair<Fd, Fd> make_socket_pair(int type);
Fd make_eventfd();
Fd make_memfd(const std::string& name);

// Opens with O_CLOEXEC; throws with the path in the message.
Fd open_file(const std::string& path, int flags, unsigned mode = 0);
std::string read_all(int fd);
// Throws unless every byte was written; waits where the descriptor is non-blocking.
void write_all(int fd, std::string_view data);
std::string read_file(const std::string& path);
// Truncates and writes in place: for kernel files (proc, sys, cgroup) and scratch. Durable files: base/fs/atomic_file.h
void write_file(const std::string& path, std::string_view data);
void set_nonblocking(int fd, bool on);

}  // namespace rundlet
