#include "registry-client/url.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::registry_client {
namespace {

TEST(Url, OriginsAreCompared) {
  EXPECT_EQ(origin_of("https://Registry.example/v2/"), "https://registry.example:443");
  EXPECT_EQ(origin_of("https://registry.example:443/x"), origin_of("https://registry.example/y"));
  EXPECT_NE(origin_of("http://registry.example:443/x"), origin_of("https://registry.example/x"));
  EXPECT_EQ(authority_of("https://registry.example/"), "registry.example");
  EXPECT_EQ(authority_of("http://[::1]:5000/v2/"), "[::1]:5000");
}

TEST(Url, LocationsAreResolved) {
  const std::string base = "http://h:5000/v2/a/blobs/uploads/?mount=x";
  EXPECT_EQ(resolve_url(base, "/v2/a/blobs/uploads/7?_state=ab%3D"),
            "http://h:5000/v2/a/blobs/uploads/7?_state=ab%3D");
  EXPECT_EQ(resolve_url(base, "https://cdn.example/b?sig=1&e=2"), "https://cdn.example/b?sig=1&e=2");
  EXPECT_EQ(resolve_url(base, "7"), "http://h:5000/v2/a/blobs/uploads/7");
}

TEST(Url, ForeignSchemesAreRefused) {
  for (const char* location : {"file:///etc/passwd", "ftp://h/x", "gopher://h/x"})
    EXPECT_THROW(resolve_url("http://h/", location), Error) << location;
}

TEST(Url, QueriesAreExtended) {
  EXPECT_EQ(with_query("http://h/x", "digest", "sha256:ab"), "http://h/x?digest=sha256%3Aab");
  EXPECT_EQ(with_query("http://h/x?_state=1", "digest", "a b"), "http://h/x?_state=1&digest=a%20b");
  EXPECT_EQ(with_query("http://h/x?", "a", "b"), "http://h/x?a=b");
}

}  // namespace
}  // namespace rundlet::registry_client
