#include "runtime/rootfs/mount_options.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

namespace rundlet::runtime {
namespace {

TEST(MountOptions, SortsWordsIntoFlagsAndData) {
  MountOptions options = parse_mount_options({"nosuid", "noexec", "strictatime", "mode=755", "size=64k"});
  EXPECT_EQ(options.flags, static_cast<unsigned long>(MS_NOSUID | MS_NOEXEC | MS_STRICTATIME));
  EXPECT_EQ(options.data, "mode=755,size=64k");
  EXPECT_FALSE(options.bind);
}

TEST(MountOptions, BindWithPropagation) {
  MountOptions options = parse_mount_options({"rbind", "ro", "rprivate"});
  EXPECT_TRUE(options.bind && options.recursive && options.recursive_propagation);
  EXPECT_EQ(options.attr_set, static_cast<uint64_t>(MOUNT_ATTR_RDONLY));
  EXPECT_EQ(options.attr_clear, 0u);
  EXPECT_EQ(options.propagation, static_cast<uint64_t>(MS_PRIVATE));
}

TEST(MountOptions, TheLastWordDecides) {
  EXPECT_EQ(parse_mount_options({"ro", "rw"}).attr_set, 0u);
  EXPECT_EQ(parse_mount_options({"nodev", "dev", "nodev"}).attr_set, static_cast<uint64_t>(MOUNT_ATTR_NODEV));
}

TEST(MountOptions, AccessTimeModesReplaceEachOther) {
  MountOptions options = parse_mount_options({"noatime"});
  EXPECT_EQ(options.attr_set, static_cast<uint64_t>(MOUNT_ATTR_NOATIME));
  EXPECT_EQ(options.attr_clear, static_cast<uint64_t>(MOUNT_ATTR__ATIME));
  EXPECT_EQ(parse_mount_options({"noatime", "relatime"}).attr_set, 0u);
}

TEST(MountOptions, RecursiveAttributes) {
  MountOptions options = parse_mount_options({"rbind", "rro", "rnoexec"});
  EXPECT_EQ(options.recursive_attr_set, static_cast<uint64_t>(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC));
  EXPECT_EQ(options.attr_set, 0u);
}

TEST(MountOptions, PropagationWords) {
  EXPECT_EQ(propagation_flag("rslave"), static_cast<unsigned long>(MS_SLAVE | MS_REC));
  EXPECT_EQ(propagation_flag("bind"), 0u);
}

}  // namespace
}  // namespace rundlet::runtime
