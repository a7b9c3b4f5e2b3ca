#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/codec/sha256.h"
#include "base/error.h"
#include "base/fd.h"
#include "registry-client/registry.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::registry_client {
namespace {

class Credentials : public ::testing::Test {
 protected:
  void SetUp() override {
    old_path_ = std::getenv("PATH");
    ::setenv("PATH", (scratch_.path() + ":" + old_path_).c_str(), 1);
  }
  void TearDown() override { ::setenv("PATH", old_path_.c_str(), 1); }

  std::string file(const std::string& name, const std::string& text, unsigned mode = 0600) {
    Fd fd = open_file(scratch_ / name, O_WRONLY | O_CREAT | O_TRUNC, mode);
    write_all(fd.get(), text);
    return scratch_ / name;
  }
  test::TempDir scratch_;
  std::string old_path_;
};

TEST_F(Credentials, NoFileAndNoEntryMeanNone) {
  EXPECT_FALSE(credentials_from_file(scratch_ / "missing.json", "reg.example"));
  EXPECT_FALSE(credentials_from_file(file("config.json", "{}"), "reg.example"));
}

TEST_F(Credentials, AuthsAreDecoded) {
  std::string path = file(
      "config.json", R"({"auths":{"https://index.docker.io/v1/":{"auth":")" + codec::base64_encode("hub:pw") +
                         R"("},"reg.example:5000":{"auth":")" + codec::base64_encode("me:s:1") + R"("}}})");
  auto own = credentials_from_file(path, "reg.example:5000");
  ASSERT_TRUE(own);
  EXPECT_EQ(own->username, "me");
  EXPECT_EQ(own->password, "s:1");
  EXPECT_EQ(credentials_from_file(path, "docker.io").value().username, "hub");
  EXPECT_FALSE(credentials_from_file(path, "reg.example"));
}

TEST_F(Credentials, HelperIsAsked) {
  file("docker-credential-test",
       "#!/bin/sh\n[ \"$1\" = get ] || exit 2\nread host\n[ \"$host\" = reg.example ] || "
       "{ echo 'credentials not found in native keychain'; exit 1; }\n"
       "echo '{\"ServerURL\":\"reg.example\",\"Username\":\"<token>\",\"Secret\":\"id\"}'\n",
       0700);
  std::string path = file("config.json", R"({"credsStore":"test"})");
  auto found = credentials_from_file(path, "reg.example");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->identity_token, "id");
  EXPECT_FALSE(credentials_from_file(path, "other.example"));
}

TEST_F(Credentials, BrokenHelperIsNamed) {
  file("docker-credential-bad", "#!/bin/sh\necho 'vault is locked'; exit 3\n", 0700);
  std::string path = file("config.json", R"({"credHelpers":{"reg.example":"bad"}})");
  EXPECT_NE(test::thrown_message([&] { credentials_from_file(path, "reg.example"); }).find("vault is locked"),
            std::string::npos);
  EXPECT_FALSE(credentials_from_file(path, "other.example"));
  std::string missing = file("config.json", R"({"credsStore":"not-installed"})");
  EXPECT_EQ(test::thrown_code([&] { credentials_from_file(missing, "reg.example"); }), "not_found");
}

}  // namespace
}  // namespace rundlet::registry_client
