#include "registry-client/auth.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/codec/sha256.h"
#include "registry-client/registry.h"
#include "tests/unit/registry-client/fake_registry.h"

namespace rundlet::registry_client {
namespace {

constexpr char kManifest[] =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"})";

spec::docker_api::AuthConfig password(const std::string& user, const std::string& secret) {
  spec::docker_api::AuthConfig auth;
  auth.username = user;
  auth.password = secret;
  return auth;
}

Registry registry_at(const FakeRegistry& fake, std::optional<spec::docker_api::AuthConfig> auth = {}) {
  return Registry(spec::Reference::parse(fake.host() + "/team/app:1"), {}, std::move(auth));
}

void send_manifest(http::ResponseWriter& response) {
  response.send(200, "application/vnd.oci.image.manifest.v1+json", kManifest);
}

// A token service and a registry that takes the tokens "t1", "t2" … which it gave and has not revoked.
struct TokenRegistry {
  explicit TokenRegistry(std::string token_field = "token") : token_field_(std::move(token_field)) {
    fake.open_ping = false;
  }
  void answer(const SeenRequest& request, http::ResponseWriter& response) {
    if (request.path == "/token") {
      last_token_request.with([&](auto& last) { last = request; });
      response.send(200, "application/json",
                    "{\"" + token_field_ + "\":\"t" + std::to_string(++given) + "\",\"expires_in\":300}");
    } else if (request.authorization == "Bearer t" + std::to_string(given) && given > revoked) {
      send_manifest(response);
    } else {
      response.headers().add("WWW-Authenticate", "Bearer realm=\"" + fake.url() +
                                                     "/token\",service=\"the, service\","
                                                     "scope=\"repository:team/app:pull\"");
      send_error(response, 401, "UNAUTHORIZED", "authentication required");
    }
  }
  std::string token_field_;
  std::atomic<int> given = 0, revoked = 0;
  Guarded<SeenRequest> last_token_request;
  FakeRegistry fake{[this](const auto& request, auto& response) { answer(request, response); }};
};

TEST(RegistryAuth, AnonymousBearerTokenIsFetchedOnceAndReused) {
  TokenRegistry server;
  Registry registry = registry_at(server.fake);
  EXPECT_EQ(registry.get_manifest("1").bytes, kManifest);
  EXPECT_EQ(registry.get_manifest("1").bytes, kManifest);
  EXPECT_EQ(server.fake.count("GET /token"), 1u);
  SeenRequest asked = server.last_token_request.with([](const auto& r) { return r; });
  EXPECT_EQ(query_value(asked, "service"), "the, service");
  EXPECT_EQ(query_value(asked, "scope"), "repository:team/app:pull");
  EXPECT_EQ(asked.authorization, "");
}

TEST(RegistryAuth, CredentialsGoToTheTokenService) {
  TokenRegistry server("access_token");
  Registry registry = registry_at(server.fake, password("me", "secret:1"));
  registry.get_manifest("1");
  SeenRequest asked = server.last_token_request.with([](const auto& r) { return r; });
  EXPECT_EQ(asked.authorization, "Basic " + codec::base64_encode("me:secret:1"));
  EXPECT_EQ(query_value(asked, "account"), "me");
}

TEST(RegistryAuth, RevokedTokenIsRenewedOnce) {
  TokenRegistry server;
  Registry registry = registry_at(server.fake);
  registry.get_manifest("1");
  server.revoked = 1;
  EXPECT_EQ(registry.get_manifest("1").bytes, kManifest);
  EXPECT_EQ(server.given, 2);
  server.revoked = 1000;
  try {
    registry.get_manifest("1");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::unauthenticated);
    EXPECT_NE(e.message().find("unauthorized: authentication required"), std::string::npos) << e.message();
  }
  EXPECT_EQ(server.given, 3);
}

TEST(RegistryAuth, IdentityTokenIsExchangedByPost) {
  TokenRegistry server("access_token");
  spec::docker_api::AuthConfig auth;
  auth.identity_token = "id&token";
  Registry registry = registry_at(server.fake, auth);
  registry.get_manifest("1");
  SeenRequest asked = server.last_token_request.with([](const auto& r) { return r; });
  EXPECT_EQ(asked.method, "POST");
  EXPECT_NE(asked.body.find("grant_type=refresh_token"), std::string::npos);
  EXPECT_NE(asked.body.find("refresh_token=id%26token"), std::string::npos) << asked.body;
  EXPECT_NE(asked.body.find("scope=repository%3Ateam%2Fapp%3Apull"), std::string::npos) << asked.body;
}

TEST(RegistryAuth, ParallelRequestsShareOneToken) {
  TokenRegistry server;
  Registry registry = registry_at(server.fake);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] { EXPECT_EQ(registry.get_manifest("1").bytes, kManifest); });
  }
  EXPECT_EQ(server.given, 1);
}

