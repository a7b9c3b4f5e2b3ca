// TLS by OpenSSL over a socket that is never blocked on: contexts (certificates and rules) and sessions (one
// connection).
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/http/client.h"
#include "base/http/server.h"
#include "base/http/transport.h"

struct ssl_ctx_st;
struct ssl_st;

namespace rundlet::http {

// Immutable once made; shared by all connections. TLS 1.2 is the least. Throws invalid_argument naming a bad
// file.
class TlsContext {
 public:
  // With a ca_file client certificates are required and checked against it.
  static std::shared_ptr<const TlsContext> for_server(const TlsConfig& config);
  // Without a ca_file the system's authorities are trusted.
  static std::shared_ptr<const TlsContext> for_client(const Endpoint& endpoint);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;

  std::unique_ptr<TlsSession> accept(int socket) const;
  // host: the name or address that the certificate must carry, and the server name sent.
  std::unique_ptr<TlsSession> connect(int socket, const std::string& host) const;

 private:
  TlsContext();

  ssl_ctx_st* context_;
};

// Every call tries and never waits; calls from two threads take turns. Throws unavailable for TLS failures.
class TlsSession {
 public:
  explicit TlsSession(ssl_st* ssl) : ssl_(ssl) {}
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;

  Attempt handshake();
  Attempt read(char* buffer, size_t size);
  Attempt write(const char* data, size_t size);
  bool has_pending();
  ssl_st* native() { return ssl_; }
  // Best effort: tells the other side that nothing more will be written.
  void close_notify() noexcept;

 private:
  Attempt outcome(int result, const char* what);

  std::mutex mutex_;
  ssl_st* ssl_;
};

}  // namespace rundlet::http
