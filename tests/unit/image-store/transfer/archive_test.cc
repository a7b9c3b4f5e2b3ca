// save, load and import, with skopeo and podman as witnesses.
#include <gtest/gtest.h>

#include <algorithm>

#include "image-store/transfer/transfer.h"
#include "tests/unit/image-store/store_fixture.h"
#include "tests/unit/image-store/transfer/registry_process.h"

namespace rundlet::image_store {
namespace {

using namespace rundlet::image_store::testing;

const std::string kBase = Tar().add(directory("etc")).file("etc/motd", "hello").text();
const std::string kTop = Tar().file("app", "binary").text();

class Archives : public StoreTest {
 protected:
  Image tagged(const std::string& name, const std::vector<std::string>& tars) {
    Image image = add_image(store(), tars);
    store().tag(image.id, spec::Reference::parse(name).canonical());
    return store().get(image.id.str());
  }
  std::string saved(const std::vector<std::string>& names) {
    StringSink sink;
    save(store(), names, sink);
    return sink.text;
  }
  std::vector<Image> loaded(const std::string& archive) {
    told_.clear();
    return load(store(), *codec::string_source(archive),
                [this](const auto& message) { told_ += message.stream; });
  }
  void forget_everything() {
    for (const Image& image : store().list()) store().remove(image.id);
    store().collect({});
    ASSERT_TRUE(store().blobs().list().empty());
  }
  std::string to_file(const std::string& text) {
    std::string path = root() + "/archive.tar";
    Fd file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    write_all(file.get(), text);
    return path;
  }
  std::string told_;
};

TEST_F(Archives, SavedImagesComeBackWithTheirManifests) {
  Image one = tagged("one:1", {kBase});
  Image two = tagged("two:2", {kBase, kTop});
  store().tag(two.id, spec::Reference::parse("two:latest").canonical());
  std::string archive = saved({"one:1", "two"});
  EXPECT_EQ(archive, saved({"one:1", "two"}));
  for (auto how : {codec::Compression::none, codec::Compression::gzip, codec::Compression::zstd}) {
    forget_everything();
    auto images = loaded(compressed(archive, how));
    ASSERT_EQ(images.size(), 2u);
    EXPECT_EQ(images[0].id, one.id);
    EXPECT_EQ(images[0].manifest.digest, one.manifest.digest);
    EXPECT_EQ(images[1].id, two.id);
    EXPECT_EQ(images[1].names.size(), 2u);
    EXPECT_EQ(told_, "Loaded image: one:1\nLoaded image: two:2\nLoaded image: two:latest\n");
  }
}

TEST_F(Archives, ImageSavedByIdHasNoName) {
  Image image = tagged("one:1", {kBase});
  std::string archive = saved({std::string(image.id.hex().substr(0, 12))});
  forget_everything();
  EXPECT_TRUE(loaded(archive).at(0).names.empty());
  EXPECT_EQ(told_, "Loaded image ID: " + image.id.str() + "\n");
}

TEST_F(Archives, MissingImageIsNamed) {
  EXPECT_ERROR(saved({"nope"}), ErrorCode::not_found, "No such image: nope");
}

TEST_F(Archives, NameMovesToTheLoadedImage) {
  tagged("one:1", {kBase});
  std::string archive = saved({"one:1"});
  forget_everything();
  Image other = tagged("one:1", {kTop});
  loaded(archive);
  EXPECT_NE(told_.find("already exists, renaming the old one with ID " + other.id.str()), std::string::npos);
  EXPECT_TRUE(store().get(other.id.str()).names.empty());
}

// What docker before 25 and podman write.
std::string old_archive(const std::string& config, const std::string& layer,
                        const std::string& diff_id = "") {
  std::string id(64, 'a');
  std::string text = config.empty()
                         ? R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[")" +
                               (diff_id.empty() ? digest_of(layer).str() : diff_id) + R"("]}})"
                         : config;
  return Tar()
      .add(directory(id))
      .file(id + "/VERSION", "1.0")
      .file(id + "/json", "{}")
      .file(id + "/real.tar", layer)
      .add(symlink(id + "/layer.tar", "../" + id + "/real.tar"))
      .file("cfg.json", text)
      .file("manifest.json",
            R"([{"Config":"cfg.json","RepoTags":["old:1"],"Layers":[")" + id + R"(/layer.tar"]}])")
      .file("repositories", "{}")
      .text();
}

