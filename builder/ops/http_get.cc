#include "builder/ops/http_get.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <exception>
#include <memory>
#include <mutex>

#include "base/codec/sha256.h"
#include "base/error.h"
#include "base/fd.h"

namespace rundlet::builder::ops {
namespace {

constexpr long kConnectTimeout = 30;  // seconds
constexpr long kStallTimeout = 120;   // seconds without a byte a second

struct Transfer {
  int fd;
  uint64_t max_size, size = 0;
  const Cancel& cancel;
  codec::Sha256 hash;
  HttpFetch result;
  std::exception_ptr error;
};

// Exceptions must not pass through libcurl: they are kept, and the transfer is aborted.
size_t on_body(char* data, size_t, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    transfer.size += count;
    if (transfer.size > transfer.max_size) throw_invalid("the download is too large");
    write_all(transfer.fd, {data, count});
    transfer.hash.update({data, count});
    return count;
  } catch (...) {
    transfer.error = std::current_exception();
    return 0;
  }
}

bool same_name(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] - 'A' + 'a') : a[i];
    if (c != lower[i]) return false;
  }
  return true;
}

// Headers of every response come here, redirects too: the last one's stand.
size_t on_header(char* data, size_t, size_t count, void* user) {
  auto& result = static_cast<Transfer*>(user)->result;
  std::string_view line(data, count);
  if (line.starts_with("HTTP/")) result.etag = result.last_modified = result.content_type = "";
  size_t colon = line.find(':');
  if (colon == line.npos) return count;
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && static_cast<unsigned char>(value.front()) <= ' ') value.remove_prefix(1);
  while (!value.empty() && static_cast<unsigned char>(value.back()) <= ' ') value.remove_suffix(1);
  if (same_name(line.substr(0, colon), "etag")) result.etag = value;
  if (same_name(line.substr(0, colon), "last-modified")) result.last_modified = value;
  if (same_name(line.substr(0, colon), "content-type")) result.content_type = value;
  return count;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const Cancel& cancel = static_cast<Transfer*>(user)->cancel;
  return cancel && cancel->cancelled() ? 1 : 0;
}

struct CurlDeleter {
  void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

void configure(CURL* handle, const std::string& url, Transfer& transfer, char* error_text) {
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectTimeout);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, kStallTimeout);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_FILETIME, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "rundlet/" RUNDLET_VERSION);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error_text);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
}

}  // namespace

HttpFetch http_get(const std::string& url, const std::vector<std::string>& headers, int fd, uint64_t max_size,
                   const Cancel& cancel) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
  std::unique_ptr<CURL, CurlDeleter> handle(::curl_easy_init());
  if (!handle) throw_error(ErrorCode::internal, "libcurl cannot be set up");
  std::unique_ptr<curl_slist, CurlDeleter> list;
  for (const std::string& header : headers) list.reset(::curl_slist_append(list.release(), header.c_str()));
  Transfer transfer{fd, max_size, 0, cancel, {}, {}, nullptr};
  char error_text[CURL_ERROR_SIZE] = "";
  configure(handle.get(), url, transfer, error_text);
  if (list) curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, list.get());
  CURLcode code = ::curl_easy_perform(handle.get());
  check_cancelled(cancel);
  if (transfer.error) std::rethrow_exception(transfer.error);
  if (code != CURLE_OK) {
    throw_error(ErrorCode::unavailable,
                fmt::format("Get \"{}\": {}", url, *error_text ? error_text : ::curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_off_t mtime = -1;
  curl_easy_getinfo(handle.get(), CURLINFO_FILETIME_T, &mtime);
  transfer.result.status = static_cast<int>(status);
  transfer.result.mtime = mtime;
  transfer.result.digest = "sha256:" + transfer.hash.hex();
  return transfer.result;
}

}  // namespace rundlet::builder::ops
