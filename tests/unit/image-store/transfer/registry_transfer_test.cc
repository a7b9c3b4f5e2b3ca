// pull and push against Debian's docker-registry, with skopeo as the witness.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/guarded.h"
#include "image-store/transfer/transfer.h"
#include "tests/unit/image-store/store_fixture.h"
#include "tests/unit/image-store/transfer/registry_process.h"

namespace rundlet::image_store {
namespace {

using namespace rundlet::image_store::testing;

class RegistryTransfer : public StoreTest {
 protected:
  void SetUp() override {
    if (!RegistryProcess::available()) GTEST_SKIP() << "docker-registry is not installed";
    registry_ = std::make_unique<RegistryProcess>();
  }
  spec::Reference at(const std::string& name) const {
    return spec::Reference::parse(registry_->host() + "/" + name);
  }

  Image tagged(const std::string& name, const std::vector<std::string>& tars) {
    Image image = add_image(store(), tars);
    store().tag(image.id, at(name).canonical());
    return store().get(image.id.str());
  }
  ProgressFn recorder() {
    return [this](const spec::docker_api::ProgressMessage& m) {
      told_.push_back(m.id.empty() ? m.status : m.id + ": " + m.status);
    };
  }
  bool was_told(const std::string& line) const {
    return std::find(told_.begin(), told_.end(), line) != told_.end();
  }
  size_t times_told(const std::string& ending) const {
    return static_cast<size_t>(
        std::count_if(told_.begin(), told_.end(), [&](const auto& line) { return line.ends_with(ending); }));
  }
  PullResult pull_from(const std::string& name) {
    told_.clear();
    PullRequest request;
    request.reference = at(name);
    return pull(store(), request, recorder());
  }
  spec::Digest push_to(const std::string& name) {
    told_.clear();
    PushRequest request;
    request.reference = at(name);
    return push(store(), request, recorder());
  }
  void forget_everything() {
    for (const Image& image : store().list()) store().remove(image.id);
    store().collect({});
    ASSERT_TRUE(store().blobs().list().empty());
  }

