#include "registry-client/curl_session.h"

#include <cstdlib>
#include <cstring>
#include <memory>

#include "registry-client/url.h"

namespace rundlet::registry_client {
namespace {

constexpr long kConnectTimeoutSeconds = 30;
constexpr long kBufferBytes = 512 * 1024;
constexpr int kPollMillis = 1000;
constexpr size_t kMaxHeaders = 1000;

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void initialise_once() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw_error(ErrorCode::internal, std::string("libcurl: ") + curl_easy_strerror(code));
}

HeaderList header_list(const std::vector<std::string>& headers) {
  HeaderList list(nullptr, curl_slist_free_all);
  for (const std::string& line : headers) {
    if (line.find_first_of("\r\n") != line.npos) throw_invalid("a header holds a line break");
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    // append gives back the head that it was handed, or the first one.
    if (!list) list.reset(longer);
  }
  return list;
}

// Go programs read HTTP_PROXY too, libcurl only the lower-case form.
const char* plain_http_proxy() {
  if (std::getenv("http_proxy") != nullptr) return nullptr;
  return std::getenv("HTTP_PROXY");
}

bool answered_plain_http(std::string_view error) {
  return error.find("wrong version number") != error.npos;
}

// With TLS 1.3 a refused client certificate shows only when the answer is read.
bool is_tls_alert(std::string_view error) {
  return error.find("SSL") != error.npos && error.find("alert") != error.npos;
}

bool is_tls_failure(CURLcode code, std::string_view error) {
  return is_tls_alert(error) || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
         code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_CIPHER;
}

bool is_connect_failure(CURLcode code) {
  return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
         code == CURLE_COULDNT_RESOLVE_PROXY;
}

std::string go_method(const std::string& method) {
  std::string name = method;
  for (size_t i = 1; i < name.size(); ++i) name[i] = static_cast<char>(name[i] | 0x20);
  return name;
}

}  // namespace

CurlSession::CurlSession() {
  initialise_once();
  multi_ = curl_multi_init();
  easy_ = curl_easy_init();
  if (multi_ == nullptr || easy_ == nullptr) throw_error(ErrorCode::internal, "libcurl: out of memory");
}

CurlSession::~CurlSession() {
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
}

HttpResponse CurlSession::perform(const HttpRequest& request, const TlsSettings& tls, const BodyFn& on_body,
                                  const Cancel& cancel) {
  Exchange exchange{request, on_body, {}, {}};
  exchange.response.url = request.url;
  curl_easy_reset(easy_);
  set_basics(request);
  set_tls(tls);
  set_method(request);
  set_callbacks(exchange);
  HeaderList headers = header_list(request.headers);
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers.get());

  CURLcode code = run(cancel);
  if (exchange.failure) std::rethrow_exception(exchange.failure);
  if (code != CURLE_OK) fail(code, request);
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  return std::move(exchange.response);
}

void CurlSession::set_basics(const HttpRequest& request) {
  error_text_[0] = '\0';
  curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, "rundlet/" RUNDLET_VERSION);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);  // a cancelled name look-up is not waited for
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT, kConnectTimeoutSeconds);
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_seconds));
  curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, kBufferBytes);
  curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, kBufferBytes);
  UrlParts parts = split_url(request.url);
  if (is_loopback(parts.host)) {
    curl_easy_setopt(easy_, CURLOPT_NOPROXY, "*");
  } else if (parts.scheme == "http") {
    curl_easy_setopt(easy_, CURLOPT_PROXY, plain_http_proxy());
  }
}

void CurlSession::set_tls(const TlsSettings& tls) {
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
  if (!tls.extra_ca.empty()) {
    // Replaces the bundle file; the directory of the system's authorities (CURLOPT_CAPATH) stays in use.
    curl_blob blob{const_cast<char*>(tls.extra_ca.data()), tls.extra_ca.size(), CURL_BLOB_COPY};
    curl_easy_setopt(easy_, CURLOPT_CAINFO_BLOB, &blob);
  }
  if (!tls.client_cert.empty()) {
    curl_easy_setopt(easy_, CURLOPT_SSLCERT, tls.client_cert.c_str());
    curl_easy_setopt(easy_, CURLOPT_SSLKEY, tls.client_key.c_str());
  }
}

