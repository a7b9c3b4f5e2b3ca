#include "spec/docker_config.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::spec {
namespace {

// Stands in for base64: "bWU6cHc=" is the only text it knows.
std::string decode(std::string_view text) {
  if (text == "bWU6cHc=") return "me:pw";
  return std::string(text);
}

TEST(DockerConfig, FindsCredentialsUnderAnySpelling) {
  auto config = parse_docker_config(
      R"({"auths":{"https://index.docker.io/v1/":{"auth":"bWU6cHc="},"http://r:5000/v2/":{"username":"u","password":"p"}},
          "credHelpers":{"gcr.io":"gcloud"},"credsStore":"pass","psFormat":"x"})",
      decode);
  EXPECT_EQ(find_auth(config, "docker.io")->username, "me");
  EXPECT_EQ(find_auth(config, "docker.io")->password, "pw");
  EXPECT_EQ(find_auth(config, "r:5000")->username, "u");
  EXPECT_FALSE(find_auth(config, "other"));
  EXPECT_EQ(credential_helper(config, "gcr.io"), "gcloud");
  EXPECT_EQ(credential_helper(config, "docker.io"), "pass");
}

TEST(DockerConfig, Keys) {
  EXPECT_EQ(credential_key("docker.io"), "https://index.docker.io/v1/");
  EXPECT_EQ(credential_key("r:5000"), "r:5000");
  EXPECT_EQ(credential_host("https://r:5000/v1/"), "r:5000");
  EXPECT_EQ(credential_host("index.docker.io"), "docker.io");
}

TEST(DockerConfig, RefusesBrokenAuths) {
  EXPECT_THROW(parse_docker_config(R"({"auths":{"a":{"auth":"nocolon"}}})", decode), Error);
  EXPECT_THROW(parse_docker_config("{", decode), Error);
}

TEST(DockerConfig, HelperAnswers) {
  auto auth = parse_credential_helper_answer(R"({"ServerURL":"x","Username":"me","Secret":"s"})");
  EXPECT_EQ(auth.username, "me");
  EXPECT_EQ(auth.password, "s");
  EXPECT_EQ(parse_credential_helper_answer(R"({"Username":"<token>","Secret":"t"})").identity_token, "t");
}

}  // namespace
}  // namespace rundlet::spec
