#include "spec/platform.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::spec {
namespace {

TEST(Platform, ParsesAndNormalises) {
  EXPECT_EQ(Platform::parse("linux/x86_64").str(), "linux/amd64");
  EXPECT_EQ(Platform::parse("linux/aarch64").str(), "linux/arm64");
  EXPECT_EQ(Platform::parse("linux/arm64/v8").str(), "linux/arm64");
  EXPECT_EQ(Platform::parse("linux/arm").str(), "linux/arm/v7");
  EXPECT_EQ(Platform::parse("Linux/ARM/6").str(), "linux/arm/v6");
  EXPECT_EQ(Platform::parse("arm64").str(), "linux/arm64");
  EXPECT_EQ(Platform::parse("windows").os, "windows");
  for (const char* text : {"", "/", "linux/", "a/b/c/d", "linux/amd 64"})
    EXPECT_THROW(Platform::parse(text), Error) << text;
}

TEST(Platform, RunsWhatTheMachineCanRun) {
  auto runs = [](const char* host, const char* image) {
    return Platform::parse(host).runs(Platform::parse(image));
  };
  EXPECT_TRUE(runs("linux/amd64", "linux/amd64"));
  EXPECT_TRUE(runs("linux/amd64", "linux/386"));
  EXPECT_FALSE(runs("linux/amd64", "linux/amd64/v3"));
  EXPECT_TRUE(runs("linux/amd64/v3", "linux/amd64/v2"));
  EXPECT_FALSE(runs("linux/amd64", "linux/arm64"));
  EXPECT_FALSE(runs("linux/amd64", "windows/amd64"));
  EXPECT_TRUE(runs("linux/arm/v7", "linux/arm/v6"));
  EXPECT_FALSE(runs("linux/arm/v6", "linux/arm/v7"));
  EXPECT_TRUE(runs("linux/arm64", "linux/arm/v7"));
}

}  // namespace
}  // namespace rundlet::spec
