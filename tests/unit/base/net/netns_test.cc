#include "base/net/netns.h"

#include <sys/stat.h>

#include "base/error.h"
#include "tests/unit/base/net/namespaces.h"

namespace rundlet::net {
namespace {

ino_t inode_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) < 0) throw_errno("fstat");
  return status.st_ino;
}

TEST(Netns, WorkRunsInsideAndTheThreadComesBack) {
  Fd home = current_netns();
  Fd other = create_netns();
  ASSERT_NE(inode_of(home.get()), inode_of(other.get()));
  in_netns(other.get(), [&] { EXPECT_EQ(inode_of(current_netns().get()), inode_of(other.get())); });
  EXPECT_EQ(inode_of(current_netns().get()), inode_of(home.get()));
}

TEST(Netns, ComesBackWhenTheWorkThrows) {
  Fd home = current_netns();
  Fd other = create_netns();
  EXPECT_THROW(in_netns(other.get(), [] { throw_not_found("x"); }), Error);
  EXPECT_EQ(inode_of(current_netns().get()), inode_of(home.get()));
}

TEST(Netns, ADescriptorThatIsNoNamespaceIsRefused) {
  Fd null = open_file("/dev/null", 0);
  EXPECT_THROW(in_netns(null.get(), [] {}), Error);
}

TEST(Netns, LockIsHeldByOneAtATime) {
  auto locked = [] {
    try {
      NetnsLock lock(std::chrono::milliseconds(5));
      return false;
    } catch (const Error& e) {
      return e.code() == ErrorCode::unavailable;
    }
  };
  Fd other = create_netns();
  {
    NetnsLock lock(std::chrono::seconds(1));
    EXPECT_TRUE(locked());
    in_netns(other.get(), [&] { EXPECT_FALSE(locked()) << "another namespace has its own"; });
  }
  EXPECT_FALSE(locked());
}

}  // namespace
}  // namespace rundlet::net