TEST_F(Archives, OldDockerArchiveIsRead) {
  auto images = loaded(old_archive("", kBase));
  ASSERT_EQ(images.size(), 1u);
  EXPECT_EQ(images[0].names, std::vector<std::string>{"docker.io/library/old:1"});
  ImageContent content = store().content(images[0]);
  EXPECT_EQ(content.manifest.layers.at(0).media_type, spec::media_type::kOciLayer);
  EXPECT_EQ(content.manifest.layers.at(0).digest, content.config.diff_ids.at(0));
  EXPECT_EQ(
      loaded(old_archive("", compressed(kBase, codec::Compression::gzip), digest_of(kBase).str())).size(),
      1u);
}

TEST_F(Archives, LayerThatIsNotWhatTheConfigSaysIsRefused) {
  EXPECT_ERROR(loaded(old_archive("", kBase, digest_of("x").str())), ErrorCode::invalid_argument, "diff id");
  EXPECT_TRUE(store().list().empty());
}

TEST_F(Archives, HostileArchivesAreRefused) {
  std::string manifest = R"([{"Config":"../../etc/passwd","Layers":[]}])";
  EXPECT_ERROR(loaded(Tar().file("manifest.json", manifest).text()), ErrorCode::invalid_argument,
               "is missing");
  std::string by_link = Tar()
                            .add(symlink("cfg.json", "/etc/passwd"))
                            .file("manifest.json", R"([{"Config":"cfg.json","Layers":[]}])")
                            .text();
  EXPECT_ERROR(loaded(by_link), ErrorCode::invalid_argument, "is missing");
  std::string loop = Tar()
                         .add(symlink("a", "b"))
                         .add(symlink("b", "a"))
                         .file("manifest.json", R"([{"Config":"a","Layers":[]}])")
                         .text();
  EXPECT_ERROR(loaded(loop), ErrorCode::invalid_argument, "is missing");
  std::string lie = Tar().file("blobs/sha256/" + std::string(64, '0'), "not that").text();
  EXPECT_ERROR(loaded(lie), ErrorCode::invalid_argument, std::string(64, '0'));
  EXPECT_ERROR(loaded("this is no tar at all, whatever it may be"), ErrorCode::invalid_argument, "");
  EXPECT_ERROR(loaded(Tar().file("README", "x").text()), ErrorCode::invalid_argument,
               "neither an OCI layout");
  std::string truncated = old_archive("", kBase);
  EXPECT_ERROR(loaded(truncated.substr(0, truncated.size() / 2)), ErrorCode::invalid_argument, "");
  EXPECT_TRUE(store().list().empty());
}

TEST_F(Archives, LayoutThatLacksABlobIsRefused) {
  spec::Index index;
  index.media_type = spec::media_type::kOciIndex;
  index.manifests.push_back({spec::media_type::kOciManifest, digest_of("nowhere"), 7});
  std::string archive = Tar().file("oci-layout", "{}").file("index.json", spec::to_json(index)).text();
  EXPECT_ERROR(loaded(archive), ErrorCode::invalid_argument, digest_of("nowhere").str() + " is missing");
}

TEST_F(Archives, SkopeoReadsBothFormsOfASave) {
  if (!installed("skopeo")) GTEST_SKIP() << "skopeo is not installed";
  Image image = tagged("one:1", {kBase, kTop});
  std::string path = to_file(saved({"one:1"}));
  for (const char* form : {"docker-archive:", "oci-archive:"}) {
    std::string target = root() + "/copy-" + std::string(form, 3);
    auto copied = proc::run({.argv = {"skopeo", "copy", "-q", form + path, "oci:" + target + ":x"}});
    EXPECT_EQ(copied.status.code, 0) << form << copied.err;
    auto config = proc::run({.argv = {"skopeo", "inspect", "--config", "oci:" + target + ":x"}});
    EXPECT_NE(config.out.find(digest_of(kTop).str()), std::string::npos) << form << config.out << config.err;
  }
}