void CurlSession::set_method(const HttpRequest& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (request.read_body) {
    curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body_size));
  } else if (request.body) {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body->data());
  }
  if (request.method != "HEAD") curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void CurlSession::set_callbacks(Exchange& exchange) {
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &CurlSession::on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &CurlSession::on_data);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &exchange);
  if (!exchange.request.read_body) return;
  curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &CurlSession::on_read);
  curl_easy_setopt(easy_, CURLOPT_READDATA, &exchange);
}

// Ends with the transfer's code, or CURLE_ABORTED_BY_CALLBACK once cancelled.
CURLcode CurlSession::run(const Cancel& cancel) {
  struct Added {
    CURLM* multi;
    CURL* easy;
    ~Added() { curl_multi_remove_handle(multi, easy); }
  };
  curl_multi_add_handle(multi_, easy_);
  Added added{multi_, easy_};
  curl_waitfd wait_cancel{cancel ? cancel->fd() : -1, CURL_WAIT_POLLIN, 0};
  for (int running = 1; running > 0;) {
    check_cancelled(cancel);
    CURLMcode code = curl_multi_perform(multi_, &running);
    if (code == CURLM_OK && running > 0)
      code = curl_multi_poll(multi_, cancel ? &wait_cancel : nullptr, cancel ? 1 : 0, kPollMillis, nullptr);
    if (code != CURLM_OK)
      throw_error(ErrorCode::internal, std::string("libcurl: ") + curl_multi_strerror(code));
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi_, &left);
  return message == nullptr ? CURLE_ABORTED_BY_CALLBACK : message->data.result;
}

// In the words of Go's net/http, which docker's users know.
void CurlSession::fail(CURLcode code, const HttpRequest& request) {
  std::string reason = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
  UrlParts parts = split_url(request.url);
  long os_error = 0;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &os_error);
  auto kind = TransportError::Kind::broken;
  if (is_connect_failure(code)) kind = TransportError::Kind::connect;
  if (is_tls_failure(code, reason)) kind = TransportError::Kind::tls;
  if (code == CURLE_COULDNT_RESOLVE_HOST) {
    reason = "dial tcp: lookup " + parts.host + ": no such host";
  } else if (code == CURLE_COULDNT_CONNECT && os_error != 0) {
    char text[128];
    std::string name = ::strerror_r(static_cast<int>(os_error), text, sizeof text);
    name[0] = static_cast<char>(name[0] | 0x20);
    std::string host = parts.host.find(':') == parts.host.npos ? parts.host : "[" + parts.host + "]";
    reason = "dial tcp " + host + ":" + parts.port + ": connect: " + name;
  } else if (code == CURLE_SSL_CONNECT_ERROR && answered_plain_http(reason)) {
    reason = "http: server gave HTTP response to HTTPS client";
  } else if (code == CURLE_PEER_FAILED_VERIFICATION) {
    reason = "tls: failed to verify certificate: " + reason;
  }
  throw TransportError(kind, go_method(request.method) + " \"" + request.url + "\": " + reason);
}

size_t CurlSession::on_header(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  std::string_view line(data, size * count);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // an answer begins; "100 Continue" may have come before it
    exchange.response.headers.clear();
    size_t space = line.find(' ');
    exchange.response.status = space == line.npos ? 0 : std::atoi(line.data() + space + 1);
    return size * count;
  }
  size_t colon = line.find(':');
  if (colon == line.npos) return size * count;
  if (exchange.response.headers.size() >= kMaxHeaders) return 0;  // ends the transfer
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  exchange.response.headers.emplace_back(line.substr(0, colon), value);
  return size * count;
}

size_t CurlSession::on_data(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  try {
    std::string_view piece(data, size * count);
    if (exchange.on_body && exchange.response.ok()) {
      exchange.on_body(exchange.response, piece);
    } else if (exchange.response.body.size() + piece.size() > kMaxCollectedBody) {
      throw_invalid("the answer of " + exchange.request.url + " is larger than 4 MiB");
    } else {
      exchange.response.body += piece;
    }
    return size * count;
  } catch (...) {
    exchange.failure = std::current_exception();
    return CURL_WRITEFUNC_ERROR;
  }
}

size_t CurlSession::on_read(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  try {
    return exchange.request.read_body(data, size * count);
  } catch (...) {
    exchange.failure = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

}  // namespace rundlet::registry_client
