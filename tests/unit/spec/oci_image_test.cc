#include "spec/oci_image.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::spec {
namespace {

const std::string kA = "sha256:" + std::string(64, 'a');
const std::string kB = "sha256:" + std::string(64, 'b');

std::string descriptor(const std::string& digest) {
  return R"({"mediaType":"m","digest":")" + digest + R"(","size":3,"future":1})";
}

std::string manifest_text() {
  return R"({"schemaVersion":2,"config":)" + descriptor(kA) + R"(,"layers":[)" + descriptor(kB) + "]}";
}

TEST(OciImage, ManifestRoundTrip) {
  Manifest manifest = parse_manifest(manifest_text());
  EXPECT_EQ(manifest.config.digest.str(), kA);
  ASSERT_EQ(manifest.layers.size(), 1u);
  EXPECT_EQ(manifest.layers[0].size, 3);
  EXPECT_EQ(to_json(parse_manifest(to_json(manifest))), to_json(manifest));
  EXPECT_NE(to_json(manifest).find(R"({"schemaVersion":2,"config")"), std::string::npos);
}

TEST(OciImage, SchemaOneIsRefusedByName) {
  try {
    parse_manifest(R"({"schemaVersion":1,"fsLayers":[]})");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::unimplemented);
    EXPECT_NE(e.message().find("schema version 1"), std::string::npos);
  }
}

TEST(OciImage, HostileManifests) {
  std::string both = manifest_text();
  both.insert(both.size() - 1, R"(,"manifests":[])");
  EXPECT_THROW(parse_manifest(both), Error);
  EXPECT_THROW(parse_index(both), Error);
  EXPECT_THROW(parse_index(manifest_text()), Error);
  EXPECT_THROW(parse_manifest("[]"), Error);
  EXPECT_THROW(parse_manifest(R"({"schemaVersion":2,"layers":[]})"), Error);
  EXPECT_THROW(
      parse_manifest(R"({"schemaVersion":2,"config":)" + descriptor("sha256:../x") + R"(,"layers":[]})"),
      Error);
  EXPECT_THROW(
      parse_manifest(R"({"schemaVersion":2,"config":{"digest":")" + kA + R"(","size":-1},"layers":[]})"),
      Error);
  EXPECT_THROW(parse_manifest(R"({"schemaVersion":2,"config":{"digest":")" + kA +
                              R"(","size":99999999999999999999},"layers":[]})"),
               Error);
}

TEST(OciImage, IndexPlatforms) {
  Index index =
      parse_index(R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)"
                  R"({"mediaType":"m","digest":")" +
                  kA + R"(","size":1,"platform":{"architecture":"arm64","os":"linux","variant":"v8"}}]})");
  EXPECT_EQ(index.manifests.at(0).platform->str(), "linux/arm64/v8");
  EXPECT_EQ(to_json(parse_index(to_json(index))), to_json(index));
}

TEST(OciImage, ConfigKeepsPlatformAtTheTop) {
  ImageConfig config = parse_image_config(
      R"({"created":"0001-01-01T00:00:00Z","architecture":"amd64","os":"linux","os.version":"9","config":{"Cmd":["sh"],)"
      R"("ExposedPorts":{"80/tcp":{}},"Volumes":null,"Healthcheck":{"Test":["CMD","x"],"Interval":5},"Hostname":"h"},)"
      R"("rootfs":{"type":"layers","diff_ids":[")" +
      kA + R"("]},"history":[{"created_by":"x","empty_layer":true}]})");
  EXPECT_FALSE(config.created);
  EXPECT_EQ(config.platform.str(), "linux/amd64");
  EXPECT_EQ(config.os_version, "9");
  EXPECT_EQ(config.config.healthcheck->interval, 5);
  EXPECT_EQ(config.config.exposed_ports.count("80/tcp"), 1u);
  EXPECT_EQ(config.diff_ids.at(0).str(), kA);
  EXPECT_TRUE(config.history.at(0).empty_layer);
  EXPECT_EQ(to_json(parse_image_config(to_json(config))), to_json(config));
}

std::string fake_hash(std::string_view text) {
  return std::string(64, text == kA + " " + kB ? 'c' : 'd');
}

TEST(OciImage, ChainIds) {
  auto chain = chain_ids({Digest::parse(kA), Digest::parse(kB), Digest::parse(kA)}, fake_hash);
  ASSERT_EQ(chain.size(), 3u);
  EXPECT_EQ(chain[0].str(), kA);
  EXPECT_EQ(chain[1].hex(), std::string(64, 'c'));
  EXPECT_EQ(chain[2].hex(), std::string(64, 'd'));
  EXPECT_TRUE(chain_ids({}, fake_hash).empty());
}

}  // namespace
}  // namespace rundlet::spec
