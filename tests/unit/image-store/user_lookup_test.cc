#include "image-store/user_lookup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/error.h"
#include "base/fd.h"
#include "base/fs/remove_tree.h"

namespace rundlet::image_store {
namespace {

class UserLookup : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/rundlet-users-XXXXXX";
    path_ = ::mkdtemp(pattern);
    ASSERT_EQ(::mkdir((path_ + "/etc").c_str(), 0755), 0);
    write_file(path_ + "/etc/passwd",
               "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:App:/home/app:/bin/sh\n"
               "broken\n42:x:7:8::/seven:/bin/sh\n");
    write_file(path_ + "/etc/group", "root:x:0:\napp:x:1001:\naudio:x:29:app,other\nvideo:x:44:app\n");
  }
  void TearDown() override { fs::remove_tree(path_); }
  UserIds lookup(const char* user) { return lookup_user(fs::RootedPath(path_), user); }

  std::string path_;
};

TEST_F(UserLookup, EmptyIsRoot) {
  EXPECT_EQ(lookup("").uid, 0u);
  EXPECT_EQ(lookup("").home, "/root");
}

TEST_F(UserLookup, NameBringsGroupsAndHome) {
  UserIds ids = lookup("app");
  EXPECT_EQ(ids.uid, 1000u);
  EXPECT_EQ(ids.gid, 1001u);
  EXPECT_EQ(ids.additional_gids, (std::vector<uint32_t>{29, 44}));
  EXPECT_EQ(ids.home, "/home/app");
}

TEST_F(UserLookup, ExplicitGroupDropsTheOthers) {
  UserIds ids = lookup("app:audio");
  EXPECT_EQ(ids.gid, 29u);
  EXPECT_TRUE(ids.additional_gids.empty());
  EXPECT_EQ(lookup("app:12345").gid, 12345u);
  EXPECT_EQ(lookup(":audio").uid, 0u);
}

TEST_F(UserLookup, NumbersNeedNoEntryAndNamesWinOverNumbers) {
  EXPECT_EQ(lookup("4321").uid, 4321u);
  EXPECT_EQ(lookup("4321").gid, 0u);
  EXPECT_EQ(lookup("1000").gid, 1001u);
  EXPECT_EQ(lookup("42").uid, 7u);
}

TEST_F(UserLookup, UnknownNamesAreErrors) {
  EXPECT_THROW(lookup("nobody"), Error);
  EXPECT_THROW(lookup("app:nogroup"), Error);
  EXPECT_THROW(lookup("-1"), Error);
}

TEST_F(UserLookup, WorksWithoutPasswdFile) {
  fs::remove_tree(path_ + "/etc");
  EXPECT_EQ(lookup("").home, "/");
  EXPECT_EQ(lookup("5:6").gid, 6u);
}

TEST_F(UserLookup, OwnersTakeThePrimaryGroupOrTheSameNumber) {
  fs::RootedPath root(path_);
  EXPECT_EQ(lookup_owner(root, "app"), (Owner{1000, 1001}));
  EXPECT_EQ(lookup_owner(root, "55"), (Owner{55, 55}));
  EXPECT_EQ(lookup_owner(root, "55:audio"), (Owner{55, 29}));
  EXPECT_EQ(lookup_group(root, "video"), 44u);
}

}  // namespace
}  // namespace rundlet::image_store