  std::unique_ptr<RegistryProcess> registry_;
  std::vector<std::string> told_;
};

const std::string kBase = Tar().add(directory("etc")).file("etc/motd", "hello").text();
const std::string kTop = Tar().file("app", "binary").text();

TEST_F(RegistryTransfer, WhatIsPushedIsPulledBackByteForByte) {
  Image image = tagged("team/app:1", {kBase, kTop});
  std::string manifest = store().blobs().read(image.manifest.digest);
  EXPECT_EQ(push_to("team/app:1"), image.manifest.digest);
  EXPECT_EQ(told_.front(), "The push refers to repository [" + registry_->host() + "/team/app]");
  EXPECT_EQ(times_told(": Pushed"), 2u);
  EXPECT_TRUE(
      was_told("1: digest: " + image.manifest.digest.str() + " size: " + std::to_string(manifest.size())));
  EXPECT_EQ(store().get(image.id.str()).digests,
            std::vector{at("team/app").name() + "@" + image.manifest.digest.str()});

  push_to("team/app:1");
  EXPECT_EQ(times_told(": Layer already exists"), 2u);

  forget_everything();
  PullResult pulled = pull_from("team/app:1");
  EXPECT_EQ(pulled.image.id, image.id);
  EXPECT_EQ(pulled.digest, image.manifest.digest);
  EXPECT_EQ(pulled.image.names, std::vector{at("team/app:1").canonical()});
  EXPECT_EQ(store().blobs().read(pulled.image.manifest.digest), manifest);
  EXPECT_FALSE(pulled.up_to_date);
  EXPECT_EQ(told_.front(), "1: Pulling from team/app");
  EXPECT_EQ(times_told(": Pull complete"), 2u);
  EXPECT_TRUE(was_told("Digest: " + image.manifest.digest.str()));
  EXPECT_EQ(told_.back(), "Status: Downloaded newer image for " + registry_->host() + "/team/app:1");
  auto lease = store().lease("test");
  SnapshotId top = store().unpack(pulled.image, *lease);
  EXPECT_EQ(file_of(top, "app"), "binary");
  EXPECT_EQ(file_of(store().snapshots().info(top)->parent, "etc/motd"), "hello");
}

TEST_F(RegistryTransfer, SecondPullIsUpToDate) {
  tagged("app:1", {kBase});
  push_to("app:1");
  PullResult again = pull_from("app:1");
  EXPECT_TRUE(again.up_to_date);
  EXPECT_EQ(times_told(": Already exists"), 1u);
  EXPECT_EQ(told_.back(), "Status: Image is up to date for " + registry_->host() + "/app:1");
}

TEST_F(RegistryTransfer, PullByDigestGivesNoTag) {
  Image image = tagged("app:1", {kBase});
  spec::Digest digest = push_to("app:1");
  forget_everything();
  PullResult pulled = pull_from("app@" + digest.str());
  EXPECT_TRUE(pulled.image.names.empty());
  EXPECT_EQ(pulled.image.digests, std::vector{at("app").name() + "@" + digest.str()});
  EXPECT_EQ(store().get(registry_->host() + "/app@" + digest.str()).id, image.id);
}

TEST_F(RegistryTransfer, LayersAreMountedFromAKnownRepository) {
  Image image = tagged("base:1", {kBase});
  push_to("base:1");
  store().tag(image.id, at("derived:1").canonical());
  push_to("derived:1");
  EXPECT_EQ(times_told(": Mounted from base"), 1u);
}

TEST_F(RegistryTransfer, SharedLayersAreNotFetchedAgain) {
  tagged("one:1", {kBase});
  tagged("two:1", {kBase, kTop});
  push_to("one:1");
  push_to("two:1");
  forget_everything();
  pull_from("one:1");
  pull_from("two:1");
  EXPECT_EQ(times_told(": Already exists"), 1u);
  EXPECT_EQ(times_told(": Download complete"), 1u);
  EXPECT_EQ(times_told(": Pull complete"), 1u);
}

TEST_F(RegistryTransfer, SameBlobTwiceInAnImage) {
  std::string empty = Tar().text();
  Image image = tagged("app:1", {empty, kBase, empty});
  push_to("app:1");
  forget_everything();
  EXPECT_EQ(pull_from("app:1").image.id, image.id);
}

TEST_F(RegistryTransfer, MissingImagesAreNamed) {
  EXPECT_ERROR(
      pull_from("nothing:1"), ErrorCode::not_found,
      "manifest for " + registry_->host() + "/nothing:1 not found: manifest unknown: manifest unknown");
  EXPECT_ERROR(push_to("nothing:1"), ErrorCode::not_found,
               "An image does not exist locally with the tag: " + registry_->host() + "/nothing");
}

TEST_F(RegistryTransfer, CorruptBlobIsRefusedAndNotKept) {
  Image image = tagged("app:1", {kBase});
  push_to("app:1");
  spec::Digest layer = store().content(image).manifest.layers[0].digest;
  forget_everything();
  std::string path = registry_->data() + "/blobs/sha256/" + std::string(layer.hex().substr(0, 2)) + "/" +
                     std::string(layer.hex()) + "/data";
  std::string bytes = read_file(path);
  bytes[bytes.size() / 2] ^= 1;
  write_file(path, bytes);
  EXPECT_ERROR(pull_from("app:1"), ErrorCode::invalid_argument, std::string(layer.hex()));
  EXPECT_FALSE(store().blobs().contains(layer));
  EXPECT_TRUE(store().list().empty());
}

TEST_F(RegistryTransfer, LayerThatIsNotWhatTheConfigSaysLeavesNoImage) {
  Image image = add_image(store(), {kBase});
  ImageContent content = store().content(image);
  content.config.diff_ids = {digest_of("something else")};
  std::string config = spec::to_json(content.config);
  content.manifest.config.digest = store().blobs().put(config);
  content.manifest.config.size = static_cast<int64_t>(config.size());
  std::string text = spec::to_json(content.manifest);
  Image wrong = store().add(
      {spec::media_type::kOciManifest, store().blobs().put(text), static_cast<int64_t>(text.size())});
  store().tag(wrong.id, at("app:1").canonical());
  push_to("app:1");
  forget_everything();
  EXPECT_ERROR(pull_from("app:1"), ErrorCode::invalid_argument, "diff id");
  EXPECT_TRUE(store().list().empty());
}

TEST_F(RegistryTransfer, ConcurrentPullsOfOneImage) {
  Image image = tagged("app:1", {kBase, kTop, Tar().file("third", std::string(3 << 20, 'x')).text()});
  push_to("app:1");
  forget_everything();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      PullRequest request;
      request.reference = at("app:1");
      EXPECT_EQ(pull(store(), request, {}).image.id, image.id);
    });
  threads.clear();
  EXPECT_EQ(store().list().size(), 1u);
}

