#include "image-store/image_store.h"

#include "base/proc/spawn.h"
#include "tests/unit/image-store/store_fixture.h"

namespace rundlet::image_store {
namespace {

using namespace testing;

class ImageStoreTest : public StoreTest {
 protected:
  Image hello() { return add_image(store(), {Tar().file("hello", "hi").text()}); }
};

TEST_F(ImageStoreTest, AddGivesTheConfigsDigest) {
  Image image = hello();
  ImageContent content = store().content(image);
  EXPECT_EQ(image.id, content.manifest.config.digest);
  EXPECT_TRUE(image.names.empty());
  EXPECT_EQ(content.config.author, "test");
  EXPECT_EQ(hello().id, image.id);
  EXPECT_EQ(store().list().size(), 1u);
}

TEST_F(ImageStoreTest, AddNeedsEverythingTheManifestNames) {
  Image image = hello();
  spec::Digest layer = store().content(image).manifest.layers[0].digest;
  store().blobs().remove(layer);
  EXPECT_ERROR(store().add(image.manifest), ErrorCode::failed_precondition, layer.str());
  EXPECT_ERROR(store().add({spec::media_type::kOciManifest, digest_of("none"), 4}), ErrorCode::not_found,
               digest_of("none").str());
  EXPECT_ERROR(store().add({spec::media_type::kOciIndex, image.manifest.digest, 4}),
               ErrorCode::invalid_argument, spec::media_type::kOciIndex);
}

TEST_F(ImageStoreTest, AddRefusesLayersThatTheConfigDoesNotKnow) {
  spec::Manifest manifest = store().content(hello()).manifest;
  manifest.layers.push_back(manifest.layers[0]);
  spec::Digest digest = store().blobs().put(spec::to_json(manifest));
  EXPECT_ERROR(store().add({spec::media_type::kOciManifest, digest, 1}), ErrorCode::invalid_argument,
               "2 layers");
}

TEST_F(ImageStoreTest, FindsAsUsersNameThings) {
  Image image = hello();
  store().tag(image.id, "docker.io/library/hello:latest");
  store().tag(image.id, "127.0.0.1:5000/team/app:1.2");
  std::string by_digest = "docker.io/library/hello@" + digest_of("index").str();
  store().add_digest(image.id, by_digest);
  std::string hex(image.id.hex());
  for (const std::string& name :
       {std::string("hello"), std::string("hello:latest"), std::string("docker.io/library/hello"),
        std::string("library/hello"), std::string("127.0.0.1:5000/team/app:1.2"), by_digest,
        "hello@" + digest_of("index").str(), image.id.str(), hex, hex.substr(0, 12),
        "sha256:" + hex.substr(0, 7)}) {
    auto found = store().find(name);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(found->id, image.id) << name;
  }
  for (const char* name : {"hello:1", "app:1.2", "other",
                           "hello@sha256:"
                           "0000000000000000000000000000000000000000000000000000000000000000"})
    EXPECT_FALSE(store().find(name)) << name;
  EXPECT_ERROR(store().find("Hello"), ErrorCode::invalid_argument, "");
  EXPECT_EQ(store().get("hello").names,
            (std::vector<std::string>{"127.0.0.1:5000/team/app:1.2", "docker.io/library/hello:latest"}));
  EXPECT_EQ(store().get("hello").digests, std::vector{by_digest});
}

TEST_F(ImageStoreTest, MissingImagesAreNamedAsDockerDoes) {
  EXPECT_ERROR(store().get("nope"), ErrorCode::not_found, "No such image: nope:latest");
  EXPECT_ERROR(store().get("nope:1"), ErrorCode::not_found, "No such image: nope:1");
  EXPECT_ERROR(store().get(digest_of("x").str()), ErrorCode::not_found,
               "No such image: " + digest_of("x").str());
  EXPECT_ERROR(store().tag(digest_of("x"), "docker.io/library/x:1"), ErrorCode::not_found, "No such image");
  EXPECT_ERROR(store().untag("docker.io/library/x:1"), ErrorCode::not_found, "No such image");
  EXPECT_ERROR(store().remove(digest_of("x")), ErrorCode::not_found, "No such image");
}

TEST_F(ImageStoreTest, AmbiguousPrefixIsRefusedButANameWins) {
  std::string tar = Tar().file("f").text();
  std::map<char, Image> by_digit;
  for (int i = 0;; ++i) {
    Image image = add_image(store(), {tar}, std::to_string(i));
    auto [other, added] = by_digit.try_emplace(image.id.hex()[0], image);
    if (added) continue;
    std::string digit(1, other->first);
    EXPECT_ERROR(store().find(digit), ErrorCode::invalid_argument, digit);
    store().tag(image.id, "docker.io/library/" + digit + ":latest");
    EXPECT_EQ(store().get(digit).id, image.id);
    break;
  }
}

TEST_F(ImageStoreTest, TagsMoveAndImagesDangle) {
  Image one = add_image(store(), {Tar().file("1").text()}),
        two = add_image(store(), {Tar().file("2").text()});
  store().tag(one.id, "docker.io/library/app:1");
  TimePoint added = store().get("app:1").added;
  store().tag(two.id, "docker.io/library/app:1");
  EXPECT_EQ(store().get("app:1").id, two.id);
  EXPECT_GT(store().get("app:1").added, added);
  EXPECT_TRUE(store().get(one.id.str()).names.empty());
  store().untag("docker.io/library/app:1");
  EXPECT_FALSE(store().find("app:1"));
  store().remove(two.id);
  EXPECT_EQ(store().list().size(), 1u);
}

TEST_F(ImageStoreTest, NamesOutliveARestart) {
  Image image = hello();
  store().tag(image.id, "docker.io/library/hello:latest");
  reopen();
  EXPECT_EQ(store().get("hello").id, image.id);
  EXPECT_EQ(store().get("hello").manifest.digest, image.manifest.digest);
}

TEST_F(ImageStoreTest, DamagedImageIsNamed) {
  Image image = hello();
  store().blobs().remove(image.id);
  EXPECT_ERROR(store().content(image), ErrorCode::failed_precondition, "damaged");
}

TEST_F(ImageStoreTest, IndexIsAProjectionOfTheNames) {
  std::string path = root() + "/images/index.json";
  EXPECT_TRUE(spec::parse_index(read_file(path)).manifests.empty());
  Image image = hello();
  store().tag(image.id, "docker.io/library/hello:latest");
  spec::Index index = spec::parse_index(read_file(path));
  ASSERT_EQ(index.manifests.size(), 2u);
  EXPECT_EQ(index.manifests[1].annotations["org.opencontainers.image.ref.name"], "hello");
  EXPECT_EQ(index.manifests[0].digest, image.manifest.digest);
  EXPECT_EQ(index.manifests[0].annotations["org.opencontainers.image.ref.name"], "hello:latest");
  EXPECT_EQ(index.manifests[0].annotations["io.containerd.image.name"], "docker.io/library/hello:latest");
  write_file(path, "{\"foreign\": true}");
  reopen();
  EXPECT_EQ(spec::parse_index(read_file(path)).manifests.size(), 2u);
  store().untag("docker.io/library/hello:latest");
  EXPECT_TRUE(spec::parse_index(read_file(path)).manifests.empty());
}

TEST_F(ImageStoreTest, SkopeoReadsTheLayoutAsItLies) {
  if (::access("/usr/bin/skopeo", X_OK) < 0) GTEST_SKIP() << "skopeo is not installed";
  Image image = hello();
  store().tag(image.id, "docker.io/library/hello:latest");
  store().tag(image.id, "127.0.0.1:5000/team/app:1.2");
  for (const char* name : {"hello:latest", "127.0.0.1:5000/team/app:1.2"}) {
    proc::Output out = proc::run({.argv = {"skopeo", "inspect", "oci:" + root() + "/images:" + name}});
    EXPECT_EQ(out.status.code, 0) << out.err;
    EXPECT_NE(out.out.find(image.manifest.digest.str()), std::string::npos) << out.out;
  }
}

}  // namespace
}  // namespace rundlet::image_store
