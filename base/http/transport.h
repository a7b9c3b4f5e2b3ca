// The byte stream under HTTP: a socket, plain or under TLS. Reads and writes never block in the kernel: they
// try, then wait in poll(2) for the socket, a wake descriptor (the server stops, the request is cancelled)
// and a deadline.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace rundlet::http {

class TlsContext;
class TlsSession;

class Deadline {
 public:
  static Deadline never() { return Deadline(-1); }
  // Negative: never.
  static Deadline after_ms(int64_t milliseconds);
  // As poll(2) takes it.
  int poll_timeout() const;

 private:
  explicit Deadline(int64_t at) : at_(at) {}
  int64_t at_;  // steady milliseconds, -1 for never
};

// What one attempt that does not wait came to.
struct Attempt {
  enum class Outcome { done, want_read, want_write, end };
  Outcome outcome = Outcome::done;
  size_t count = 0;
};

// One thread may read while another writes. Errors: deadline_exceeded, cancelled (woken), unavailable
// (connection lost).
class Transport {
 public:
  // wake_fd: readable once every wait has to end; borrowed, -1 for none.
  Transport(Fd socket, int wake_fd);
  ~Transport();

  void start_tls(std::unique_ptr<TlsSession> session, Deadline deadline);
  bool is_tls() const { return tls_ != nullptr; }
  void set_wake_fd(int fd) { wake_fd_ = fd; }

  // At least one byte; 0 at the end of the stream.
  size_t read(char* buffer, size_t size, Deadline deadline);
  // All parts, in order. stall_ms: the longest time without progress, negative for any.
  void write(std::initializer_list<std::string_view> parts, int stall_ms);

  // True when the other side has closed or the connection is lost, as far as the kernel knows now.
  bool peer_closed() const;
  // True when a read would not wait.
  bool readable() const;
  // The other side sees the end of the stream; reading goes on.
  void shutdown_write();
  // Ends both directions, whatever other threads do with them at the moment.
  void abort();
  int fd() const { return socket_.get(); }
  // Plain connections only: gives up the socket.
  Fd release();

 private:
  Attempt try_read(char* buffer, size_t size);
  Attempt try_write(const std::string_view* parts, size_t count);
  void wait(Attempt::Outcome want, Deadline deadline) const;

  Fd socket_;
  int wake_fd_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace rundlet::http
