#include "daemon/api/router.h"

#include <gtest/gtest.h>

#include "tests/unit/daemon/api/api_fixture.h"

namespace rundlet::daemon {
namespace {

// Answers with the name of the row and the variables of the path.
class RouterTest : public ::testing::Test {
 protected:
  void add(const std::string& method, const std::string& pattern) {
    router_.add(method, pattern, [pattern](Call& call) {
      std::string text = pattern;
      for (const auto& [name, value] : call.path) text += " " + name + "=" + value;
      call.response.send(200, "text/plain", text + " v" + std::to_string(call.version.minor));
    });
  }
  std::string ask(const std::string& method, std::string_view target) {
    FakeBody body("");
    http::Request request = make_request(method, target, body);
    response_ = FakeResponse();
    try {
      router_.handle(request, response_);
    } catch (const Error& error) {
      return std::string(to_string(error.code())) + ": " + error.message();
    }
    return response_.body_;
  }

  Router router_;
  FakeResponse response_;
};

}  // namespace

TEST_F(RouterTest, FindsRowsByMethodAndPath) {
  add("GET", "/containers/json");
  add("GET", "/containers/{id}/json");
  add("DELETE", "/containers/{id}");
  EXPECT_EQ(ask("GET", "/v1.41/containers/json?all=1"), "/containers/json v41");
  EXPECT_EQ(ask("GET", "/containers/abc/json"), "/containers/{id}/json id=abc v51");
  EXPECT_EQ(ask("DELETE", "/v1.24/containers/abc"), "/containers/{id} id=abc v24");
}

TEST_F(RouterTest, ToleratesTheSlashOfContainerNames) {
  add("GET", "/containers/{id}/json");
  EXPECT_EQ(ask("GET", "/containers//web/json"), "/containers/{id}/json id=web v51");
  EXPECT_EQ(ask("GET", "/containers/%2Fweb/json"), "/containers/{id}/json id=web v51");
}

TEST_F(RouterTest, ImageNamesHaveSlashes) {
  add("GET", "/images/json");
  add("GET", "/images/{name:*}/json");
  add("GET", "/images/{name:*}/get");
  add("DELETE", "/images/{name:*}");
  EXPECT_EQ(ask("GET", "/v1.51/images/127.0.0.1:5000/a/b:c/json"),
            "/images/{name:*}/json name=127.0.0.1:5000/a/b:c v51");
  EXPECT_EQ(ask("GET", "/images/a/json/get"), "/images/{name:*}/get name=a/json v51");
  EXPECT_EQ(ask("GET", "/images/json/json"), "/images/{name:*}/json name=json v51");
  EXPECT_EQ(ask("DELETE", "/images/a/b"), "/images/{name:*} name=a/b v51");
  EXPECT_EQ(ask("GET", "/images/json"), "/images/json v51");
}

TEST_F(RouterTest, RefusesWhatNobodyServes) {
  add("GET", "/containers/{id}/json");
  for (const char* target :
       {"/", "/containers", "/containers/json", "/containers/a/b/json", "/v1.41", "/v1.41/v1.41/info"}) {
    EXPECT_EQ(ask("GET", target), "not_found: page not found") << target;
  }
  EXPECT_EQ(ask("POST", "/containers/a/json"), "not_found: page not found");
}

TEST_F(RouterTest, ChecksTheClientsVersion) {
  add("GET", "/info");
  EXPECT_EQ(ask("GET", "/v1.52/info"),
            "invalid_argument: client version 1.52 is too new. Maximum supported API version is 1.51");
  EXPECT_EQ(ask("GET", "/v2.0/info"),
            "invalid_argument: client version 2.0 is too new. Maximum supported API version is 1.51");
  EXPECT_EQ(ask("GET", "/v1.23/info"),
            "invalid_argument: client version 1.23 is too old. Minimum supported API version is 1.24, please "
            "upgrade "
            "your client to a newer version");
  EXPECT_EQ(ask("GET", "/v1.24/info"), "/info v24");
  EXPECT_EQ(ask("GET", "/v1.51/info"), "/info v51");
}

TEST_F(RouterTest, EveryAnswerNamesTheEngine) {
  EXPECT_EQ(ask("GET", "/nothing"), "not_found: page not found");
  EXPECT_EQ(response_.headers_.get("Api-Version"), "1.51");
  EXPECT_EQ(response_.headers_.get("Ostype"), "linux");
  EXPECT_EQ(response_.headers_.get("Docker-Experimental"), "false");
  EXPECT_TRUE(response_.headers_.get("Server")->starts_with("Rundlet/"));
}

TEST_F(RouterTest, ReadsParametersAsDockerDoes) {
  router_.add("GET", "/x", [](Call& call) {
    EXPECT_TRUE(call.flag("yes"));
    EXPECT_TRUE(call.flag("absent", true));
    for (const char* off : {"empty", "zero", "no", "false", "none", "absent"})
      EXPECT_FALSE(call.flag(off)) << off;
    EXPECT_EQ(call.integer("number"), -12);
    EXPECT_FALSE(call.integer("absent"));
    EXPECT_THROW(call.integer("yes"), Error);
    EXPECT_TRUE(call.has("empty"));
    call.empty(204);
  });
  ask("GET", "/x?yes=true&empty=&zero=0&no=no&false=false&none=none&number=-12");
  EXPECT_EQ(response_.status_, 204);
}

}  // namespace rundlet::daemon
