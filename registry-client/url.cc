#include "registry-client/url.h"

#include <curl/curl.h>

#include <cctype>
#include <memory>

#include "base/error.h"

namespace rundlet::registry_client {
namespace {

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// Schemes that curl does not follow for us pass the parser, so that the check names them.
UrlHandle parse(const std::string& url) {
  UrlHandle handle(curl_url(), curl_url_cleanup);
  CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK) throw_invalid("invalid URL \"" + url + "\": " + curl_url_strerror(code));
  return handle;
}

std::string part(const UrlHandle& handle, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle.get(), which, &text, flags) != CURLUE_OK || text == nullptr) return "";
  std::string value(text);
  curl_free(text);
  return value;
}

void check_scheme(const UrlHandle& handle, const std::string& url) {
  std::string scheme = part(handle, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    throw_invalid("unsupported protocol scheme \"" + scheme + "\" in URL \"" + url + "\"");
}

}  // namespace

UrlParts split_url(const std::string& url) {
  UrlHandle handle = parse(url);
  check_scheme(handle, url);
  UrlParts parts{part(handle, CURLUPART_SCHEME), part(handle, CURLUPART_HOST),
                 part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (parts.host.size() > 1 && parts.host.front() == '[')
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  for (char& c : parts.host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return parts;
}

std::string origin_of(const std::string& url) {
  UrlParts parts = split_url(url);
  return parts.scheme + "://" + parts.host + ":" + parts.port;
}

std::string authority_of(const std::string& url) {
  UrlParts parts = split_url(url);
  std::string host = parts.host.find(':') == parts.host.npos ? parts.host : "[" + parts.host + "]";
  bool is_default = parts.port == (parts.scheme == "https" ? "443" : "80");
  return is_default ? host : host + ":" + parts.port;
}

std::string resolve_url(const std::string& base, const std::string& location) {
  UrlHandle handle = parse(base);
  CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, location.c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK) throw_invalid("invalid redirect \"" + location + "\": " + curl_url_strerror(code));
  check_scheme(handle, location);
  return part(handle, CURLUPART_URL);
}

std::string with_query(const std::string& url, std::string_view name, std::string_view value) {
  std::string pair = std::string(name) + "=" + url_encode(value);
  size_t fragment = url.find('#');
  std::string head = url.substr(0, fragment);
  size_t question = head.find('?');
  if (question == head.npos) return head + "?" + pair;
  bool open = question + 1 == head.size() || head.back() == '&';
  return head + (open ? "" : "&") + pair;
}

std::string url_encode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    if (std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += static_cast<char>(c);
    } else {
      out += {'%', kHex[c >> 4], kHex[c & 15]};
    }
  }
  return out;
}

}  // namespace rundlet::registry_client
