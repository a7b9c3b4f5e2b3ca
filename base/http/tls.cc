#include "base/http/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>

#include "base/error.h"

namespace rundlet::http {

namespace {

std::string openssl_errors() {
  std::string text;
  while (unsigned long code = ::ERR_get_error()) {
    char line[256];
    ::ERR_error_string_n(code, line, sizeof line);
    text += text.empty() ? "" : "; ";
    const char* reason = ::ERR_reason_error_string(code);
    text += reason != nullptr ? reason : line;
  }
  return text.empty() ? "unknown TLS error" : text;
}

[[noreturn]] void bad_file(const std::string& what, const std::string& path) {
  throw_invalid("cannot load TLS " + what + " " + path + ": " + openssl_errors());
}

// OpenSSL's own socket BIO uses write(2), which raises SIGPIPE; ours uses MSG_NOSIGNAL.
int bio_socket(BIO* bio) {
  return static_cast<int>(reinterpret_cast<intptr_t>(::BIO_get_data(bio)));
}

int bio_read(BIO* bio, char* buffer, int size) {
  ::BIO_clear_retry_flags(bio);
  ssize_t n = ::recv(bio_socket(bio), buffer, static_cast<size_t>(size), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) ::BIO_set_retry_read(bio);
  return static_cast<int>(n);
}

int bio_write(BIO* bio, const char* data, int size) {
  ::BIO_clear_retry_flags(bio);
  ssize_t n = ::send(bio_socket(bio), data, static_cast<size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) ::BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

long bio_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "rundlet socket");
    if (made == nullptr) throw_error(ErrorCode::internal, "BIO_meth_new: " + openssl_errors());
    ::BIO_meth_set_read(made, bio_read);
    ::BIO_meth_set_write(made, bio_write);
    ::BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

SSL* new_session(SSL_CTX* context, int socket) {
  SSL* ssl = ::SSL_new(context);
  BIO* bio = ::BIO_new(bio_method());
  if (ssl == nullptr || bio == nullptr) throw_error(ErrorCode::internal, "SSL_new: " + openssl_errors());
  ::BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(socket)));
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(ssl, bio, bio);
  return ssl;
}

bool is_address(const std::string& host) {
  unsigned char buffer[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, host.c_str(), buffer) == 1 || ::inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

void load_key_pair(SSL_CTX* context, const std::string& cert_file, const std::string& key_file) {
  if (::SSL_CTX_use_certificate_chain_file(context, cert_file.c_str()) != 1)
    bad_file("certificate", cert_file);
  if (::SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    bad_file("key", key_file);
  if (::SSL_CTX_check_private_key(context) != 1) bad_file("key", key_file);
}

}  // namespace

TlsContext::TlsContext() : context_(::SSL_CTX_new(::TLS_method())) {
  if (context_ == nullptr) throw_error(ErrorCode::internal, "SSL_CTX_new: " + openssl_errors());
  ::SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  ::SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION);
  ::SSL_CTX_set_num_tickets(context_, 0);
  ::SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                   SSL_MODE_RELEASE_BUFFERS);
}

TlsContext::~TlsContext() {
  ::SSL_CTX_free(context_);
}

std::shared_ptr<const TlsContext> TlsContext::for_server(const TlsConfig& config) {
  std::shared_ptr<TlsContext> made(new TlsContext());
  load_key_pair(made->context_, config.cert_file, config.key_file);
  if (config.ca_file.empty()) return made;
  const char* ca = config.ca_file.c_str();
  if (::SSL_CTX_load_verify_locations(made->context_, ca, nullptr) != 1)
    bad_file("authority", config.ca_file);
  ::SSL_CTX_set_client_CA_list(made->context_, ::SSL_load_client_CA_file(ca));
  ::SSL_CTX_set_verify(made->context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return made;
}

std::shared_ptr<const TlsContext> TlsContext::for_client(const Endpoint& endpoint) {
  std::shared_ptr<TlsContext> made(new TlsContext());
  if (!endpoint.cert_file.empty()) load_key_pair(made->context_, endpoint.cert_file, endpoint.key_file);
  if (!endpoint.verify) return made;
  if (endpoint.ca_file.empty()) {
    ::SSL_CTX_set_default_verify_paths(made->context_);
  } else if (::SSL_CTX_load_verify_locations(made->context_, endpoint.ca_file.c_str(), nullptr) != 1) {
    bad_file("authority", endpoint.ca_file);
  }
  ::SSL_CTX_set_verify(made->context_, SSL_VERIFY_PEER, nullptr);
  return made;
}

std::unique_ptr<TlsSession> TlsContext::accept(int socket) const {
  SSL* ssl = new_session(context_, socket);
  ::SSL_set_accept_state(ssl);
  return std::make_unique<TlsSession>(ssl);
}

std::unique_ptr<TlsSession> TlsContext::connect(int socket, const std::string& host) const {
  auto session = std::make_unique<TlsSession>(new_session(context_, socket));
  SSL* ssl = session->native();
  ::SSL_set_connect_state(ssl);
  bool named = false;
  if (is_address(host)) {
    named = ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl), host.c_str()) == 1;
  } else {
    named = ::SSL_set1_host(ssl, host.c_str()) == 1 && ::SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
  }
  if (!named) throw_invalid("invalid TLS host name " + host);
  return session;
}

TlsSession::~TlsSession() {
  ::SSL_free(ssl_);
}

Attempt TlsSession::handshake() {
  std::lock_guard lock(mutex_);
  ::ERR_clear_error();
  int result = ::SSL_do_handshake(ssl_);
  if (result == 1) return {};
  Attempt attempt = outcome(result, "TLS handshake");
  if (attempt.outcome == Attempt::Outcome::end)
    throw_error(ErrorCode::unavailable, "TLS handshake: connection closed");
  return attempt;
}

Attempt TlsSession::read(char* buffer, size_t size) {
  std::lock_guard lock(mutex_);
  ::ERR_clear_error();
  size_t count = 0;
  int result = ::SSL_read_ex(ssl_, buffer, size, &count);
  if (result == 1) return {Attempt::Outcome::done, count};
  return outcome(result, "TLS read");
}

Attempt TlsSession::write(const char* data, size_t size) {
  std::lock_guard lock(mutex_);
  ::ERR_clear_error();
  size_t count = 0;
  int result = ::SSL_write_ex(ssl_, data, size, &count);
  if (result == 1) return {Attempt::Outcome::done, count};
  Attempt attempt = outcome(result, "TLS write");
  if (attempt.outcome == Attempt::Outcome::end) throw_error(ErrorCode::unavailable, "connection lost");
  return attempt;
}

Attempt TlsSession::outcome(int result, const char* what) {
  switch (::SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return {Attempt::Outcome::want_read, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Attempt::Outcome::want_write, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Attempt::Outcome::end, 0};
    case SSL_ERROR_SYSCALL:
      throw_error(ErrorCode::unavailable, std::string(what) + ": connection lost");
    default:
      throw_error(ErrorCode::unavailable, std::string(what) + ": " + openssl_errors());
  }
}

bool TlsSession::has_pending() {
  std::lock_guard lock(mutex_);
  return ::SSL_has_pending(ssl_) == 1;
}

void TlsSession::close_notify() noexcept {
  std::lock_guard lock(mutex_);
  if (::SSL_is_init_finished(ssl_)) ::SSL_shutdown(ssl_);
  ::ERR_clear_error();
}

}  // namespace rundlet::http