TEST_F(RegistryTransfer, IndexGivesThisPlatform) {
  Image image = tagged("app:amd", {kBase});
  push_to("app:amd");
  spec::Index index;
  index.media_type = spec::media_type::kOciIndex;
  spec::Descriptor entry = image.manifest;
  entry.platform = spec::Platform{"linux", "s390x", ""};
  index.manifests.push_back(entry);
  auto put = [&](const std::string& tag) {
    registry_client::Registry registry(at("app:" + tag), {}, {});
    return registry.put_manifest(tag, index.media_type, spec::to_json(index));
  };
  put("foreign");
  EXPECT_ERROR(pull_from("app:foreign"), ErrorCode::not_found,
               "no matching manifest for " + spec::Platform::host().str() + " in the manifest list entries");
  entry.platform = spec::Platform::host();
  index.manifests.push_back(entry);
  spec::Digest named = put("multi");
  PullResult pulled = pull_from("app:multi");
  EXPECT_EQ(pulled.image.id, image.id);
  EXPECT_EQ(pulled.digest, named);
  EXPECT_NE(std::find(pulled.image.digests.begin(), pulled.image.digests.end(),
                      at("app").name() + "@" + named.str()),
            pulled.image.digests.end());
}

TEST_F(RegistryTransfer, ArtifactsAreRefusedByName) {
  Image image = tagged("app:1", {kBase});
  push_to("app:1");
  spec::Manifest manifest = store().content(image).manifest;
  manifest.config.media_type = "application/vnd.cncf.helm.config.v1+json";
  registry_client::Registry registry(at("app:chart"), {}, {});
  registry.put_manifest("chart", spec::media_type::kOciManifest, spec::to_json(manifest));
  EXPECT_ERROR(pull_from("app:chart"), ErrorCode::unimplemented, "application/vnd.cncf.helm.config.v1+json");
}

TEST_F(RegistryTransfer, CancelledPullLeavesNoImage) {
  tagged("app:1", {kBase});
  push_to("app:1");
  forget_everything();
  auto cancel = std::make_shared<CancelSource>();
  PullRequest request;
  request.reference = at("app:1");
  auto cancel_early = [&](const spec::docker_api::ProgressMessage&) { cancel->cancel(); };
  EXPECT_ERROR(pull(store(), request, cancel_early, cancel), ErrorCode::cancelled, "cancelled");
  EXPECT_TRUE(store().list().empty());
}

TEST_F(RegistryTransfer, SkopeoReadsWhatWePushAndWeReadWhatSkopeoPushes) {
  if (!installed("skopeo")) GTEST_SKIP() << "skopeo is not installed";
  Image image = tagged("app:1", {kBase, kTop});
  push_to("app:1");
  auto copied =
      proc::run({.argv = {"skopeo", "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false",
                          "--format", "v2s2", "docker://" + registry_->host() + "/app:1",
                          "docker://" + registry_->host() + "/app:docker"}});
  ASSERT_EQ(copied.status.code, 0) << copied.err;
  PullResult pulled = pull_from("app:docker");
  EXPECT_EQ(pulled.image.manifest.media_type, spec::media_type::kDockerManifest);
  EXPECT_EQ(store().content(pulled.image).config.diff_ids, store().content(image).config.diff_ids);
}

TEST(RegistryLogin, HtpasswdRegistryWantsThePassword) {
  if (!RegistryProcess::available() || !installed("htpasswd"))
    GTEST_SKIP() << "docker-registry or htpasswd is not installed";
  RegistryProcess registry(proc::run({.argv = {"htpasswd", "-nbB", "me", "secret"}}).out);
  TempDir scratch;
  db::Database database(scratch.path() + "/state.db");
  ImageStore store(scratch.path(), database, "epoch");
  PushRequest request;
  request.reference = spec::Reference::parse(registry.host() + "/app:1");
  store.tag(add_image(store, {kBase}).id, request.reference.canonical());
  EXPECT_ERROR(push(store, request, {}), ErrorCode::unauthenticated, "no basic auth credentials");
  spec::docker_api::AuthConfig auth;
  auth.username = "me";
  auth.password = "wrong";
  request.auth = auth;
  EXPECT_ERROR(push(store, request, {}), ErrorCode::unauthenticated, "authentication required");
  request.auth->password = "secret";
  push(store, request, {});
  PullRequest back;
  back.reference = request.reference;
  back.auth = request.auth;
  EXPECT_TRUE(pull(store, back, {}).up_to_date);
}

}  // namespace
}  // namespace rundlet::image_store
