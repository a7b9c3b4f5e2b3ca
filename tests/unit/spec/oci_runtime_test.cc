#include "spec/oci_runtime.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::spec {
namespace {

TEST(OciRuntime, RoundTrip) {
  OciConfig config;
  config.process.emplace();
  config.process->args = {"sh"};
  config.process->rlimits = {{"RLIMIT_NOFILE", ~uint64_t{0}, 1024}};
  config.root = {"rootfs", true};
  OciMount mount;
  mount.destination = "/proc";
  mount.type = "proc";
  config.mounts = {mount};
  config.linux_.namespaces = {{"pid", ""}, {"network", "/run/ns"}};
  config.linux_.resources.emplace();
  config.linux_.resources->memory.emplace();
  config.linux_.resources->memory->limit = -1;
  config.linux_.seccomp.emplace();
  config.linux_.seccomp->syscalls = {
      {{"clone"}, "SCMP_ACT_ALLOW", 1, {{0, 2114060288, 0, "SCMP_CMP_MASKED_EQ"}}}};
  OciConfig again = parse_oci_config(to_json(config));
  EXPECT_EQ(to_json(again), to_json(config));
  EXPECT_EQ(again.process->rlimits.at(0).hard, ~uint64_t{0});
  EXPECT_EQ(again.mounts.at(0).destination, "/proc");
  EXPECT_EQ(again.linux_.resources->memory->limit, -1);
}

TEST(OciRuntime, IgnoresTheUnknownAndRefusesTheUnsupported) {
  EXPECT_NO_THROW(parse_oci_config(R"({"ociVersion":"1.2.0","fancy":{"x":1},"windows":{}})"));
  EXPECT_THROW(parse_oci_config(R"({"linux":{"intelRdt":{"closID":"x"}}})"), Error);
  EXPECT_THROW(parse_oci_config(R"({"process":{"cwd":"/","ioPriority":{"class":"IOPRIO_CLASS_RT"}}})"),
               Error);
  EXPECT_NO_THROW(parse_oci_config(R"({"linux":{"resources":{"hugepageLimits":[]}}})"));
}

TEST(OciRuntime, NumbersOutOfRange) {
  EXPECT_THROW(parse_oci_config(R"({"process":{"cwd":"/","rlimits":[{"type":"R","hard":-1,"soft":0}]}})"),
               Error);
  EXPECT_THROW(parse_oci_config(R"({"process":{"cwd":"/","user":{"uid":4294967296,"gid":0}}})"), Error);
}

}  // namespace
}  // namespace rundlet::spec