TEST_F(Archives, WhatSkopeoWritesIsLoaded) {
  if (!installed("skopeo")) GTEST_SKIP() << "skopeo is not installed";
  Image image = tagged("one:1", {kBase, kTop});
  std::string path = to_file(saved({"one:1"}));
  std::vector<spec::Digest> diff_ids = store().content(image).config.diff_ids;
  forget_everything();
  for (const std::string form : {"docker-archive:", "oci-archive:"}) {
    std::string copy = root() + "/copy.tar";
    ::unlink(copy.c_str());
    auto copied =
        proc::run({.argv = {"skopeo", "copy", "-q", "oci-archive:" + path, form + copy + ":again:2"}});
    ASSERT_EQ(copied.status.code, 0) << copied.err;
    auto images = loaded(read_file(copy));
    ASSERT_EQ(images.size(), 1u);
    EXPECT_EQ(told_, "Loaded image: again:2\n");
    EXPECT_EQ(store().content(images[0]).config.diff_ids, diff_ids);
    forget_everything();
  }
}

TEST_F(Archives, PodmanLoadsASave) {
  if (!installed("podman")) GTEST_SKIP() << "podman is not installed";
  tagged("one:1", {kBase, kTop});
  std::string path = to_file(saved({"one:1"}));
  std::vector<std::string> podman = {"podman",      "--root",           root() + "/p", "--runroot",
                                     root() + "/r", "--storage-driver", "vfs"};
  auto run = [&](std::vector<std::string> arguments) {
    std::vector<std::string> argv = podman;
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return proc::run({.argv = argv});
  };
  auto out = run({"load", "-q", "-i", path});
  EXPECT_EQ(out.status.code, 0) << out.err;
  EXPECT_NE(out.out.find("one:1"), std::string::npos) << out.out;
}

class Imports : public Archives {
 protected:
  Image imported(const std::string& tar, const std::string& name = "") {
    ImportRequest request;
    if (!name.empty()) request.reference = spec::Reference::parse(name);
    request.message = "by hand";
    request.config.cmd = {"/bin/sh"};
    return import_tar(store(), *codec::string_source(tar), request);
  }
};

TEST_F(Imports, TarBecomesAnImageOfOneLayer) {
  for (auto how : {codec::Compression::none, codec::Compression::gzip, codec::Compression::zstd}) {
    std::string blob = compressed(kBase, how);
    Image image = imported(blob, "rootfs:1");
    EXPECT_EQ(image.names, std::vector<std::string>{"docker.io/library/rootfs:1"});
    ImageContent content = store().content(image);
    EXPECT_EQ(content.config.diff_ids, std::vector{digest_of(kBase)});
    EXPECT_EQ(content.manifest.layers.at(0).digest, digest_of(blob));
    EXPECT_EQ(content.manifest.layers.at(0).size, static_cast<int64_t>(blob.size()));
    EXPECT_EQ(content.config.config.cmd, std::vector<std::string>{"/bin/sh"});
    EXPECT_EQ(content.config.history.at(0).comment, "by hand");
  }
}

TEST_F(Imports, XzIsStoredPlain) {
  if (!installed("xz")) GTEST_SKIP() << "xz is not installed";
  std::string packed = proc::run({.argv = {"xz", "-c"}}, kBase).out;
  ImageContent content = store().content(imported(packed));
  EXPECT_EQ(content.manifest.layers.at(0).digest, digest_of(kBase));
  EXPECT_EQ(content.manifest.layers.at(0).media_type, spec::media_type::kOciLayer);
}

TEST_F(Imports, WhatIsNoTarLeavesNoImage) {
  EXPECT_ERROR(imported("certainly not a tar archive", "bad:1"), ErrorCode::invalid_argument, "");
  EXPECT_TRUE(store().list().empty());
}

}  // namespace
}  // namespace rundlet::image_store
