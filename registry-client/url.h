// URLs as the registry protocol needs them (RFC 3986), by libcurl's parser.
#pragma once

#include <string>
#include <string_view>

namespace rundlet::registry_client {

struct UrlParts {
  std::string scheme;  // "https"
  std::string host;    // "registry.example", "127.0.0.1", "::1": without brackets
  std::string port;    // always set: the scheme's default when the URL has none
};
// Throws invalid_argument for what is not an absolute http or https URL.
UrlParts split_url(const std::string& url);

// "https://host:port": two URLs of one origin may share credentials.
std::string origin_of(const std::string& url);
// "host:port" as docker writes it: without the port where it is the scheme's default.
std::string authority_of(const std::string& url);
// `location` may be absolute or relative to `base`; a query in it is kept. Throws invalid_argument.
std::string resolve_url(const std::string& base, const std::string& location);
// Adds NAME=value to the query, the value percent-encoded.
std::string with_query(const std::string& url, std::string_view name, std::string_view value);
std::string url_encode(std::string_view text);

}  // namespace rundlet::registry_client
