#include "spec/reference.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "spec/digest.h"

namespace rundlet::spec {
namespace {

const std::string kHex(64, 'a');

std::string failure(const std::string& text) {
  try {
    Reference::parse(text);
  } catch (const Error& e) {
    return e.message();
  }
  return "accepted";
}

TEST(Reference, NormalisesAsDockerDoes) {
  struct {
    const char* text;
    const char* canonical;
    const char* familiar;
  } cases[] = {
      {"debian", "docker.io/library/debian:latest", "debian:latest"},
      {"debian:12", "docker.io/library/debian:12", "debian:12"},
      {"me/app", "docker.io/me/app:latest", "me/app:latest"},
      {"docker.io/debian", "docker.io/library/debian:latest", "debian:latest"},
      {"index.docker.io/library/debian:1", "docker.io/library/debian:1", "debian:1"},
      {"localhost/x", "localhost/x:latest", "localhost/x:latest"},
      {"127.0.0.1:5000/a/b:t", "127.0.0.1:5000/a/b:t", "127.0.0.1:5000/a/b:t"},
      {"[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000/a:latest"},
      {"Foo/bar", "Foo/bar:latest", "Foo/bar:latest"},
      {"a__b/c-d.e---f", "docker.io/a__b/c-d.e---f:latest", "a__b/c-d.e---f:latest"},
      {"library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Reference::parse(c.text).canonical(), c.canonical) << c.text;
    EXPECT_EQ(Reference::parse(c.text).familiar(), c.familiar) << c.text;
  }
}

TEST(Reference, KeepsTagAndDigest) {
  Reference reference = Reference::parse("a.b:1/c:tag@sha256:" + kHex);
  EXPECT_EQ(reference.registry, "a.b:1");
  EXPECT_EQ(reference.tag, "tag");
  EXPECT_EQ(reference.digest, "sha256:" + kHex);
  EXPECT_EQ(Reference::parse("a@sha256:" + kHex).tag, "");
}

TEST(Reference, RefusesWithDockersWords) {
  for (const char* text : {"", "a//b", "foo:bar:baz", "x:", "x@", "-x", "a/", "/a", "a..b", "a___b",
                           "foo@sha256:12", "a b", "a\nb", "x:-t", "host:port/x", "[::1/x", ".a/b", "a.b-/c"})
    EXPECT_EQ(failure(text), "invalid reference format") << text;
  EXPECT_EQ(failure("Foo"), "invalid reference format: repository name (library/Foo) must be lowercase");
  EXPECT_EQ(failure("a.b/C"), "invalid reference format: repository name (C) must be lowercase");
  EXPECT_EQ(failure(kHex),
            "invalid repository name (" + kHex + "), cannot specify 64-byte hexadecimal strings");
  EXPECT_EQ(failure("a/" + std::string(256, 'b')), "repository name must not be more than 255 characters");
  EXPECT_EQ(failure("a:" + std::string(129, 't')), "invalid reference format");
}

TEST(Digest, OnlyWellFormedSha256) {
  EXPECT_EQ(Digest::parse("sha256:" + kHex).hex(), kHex);
  EXPECT_THROW(Digest::parse(kHex), Error);
  EXPECT_THROW(Digest::parse("sha256:" + kHex.substr(1)), Error);
  EXPECT_THROW(Digest::parse("sha256:" + std::string(64, 'A')), Error);
  EXPECT_THROW(Digest::parse("sha512:" + kHex + kHex), Error);
  EXPECT_THROW(Digest::sha256("../../etc/passwd"), Error);
}

}  // namespace
}  // namespace rundlet::spec
