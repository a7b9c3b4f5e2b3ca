// GET over the web, by libcurl: redirects and proxies of the environment, http and https only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/cancel.h"

namespace rundlet::builder::ops {

struct HttpFetch {
  int status = 0;
  std::string etag, last_modified, content_type;
  int64_t mtime = -1;  // Last-Modified as unix seconds, -1: unknown
  std::string digest;  // "sha256:…" of the body
};

// Writes the body into fd. Throws unavailable when nobody answers, cancelled, and invalid_argument above
// max_size.
HttpFetch http_get(const std::string& url, const std::vector<std::string>& headers, int fd, uint64_t max_size,
                   const Cancel& cancel);

}  // namespace rundlet::builder::ops
