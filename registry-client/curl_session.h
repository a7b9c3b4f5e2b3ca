// A libcurl easy handle in a multi handle of its own: the multi interface lets a transfer wait on the network
// and on a cancel descriptor at once. Used by one thread at a time.
#pragma once

#include <curl/curl.h>

#include <exception>
#include <string>
#include <string_view>

#include "registry-client/transport.h"

namespace rundlet::registry_client {

class CurlSession {
 public:
  CurlSession();
  ~CurlSession();
  CurlSession(const CurlSession&) = delete;

  HttpResponse perform(const HttpRequest& request, const TlsSettings& tls, const BodyFn& on_body,
                       const Cancel& cancel);

 private:
  // What the callbacks see of the exchange under way.
  struct Exchange {
    const HttpRequest& request;
    const BodyFn& on_body;
    HttpResponse response;
    std::exception_ptr failure;  // thrown in a callback, rethrown outside libcurl
  };

  void set_basics(const HttpRequest& request);
  void set_tls(const TlsSettings& tls);
  void set_method(const HttpRequest& request);
  void set_callbacks(Exchange& exchange);
  CURLcode run(const Cancel& cancel);
  [[noreturn]] void fail(CURLcode code, const HttpRequest& request);

  static size_t on_header(char* data, size_t size, size_t count, void* user);
  static size_t on_data(char* data, size_t size, size_t count, void* user);
  static size_t on_read(char* data, size_t size, size_t count, void* user);

  CURLM* multi_;
  CURL* easy_;
  char error_text_[CURL_ERROR_SIZE] = "";
};

}  // namespace rundlet::registry_client
