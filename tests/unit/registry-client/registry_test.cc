#include "registry-client/registry.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/clock.h"
#include "base/codec/sha256.h"
#include "spec/oci_image.h"
#include "tests/unit/registry-client/fake_registry.h"

namespace rundlet::registry_client {
namespace {

constexpr char kManifest[] =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"})";
constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";

spec::Digest digest_of(std::string_view text) {
  return spec::Digest::sha256(codec::sha256_hex(text));
}

Registry registry_at(const FakeRegistry& fake) {
  return Registry(spec::Reference::parse(fake.host() + "/team/app:1"), {}, {});
}

std::string fetch(Registry& registry, const spec::Digest& digest, std::string had = "") {
  registry.get_blob(
      digest, had.size(), [&](std::string_view data) { had += data; }, [&] { had.clear(); });
  return had;
}

Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorCode::internal, "");
}

TEST(Registry, LoopbackFallsBackToPlainHttp) {
  FakeRegistry fake([](const SeenRequest&, http::ResponseWriter& response) {
    response.send(200, kManifestType, kManifest);
  });
  FetchedManifest manifest = registry_at(fake).get_manifest("1");
  EXPECT_EQ(manifest.bytes, kManifest);
  EXPECT_EQ(manifest.media_type, kManifestType);
  EXPECT_EQ(manifest.digest, digest_of(kManifest));
}

TEST(Registry, NobodyThereIsSaidInDockersWords) {
  Error e = error_of([] { Registry(spec::Reference::parse("127.0.0.1:9/x:1"), {}, {}).get_manifest("1"); });
  EXPECT_EQ(e.code(), ErrorCode::unavailable);
  EXPECT_EQ(e.message(), "Get \"http://127.0.0.1:9/v2/\": dial tcp 127.0.0.1:9: connect: connection refused");
}

TEST(Registry, UnknownManifestsAreNamed) {
  FakeRegistry fake([](const SeenRequest& request, http::ResponseWriter& response) {
    if (request.path.ends_with("denied"))
      return send_error(response, 403, "DENIED", "requested access to the resource is denied");
    if (request.path.ends_with("plain")) return response.send(404, "text/html", "<html>");
    send_error(response, 404, "MANIFEST_UNKNOWN", "manifest unknown");
  });
  Registry registry = registry_at(fake);
  Error unknown = error_of([&] { registry.get_manifest("nope"); });
  EXPECT_EQ(unknown.code(), ErrorCode::not_found);
  EXPECT_EQ(unknown.message(),
            "manifest for " + fake.host() + "/team/app:nope not found: manifest unknown: manifest unknown");
  Error denied = error_of([&] { registry.get_manifest("denied"); });
  EXPECT_EQ(denied.message(),
            "pull access denied for " + fake.host() +
                "/team/app, repository does not exist or may require 'docker login': denied: "
                "requested access to the resource is denied");
  EXPECT_EQ(error_of([&] { registry.get_manifest("plain"); }).code(), ErrorCode::not_found);
  EXPECT_EQ(registry.head_manifest("nope"), std::nullopt);
}

TEST(Registry, ManifestsAreCheckedAgainstTheirDigest) {
  std::string named;
  FakeRegistry fake([&](const SeenRequest&, http::ResponseWriter& response) {
    if (!named.empty()) response.headers().set("Docker-Content-Digest", named);
    response.send(200, kManifestType, kManifest);
  });
  Registry registry = registry_at(fake);
  EXPECT_EQ(registry.get_manifest(digest_of(kManifest).str()).bytes, kManifest);
  Error e = error_of([&] { registry.get_manifest(digest_of("other").str()); });
  EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
  EXPECT_NE(e.message().find("manifest verification failed"), std::string::npos);
  named = digest_of("other").str();
  EXPECT_EQ(error_of([&] { registry.get_manifest("1"); }).code(), ErrorCode::invalid_argument);
}