TEST(RegistryAuth, BasicCredentialsAreSentOnlyWhenAskedFor) {
  FakeRegistry fake([](const SeenRequest& request, http::ResponseWriter& response) {
    if (request.authorization == "Basic " + codec::base64_encode("me:pw")) return send_manifest(response);
    response.headers().add("WWW-Authenticate", "Basic realm=\"here\"");
    send_error(response, 401, "UNAUTHORIZED", "authentication required");
  });
  fake.open_ping = false;
  EXPECT_EQ(registry_at(fake, password("me", "pw")).get_manifest("1").bytes, kManifest);
  EXPECT_EQ(fake.seen().front().authorization, "");
  for (auto& auth : {std::optional(password("me", "wrong")), std::optional<spec::docker_api::AuthConfig>()}) {
    try {
      registry_at(fake, auth).get_manifest("1");
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::unauthenticated);
      const char* reason = auth ? "authentication required" : "no basic auth credentials";
      EXPECT_NE(e.message().find(reason), std::string::npos) << e.message();
    }
  }
}

TEST(RegistryAuth, Base64AuthFieldIsUnderstood) {
  FakeRegistry fake([](const SeenRequest& request, http::ResponseWriter& response) {
    if (request.authorization == "Basic " + codec::base64_encode("u:p:q")) return send_manifest(response);
    response.headers().add("WWW-Authenticate", "Basic realm=\"here\"");
    response.send_empty(401);
  });
  fake.open_ping = false;
  spec::docker_api::AuthConfig auth;
  auth.auth = codec::base64_encode("u:p:q");
  EXPECT_EQ(registry_at(fake, auth).get_manifest("1").bytes, kManifest);
}

TEST(RegistryAuth, PingTellsGoodCredentialsFromBadOnes) {
  FakeRegistry fake([](const SeenRequest& request, http::ResponseWriter& response) {
    if (request.authorization == "Basic " + codec::base64_encode("me:pw")) return response.send_empty(200);
    response.headers().add("WWW-Authenticate", "Basic realm=\"here\"");
    send_error(response, 401, "UNAUTHORIZED", "authentication required");
  });
  fake.open_ping = false;
  EXPECT_NO_THROW(registry_at(fake, password("me", "pw")).ping());
  EXPECT_THROW(registry_at(fake, password("me", "wrong")).ping(), Error);
}

TEST(RegistryAuth, TokenWithLineBreakIsRefused) {
  FakeRegistry fake([](const SeenRequest&, http::ResponseWriter& response) {
    response.send(200, "application/json", R"({"token":"a\r\nX-Evil: 1"})");
  });
  Transport transport{HostPolicy({})};
  Authorizer authorizer(transport, {});
  HttpResponse refusal;
  refusal.status = 401;
  refusal.headers = {{"Www-Authenticate", "Bearer realm=\"" + fake.url() + "/token\""}};
  authorizer.learn(refusal);
  EXPECT_THROW(authorizer.header({"repository:a:pull"}, {}), Error);
}

TEST(RegistryAuth, PasswordsAreNotSentInTheClearToStrangers) {
  Transport transport{HostPolicy({})};
  Authorizer authorizer(transport, password("me", "pw"));
  HttpResponse refusal;
  refusal.status = 401;
  refusal.headers = {{"WWW-Authenticate", "Bearer realm=\"http://auth.invalid/token\""}};
  authorizer.learn(refusal);
  try {
    authorizer.header({"repository:a:pull"}, {});
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(e.message().find("without encryption"), std::string::npos) << e.message();
  }
}

}  // namespace
}  // namespace rundlet::registry_client
