#include "spec/oci_defaults.h"

#include <gtest/gtest.h>

namespace rundlet::spec {
namespace {

TEST(OciDefaults, GivesDockersFourteenCapabilities) {
  OciConfig config = default_linux_config();
  EXPECT_EQ(config.process->capabilities->bounding.size(), 14u);
  EXPECT_TRUE(config.process->capabilities->inheritable.empty());
  EXPECT_TRUE(config.process->capabilities->ambient.empty());
}

TEST(OciDefaults, DeniesDevicesBeforeItAllowsSome) {
  const auto rules = default_linux_config().linux_.resources->devices;
  ASSERT_FALSE(rules.empty());
  EXPECT_FALSE(rules.front().allow);
  EXPECT_EQ(rules.front().type, "a");
}

TEST(OciDefaults, MountsParentsBeforeChildren) {
  const auto mounts = default_linux_config().mounts;
  for (size_t i = 0; i < mounts.size(); ++i) {
    for (size_t j = 0; j < i; ++j)
      EXPECT_FALSE(mounts[j].destination.starts_with(mounts[i].destination + "/"));
  }
}

}  // namespace
}  // namespace rundlet::spec