TEST(Registry, ManifestTypeIsReadFromTheBodyWhenTheHeaderSaysNothing) {
  FakeRegistry fake([](const SeenRequest& request, http::ResponseWriter& response) {
    bool old = request.path.ends_with("old");
    response.send(200, "application/json; charset=utf-8",
                  old ? R"({"schemaVersion":1,"fsLayers":[]})" : R"({"schemaVersion":2,"manifests":[]})");
  });
  Registry registry = registry_at(fake);
  EXPECT_EQ(registry.get_manifest("1").media_type, spec::media_type::kOciIndex);
  Error e = error_of([&] { registry.get_manifest("old"); });
  EXPECT_EQ(e.code(), ErrorCode::unimplemented);
  EXPECT_NE(e.message().find("schema 1"), std::string::npos);
}

TEST(Registry, OversizedManifestIsRefused) {
  FakeRegistry fake([](const SeenRequest&, http::ResponseWriter& response) {
    response.send(200, kManifestType, std::string(5u << 20, ' '));
  });
  Error e = error_of([&] { registry_at(fake).get_manifest("1"); });
  EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
}

TEST(Registry, CutBlobIsResumedWithARange) {
  const std::string blob(300'000, 'x');
  FakeRegistry fake([&](const SeenRequest& request, http::ResponseWriter& response) {
    if (request.range.empty()) {
      response.headers().set("Content-Length", std::to_string(blob.size()));
      response.start_stream(200, "application/octet-stream");
      response.write(blob.substr(0, 100'000));
      throw_error(ErrorCode::unavailable, "cut");
    }
    size_t start = std::stoul(request.range.substr(6));
    response.headers().set("Content-Range", "bytes " + std::to_string(start) + "-299999/300000");
    response.send(206, "application/octet-stream", blob.substr(start));
  });
  Registry registry = registry_at(fake);
  std::string had;
  auto take = [&](std::string_view data) { had += data; };
  auto never = [] { FAIL() << "restarted"; };
  Error e = error_of([&] { registry.get_blob(digest_of(blob), 0, take, never); });
  EXPECT_EQ(e.code(), ErrorCode::unavailable);
  EXPECT_EQ(had.size(), 100'000u);
  registry.get_blob(digest_of(blob), had.size(), take, never);
  EXPECT_EQ(had, blob);
}

TEST(Registry, RegistryWithoutRangesMakesTheCallerRestart) {
  FakeRegistry fake([&](const SeenRequest& request, http::ResponseWriter& response) {
    if (!request.range.empty() && request.path.ends_with(std::string(digest_of("strict").hex())))
      return response.send_empty(416);
    response.send(200, "application/octet-stream", "whole");
  });
  Registry registry = registry_at(fake);
  EXPECT_EQ(fetch(registry, digest_of("lax"), "wh"), "whole");
  EXPECT_EQ(fetch(registry, digest_of("strict"), "wh"), "whole");
}

TEST(Registry, AnotherRangeThanAskedForIsAnError) {
  FakeRegistry fake([&](const SeenRequest&, http::ResponseWriter& response) {
    response.headers().set("Content-Range", "bytes 0-4/5");
    response.send(206, "application/octet-stream", "whole");
  });
  Registry registry = registry_at(fake);
  EXPECT_EQ(error_of([&] { fetch(registry, digest_of("whole"), "wh"); }).code(), ErrorCode::unavailable);
}

TEST(Registry, RedirectsCarryNoCredentialsToAnotherHost) {
  FakeRegistry cdn([](const SeenRequest&, http::ResponseWriter& response) {
    response.send(200, "application/octet-stream", "content");
  });
  FakeRegistry fake([&](const SeenRequest& request, http::ResponseWriter& response) {
    if (request.authorization.empty()) {
      response.headers().add("WWW-Authenticate", "Basic realm=\"here\"");
      return response.send_empty(401);
    }
    if (request.path == "/moved") return response.send(200, "application/octet-stream", "near");
    bool near = request.path.ends_with(std::string(digest_of("near").hex()));
    response.headers().set("Location", near ? "/moved" : cdn.url() + "/bucket/blob?signature=1");
    response.send_empty(307);
  });
  fake.open_ping = false;
  spec::docker_api::AuthConfig auth;
  auth.username = "me";
  auth.password = "pw";
  Registry registry(spec::Reference::parse(fake.host() + "/team/app:1"), {}, auth);
  EXPECT_EQ(fetch(registry, digest_of("content")), "content");
  ASSERT_EQ(cdn.count("GET /bucket/blob"), 1u);
  EXPECT_EQ(cdn.seen().back().authorization, "");
  EXPECT_EQ(fetch(registry, digest_of("near")), "near");
  EXPECT_NE(fake.seen().back().authorization, "");
}

TEST(Registry, RedirectToAFileIsRefused) {
  FakeRegistry fake([](const SeenRequest&, http::ResponseWriter& response) {
    response.headers().set("Location", "file:///etc/passwd");
    response.send_empty(302);
  });
  Registry registry = registry_at(fake);
  EXPECT_EQ(error_of([&] { fetch(registry, digest_of("x")); }).code(), ErrorCode::invalid_argument);
}

TEST(Registry, EndlessRedirectsStop) {
  FakeRegistry fake([](const SeenRequest& request, http::ResponseWriter& response) {
    response.headers().set("Location", request.path + "x");
    response.send_empty(302);
  });
  Registry registry = registry_at(fake);
  EXPECT_NE(error_of([&] { fetch(registry, digest_of("x")); }).message().find("stopped after 10 redirects"),
            std::string::npos);
}

TEST(Registry, TooManyRequestsWaitsAsTold) {
  std::atomic<int> asked = 0;
  FakeRegistry fake([&](const SeenRequest&, http::ResponseWriter& response) {
    if (++asked > 1) return response.send(200, kManifestType, kManifest);
    response.headers().set("Retry-After", "1");
    send_error(response, 429, "TOOMANYREQUESTS", "slow down");
  });
  int64_t start = steady_millis();
  EXPECT_EQ(registry_at(fake).get_manifest("1").bytes, kManifest);
  EXPECT_GE(steady_millis() - start, 1000);
  EXPECT_EQ(asked, 2);
}

TEST(Registry, TooLongAWaitIsTheCallersFailure) {
  FakeRegistry fake([&](const SeenRequest&, http::ResponseWriter& response) {
    response.headers().set("Retry-After", "3600");
    send_error(response, 429, "TOOMANYREQUESTS", "You have reached your pull rate limit");
  });
  Error e = error_of([&] { registry_at(fake).get_manifest("1"); });
  EXPECT_EQ(e.code(), ErrorCode::unavailable);
  EXPECT_EQ(e.message(), "toomanyrequests: You have reached your pull rate limit");
}

TEST(Registry, ServerErrorsAreTriedAgain) {
  std::atomic<int> asked = 0;
  FakeRegistry fake([&](const SeenRequest&, http::ResponseWriter& response) {
    if (++asked > 2) return response.send(200, kManifestType, kManifest);
    response.send_empty(503);
  });
  EXPECT_EQ(registry_at(fake).get_manifest("1").bytes, kManifest);
}

TEST(Registry, CancelEndsAStalledTransferAtOnce) {
  auto cancel = std::make_shared<CancelSource>();
  std::atomic<bool> stalled = false;
  FakeRegistry fake([&](const SeenRequest&, http::ResponseWriter& response) {
    response.headers().set("Content-Length", "1000");
    response.start_stream(200, "application/octet-stream");
    response.write("begin");
    stalled = true;
    while (!response.client_gone()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  });
  Registry registry = registry_at(fake);
  int64_t cancelled_at = 0;
  std::jthread canceller([&] {
    while (!stalled) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    cancelled_at = steady_millis();
    cancel->cancel();
  });
  Error e = error_of([&] {
    registry.get_blob(
        digest_of("x"), 0, [](auto) {}, [] {}, cancel);
  });
  int64_t ended_at = steady_millis();
  canceller.join();
  EXPECT_EQ(e.code(), ErrorCode::cancelled);
  EXPECT_LT(ended_at - cancelled_at, 100);
}

TEST(Registry, WhatACallbackThrowsComesOut) {
  FakeRegistry fake([](const SeenRequest&, http::ResponseWriter& response) {
    response.send(200, "application/octet-stream", "content");
  });
  Registry registry = registry_at(fake);
  Error e = error_of([&] {
    registry.get_blob(
        digest_of("x"), 0, [](auto) { throw_error(ErrorCode::internal, "disk full"); }, [] {});
  });
  EXPECT_EQ(e.message(), "disk full");
}

TEST(Registry, UploadsFollowTheLocationWithItsQuery) {
  const std::string blob(2u << 20, 'b');
  std::string received, digest_named;
  FakeRegistry fake([&](const SeenRequest& request, http::ResponseWriter& response) {
    if (request.method == "POST") {
      bool mount = query_value(request, "mount").has_value();
      bool mountable = query_value(request, "from") == "team/base";
      response.headers().set("Location", "/v2/team/app/blobs/uploads/7?_state=a%3Db");
      return response.send_empty(mount && mountable ? 201 : 202);
    }
    EXPECT_EQ(query_value(request, "_state"), "a=b");
    digest_named = query_value(request, "digest").value_or("");
    received = request.body;
    response.send_empty(201);
  });
  Registry registry = registry_at(fake);
  auto put = [&] {
    size_t at = 0;
    registry.put_blob(digest_of(blob), blob.size(), [&](char* buffer, size_t size) {
      size_t count = blob.copy(buffer, size, at);
      at += count;
      return count;
    });
  };
  put();
  EXPECT_EQ(received, blob);
  EXPECT_EQ(digest_named, digest_of(blob).str());
  EXPECT_TRUE(registry.mount_blob(digest_of(blob), "team/base"));
  size_t posts = fake.count("POST /v2/team/app/blobs/uploads/");
  EXPECT_FALSE(registry.mount_blob(digest_of(blob), "other/base"));
  put();  // goes on with the upload that the refused mount began
  EXPECT_EQ(fake.count("POST /v2/team/app/blobs/uploads/"), posts + 1);
}

TEST(Registry, ManifestStoredUnderAnotherDigestIsAnError) {
  FakeRegistry fake([&](const SeenRequest& request, http::ResponseWriter& response) {
    if (request.path.ends_with("wrong"))
      response.headers().set("Docker-Content-Digest", digest_of("x").str());
    response.send_empty(201);
  });
  Registry registry = registry_at(fake);
  EXPECT_EQ(registry.put_manifest("1", kManifestType, kManifest), digest_of(kManifest));
  EXPECT_EQ(error_of([&] { registry.put_manifest("wrong", kManifestType, kManifest); }).code(),
            ErrorCode::internal);
}

TEST(Registry, MirrorsOfDockerHubAreAskedFirstAndWithoutCredentials) {
  FakeRegistry empty([](const SeenRequest&, http::ResponseWriter& response) {
    send_error(response, 404, "MANIFEST_UNKNOWN", "manifest unknown");
  });
  FakeRegistry mirror([](const SeenRequest& request, http::ResponseWriter& response) {
    if (request.path.find("/manifests/") != std::string::npos)
      return response.send(200, kManifestType, kManifest);
    response.send(200, "application/octet-stream", "blob");
  });
  RegistryOptions options;
  options.mirrors = {empty.url(), mirror.url() + "/"};
  spec::docker_api::AuthConfig auth;
  auth.username = "me";
  auth.password = "pw";
  Registry registry(spec::Reference::parse("debian:12"), options, auth);
  EXPECT_EQ(registry.get_manifest("12").bytes, kManifest);
  EXPECT_EQ(fetch(registry, digest_of("blob")), "blob");
  EXPECT_EQ(mirror.count("GET /v2/library/debian/manifests/12"), 1u);
  EXPECT_EQ(empty.count("GET /v2/library/debian/blobs/" + digest_of("blob").str()),
            0u);  // it is not asked again
  for (const SeenRequest& request : mirror.seen()) EXPECT_EQ(request.authorization, "");
}

}  // namespace
}  // namespace rundlet::registry_client
