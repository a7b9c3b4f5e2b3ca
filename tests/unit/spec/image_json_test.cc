#include <gtest/gtest.h>

#include "base/error.h"
#include "spec/docker_api/image.h"
#include "spec/docker_api/system.h"

namespace rundlet::spec::docker_api {
namespace {

TEST(ImageJson, ProgressHasDockersBar) {
  ProgressMessage message;
  message.status = "Downloading";
  message.id = "abc";
  message.progress_detail = ProgressDetail{500, 1000};
  EXPECT_EQ(to_json(message),
            R"({"status":"Downloading","progressDetail":{"current":500,"total":1000},"progress":)"
            R"("[=========================>                         ]     500B/1kB","id":"abc"})");
  auto again = parse_progress(to_json(message));
  EXPECT_EQ(again.progress_detail->total, 1000);
}

TEST(ImageJson, ErrorsAreWrittenBothWays) {
  ProgressMessage message;
  message.error = "no";
  EXPECT_EQ(to_json(message), R"({"errorDetail":{"message":"no"},"error":"no"})");
  EXPECT_EQ(parse_progress(R"({"errorDetail":{"code":2,"message":"no"}})").error_code, 2);
  EXPECT_EQ(parse_progress(R"({"aux":{"ID":"sha256:1"}})").aux.text, R"({"ID":"sha256:1"})");
}

TEST(ImageJson, InspectRoundTrip) {
  ImageInspect inspect;
  inspect.id = "sha256:1";
  inspect.config.cmd = {"sh"};
  inspect.rootfs_layers = {"sha256:2"};
  inspect.platform = {"linux", "amd64", ""};
  std::string text = to_json(inspect);
  EXPECT_EQ(inspect.config.cmd.size(), 1u);
  auto again = parse_image_inspect(text);
  EXPECT_EQ(again.config.cmd, inspect.config.cmd);
  EXPECT_EQ(again.rootfs_layers, inspect.rootfs_layers);
  EXPECT_FALSE(again.last_tag_time);
  EXPECT_EQ(to_json(again), text);
}

TEST(SystemJson, EventsCarryTheOldFields) {
  Event event{"container", "start", "id1", {{"image", "busybox"}}, from_unix_nanos(1'500'000'000)};
  std::string text = to_json(event);
  for (const char* part : {R"("status":"start")", R"("id":"id1")", R"("from":"busybox")", R"("time":1,)",
                           R"("timeNano":1500000000)", R"("scope":"local")"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
  Event again = parse_event(text);
  EXPECT_EQ(again.time, event.time);
  EXPECT_EQ(again.attributes, event.attributes);
}

TEST(SystemJson, FiltersInBothForms) {
  Filters filters = parse_filters(R"({"label":["a=b","c"],"status":{"running":true,"exited":false}})");
  EXPECT_EQ(filters.at("label").size(), 2u);
  EXPECT_EQ(filters.at("status"), std::vector<std::string>{"running"});
  EXPECT_EQ(parse_filters(to_json(filters)), filters);
  EXPECT_TRUE(parse_filters("").empty());
  EXPECT_THROW(parse_filters("[]"), Error);
  EXPECT_THROW(parse_filters(R"({"a":1})"), Error);
}

TEST(SystemJson, InfoAndVersion) {
  SystemInfo info;
  info.runtimes["rundlet"] = "/usr/bin/rundlet-shim";
  info.cpus = 2;
  info.default_address_pools = {{"172.17.0.0/16", 24}};
  auto again = parse_system_info(to_json(info));
  EXPECT_EQ(again.runtimes, info.runtimes);
  EXPECT_EQ(again.cpus, 2);
  EXPECT_EQ(to_json(again), to_json(info));
  SystemVersion version;
  version.components = {{"Engine", "1", {{"Os", "linux"}}}};
  EXPECT_EQ(to_json(parse_system_version(to_json(version))), to_json(version));
  EXPECT_EQ(parse_error_body(error_body("a \"b\"")), "a \"b\"");
}

}  // namespace
}  // namespace rundlet::spec::docker_api
