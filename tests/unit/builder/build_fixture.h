// A builder on a real store, in a directory of its own.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/random.h"
#include "builder/builder.h"
#include "image-store/mounted_tree.h"

namespace rundlet::builder {

inline constexpr char kBusybox[] = "/bin/busybox";

inline std::string binary(const std::string& name) {
  char path[PATH_MAX];
  ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  std::string self(path, size > 0 ? static_cast<size_t>(size) : 0);
  return self.substr(0, self.rfind('/')) + "/../bin/" + name;
}

class FakeHost : public BuildHost {
 public:
  explicit FakeHost(image_store::ImageStore& store) : store_(store) {}
  image_store::Image resolve_image(const std::string& reference, const spec::Platform&, bool,
                                   const BuildProgress&) override {
    return store_.get(reference);
  }
  void connect_network(const std::string&, int) override { ++connected; }
  void disconnect_network(const std::string&) override { --connected; }
  std::string resolv_conf() override { return "nameserver 192.0.2.1\n"; }
  std::atomic<int> connected = 0;

 private:
  image_store::ImageStore& store_;
};

class BuildTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/rundlet-build-XXXXXX";
    path_ = ::mkdtemp(pattern);
    fs::make_directories(path_ + "/root");
    fs::make_directories(path_ + "/context");
    open();
  }
  void TearDown() override {
    EXPECT_EQ(read_file("/proc/self/mountinfo").find(path_), std::string::npos);
    close();
    runtime::remove_cgroup(cgroup());
    fs::remove_tree(path_);
  }
  std::string cgroup() const { return "/rundlet-test" + path_.substr(path_.rfind('-')); }
  void open() {
    database_ = std::make_unique<db::Database>(path_ + "/root/state.db");
    store_ = std::make_unique<image_store::ImageStore>(path_ + "/root", *database_, random_hex(8));
    host_ = std::make_unique<FakeHost>(*store_);
    BuilderPaths paths;
    paths.root = path_ + "/root/builder";
    paths.exec_root = path_ + "/exec";
    paths.runtime.shim = binary("rundlet-shim");
    paths.runtime.init = binary("rundlet-init");
    paths.runtime.cache_directory = path_ + "/root/runtime";
    paths.cgroup_parent = cgroup();
    fs::make_directories(paths.runtime.cache_directory);
    builder_ = std::make_unique<Builder>(paths, *store_, *database_, *host_);
  }
  void close() {
    builder_.reset();
    host_.reset();
    store_.reset();
    database_.reset();
  }

  void put(const std::string& name, const std::string& content) {
    std::string path = path_ + "/context/" + name;
    fs::make_directories(path.substr(0, path.rfind('/')));
    write_file(path, content);
  }
  BuildResult build(const std::string& dockerfile, BuildRequest request = {}, const Cancel& cancel = {}) {
    put("Dockerfile", dockerfile);
    request.context_directory = path_ + "/context";
    events_ = {};
    return builder_->build(
        request, [this](const BuildEvent& event) { events_.push_back(event); }, cancel);
  }
  std::string error_of(const std::string& dockerfile, const Cancel& cancel = {}) {
    try {
      build(dockerfile, {}, cancel);
    } catch (const Error& e) {
      return e.message();
    }
    return "no error";
  }
  std::string file_in(const BuildResult& result, const std::string& name) {
    auto lease = store_->lease("test");
    image_store::MountedTree tree(store_->snapshots().mounts(store_->unpack(result.image, *lease)));
    return read_all(tree.root().open(name, O_RDONLY).get());
  }
  bool exists_in(const BuildResult& result, const std::string& name) {
    auto lease = store_->lease("test");
    image_store::MountedTree tree(store_->snapshots().mounts(store_->unpack(result.image, *lease)));
    return tree.root().exists(name);
  }
  int count(BuildEvent::Kind kind) const {
    return static_cast<int>(
        std::count_if(events_.begin(), events_.end(), [&](const auto& event) { return event.kind == kind; }));
  }
  std::string output() const {
    std::string text;
    for (const BuildEvent& event : events_) {
      if (event.kind == BuildEvent::Kind::step_output) text += event.text;
    }
    return text;
  }

  std::string path_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<image_store::ImageStore> store_;
  std::unique_ptr<FakeHost> host_;
  std::unique_ptr<Builder> builder_;
  std::vector<BuildEvent> events_;
};

}  // namespace rundlet::builder
