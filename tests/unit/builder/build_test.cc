// Whole builds on a real store; those with RUN need busybox-static and the shim.
#include "tests/unit/builder/build_fixture.h"

#include <thread>

namespace rundlet::builder {
namespace {

class Build : public BuildTest {};

TEST_F(Build, CopiesIntoAnImage) {
  put("src/a", "content of a");
  BuildRequest request;
  request.tags = {"docker.io/library/built:latest"};
  BuildResult result =
      build("FROM scratch\nCOPY src /app/\nWORKDIR /work\nENV X=1\nCMD [\"/app/a\"]\n", request);
  EXPECT_EQ(result.image.names, request.tags);
  EXPECT_EQ(file_in(result, "app/a"), "content of a");
  auto content = store_->content(result.image);
  EXPECT_EQ(content.config.config.env, std::vector<std::string>{"X=1"});
  EXPECT_EQ(content.config.config.working_dir, "/work");
  EXPECT_EQ(content.manifest.layers.size(), 2u);
  ASSERT_EQ(content.config.history.size(), 4u);
  EXPECT_EQ(content.config.history[0].created_by, "COPY src /app/");
  EXPECT_FALSE(content.config.history[1].empty_layer);
  EXPECT_TRUE(content.config.history[2].empty_layer);
}

TEST_F(Build, WhollyCachedBuildGivesTheSameImage) {
  put("a", "1");
  std::string dockerfile = "FROM scratch\nCOPY a /\nLABEL x=y\nWORKDIR /w\n";
  auto first = build(dockerfile);
  EXPECT_EQ(count(BuildEvent::Kind::step_cached), 0);
  timespec times[] = {{1, 0}, {1, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (path_ + "/context/a").c_str(), times, 0), 0);
  auto second = build(dockerfile);
  EXPECT_EQ(second.image.id, first.image.id);
  EXPECT_EQ(count(BuildEvent::Kind::step_cached), 3);
  EXPECT_EQ(count(BuildEvent::Kind::step_started), 4);
  EXPECT_EQ(count(BuildEvent::Kind::step_done), 1);  // FROM
}

TEST_F(Build, CacheOutlivesTheDaemon) {
  put("a", "1");
  auto first = build("FROM scratch\nCOPY a /\n");
  close();
  open();
  store_->recover();
  builder_->recover();
  auto second = build("FROM scratch\nCOPY a /\n");
  EXPECT_EQ(second.image.id, first.image.id);
  EXPECT_EQ(count(BuildEvent::Kind::step_cached), 1);
}

TEST_F(Build, ChangedFileRerunsWhatDependsOnIt) {
  put("a", "1");
  put("b", "1");
  std::string dockerfile = "FROM scratch\nCOPY a /\nCOPY b /\n";
  build(dockerfile);
  put("b", "2");
  auto second = build(dockerfile);
  EXPECT_EQ(count(BuildEvent::Kind::step_cached), 1);
  EXPECT_EQ(file_in(second, "b"), "2");
}

TEST_F(Build, UsesImagesAndStages) {
  put("a", "from a");
  BuildRequest request;
  request.tags = {"docker.io/library/base:latest"};
  build("FROM scratch\nCOPY a /etc/a\nENV BASE=1\n", request);
  auto result = build(
      "FROM base AS one\nCOPY a /one/\nFROM base\nCOPY --from=one /one/a /two/\nCOPY --from=base /etc/a "
      "/three\n");
  EXPECT_EQ(file_in(result, "two/a"), "from a");
  EXPECT_EQ(file_in(result, "three"), "from a");
  EXPECT_FALSE(exists_in(result, "one"));
  EXPECT_EQ(store_->content(result.image).config.config.env, std::vector<std::string>{"BASE=1"});
  EXPECT_EQ(events_.front().stage, "one 1/2");
}

TEST_F(Build, LayersRebuildTheSameTree) {
  put("a", "layered");
  BuildRequest request;
  request.tags = {"docker.io/library/built:latest"};
  auto result = build("FROM scratch\nCOPY a /x/a\nCOPY a /y/a\n", request);
  builder_->prune();
  // Snapshots that the image's chain names stay; without the image everything goes.
  store_->collect([this] { return builder_->cached_snapshots(); });
  EXPECT_EQ(file_in(result, "x/a"), "layered");
  for (const auto& info : store_->snapshots().list()) {
    if (info.label.starts_with("build/")) {
      EXPECT_TRUE(info.committed);
    }
  }
  store_->remove(result.image.id);
  store_->collect([this] { return builder_->cached_snapshots(); });
  EXPECT_TRUE(store_->snapshots().list().empty());
}

TEST_F(Build, ImageWithoutLayers) {
  BuildRequest request;
  request.tags = {"docker.io/library/empty:latest"};
  auto result = build("FROM scratch\nLABEL a=b\n", request);
  EXPECT_TRUE(store_->content(result.image).manifest.layers.empty());
  put("a", "on nothing");
  EXPECT_EQ(file_in(build("FROM empty\nCOPY a /\n"), "a"), "on nothing");
}

TEST_F(Build, TagMovesToTheNewImage) {
  BuildRequest request;
  request.tags = {"docker.io/library/moving:latest"};
  put("a", "1");
  auto first = build("FROM scratch\nCOPY a /\n", request);
  put("a", "2");
  auto second = build("FROM scratch\nCOPY a /\n", request);
  EXPECT_NE(first.image.id, second.image.id);
  EXPECT_EQ(store_->get("moving").id, second.image.id);
}

TEST_F(Build, HonoursDockerignore) {
  put(".dockerignore", "secret\nlogs/*\n!logs/keep\nDockerfile\n");
  put("secret", "s");
  put("logs/drop", "d");
  put("logs/keep", "k");
  auto result = build("FROM scratch\nCOPY . /\n");
  EXPECT_FALSE(exists_in(result, "secret"));
  EXPECT_FALSE(exists_in(result, "Dockerfile"));
  EXPECT_FALSE(exists_in(result, "logs/drop"));
  EXPECT_TRUE(exists_in(result, "logs/keep"));
}

TEST_F(Build, SaysWhatIsWrong) {
  EXPECT_EQ(error_of("FROM scratch\nCOPY none /\n"),
            "COPY failed: file not found in build context or excluded by .dockerignore: stat none: file does "
            "not exist");
  EXPECT_EQ(error_of("FROM nowhere\n"), "No such image: nowhere:latest");
  EXPECT_EQ(error_of(""), "The Dockerfile (Dockerfile) cannot be empty");
  BuildRequest request;
  request.dockerfile = "Other";
  EXPECT_THROW(build("FROM scratch\n", request), Error);
  EXPECT_TRUE(store_->snapshots().list().empty());
}

class RunStep : public Build {
 protected:
  void SetUp() override {
    Build::SetUp();
    if (::access(kBusybox, X_OK) != 0) GTEST_SKIP() << "busybox-static is not installed";
    if (::access(binary("rundlet-shim").c_str(), X_OK) != 0) GTEST_SKIP() << "rundlet-shim is not built";
    put("busybox", read_file(kBusybox));
    ASSERT_EQ(::chmod((path_ + "/context/busybox").c_str(), 0755), 0);
  }
  // A base with a shell, then these lines.
  static std::string with_shell(const std::string& lines) {
    return "FROM scratch\nCOPY busybox /bin/\nCOPY busybox /bin/sh\nENV PATH=/bin\n" + lines;
  }
};

TEST_F(RunStep, LeavesWhatTheCommandMade) {
  auto result = build(with_shell("RUN echo hello; busybox mkdir /made; echo content > /made/file\n"));
  EXPECT_EQ(file_in(result, "made/file"), "content\n");
  EXPECT_EQ(output(), "hello\n");
  // Mount points that the image lacks are no part of it.
  for (const char* name : {"proc", "dev", "sys", "etc"}) EXPECT_FALSE(exists_in(result, name)) << name;
  EXPECT_EQ(host_->connected, 0);
}

TEST_F(RunStep, FailureNamesCommandAndCode) {
  EXPECT_EQ(error_of(with_shell("RUN echo oops >&2; exit 3\n")),
            "The command '/bin/sh -c echo oops >&2; exit 3' returned a non-zero code: 3");
  EXPECT_EQ(output(), "oops\n");
}

TEST_F(RunStep, MissingProgramIsTold) {
  EXPECT_EQ(error_of(with_shell("RUN [\"/nonexistent\"]\n")),
            "failed to create task for container: exec: \"/nonexistent\": stat /nonexistent: No such file or "
            "directory");
}

TEST_F(RunStep, FailedStepsAreNotCached) {
  std::string dockerfile = with_shell(
      "RUN --mount=type=cache,target=/c echo x >> /c/count; busybox [ $(busybox wc -l < "
      "/c/count) = 2 ]\n");
  EXPECT_NE(error_of(dockerfile), "no error");
  EXPECT_EQ(error_of(dockerfile), "no error");
}

TEST_F(RunStep, BindMountsOfStages) {
  put("data/sub/file", "bound");
  auto result = build(with_shell(
      "FROM scratch AS other\nCOPY data /d\nFROM scratch\nCOPY busybox /bin/sh\nCOPY busybox /bin/busybox\n"
      "RUN --mount=from=other,target=/whole --mount=from=other,source=/d/sub,target=/part,rw "
      "--mount=from=other,source=/d/sub/file,target=/one echo $(/bin/busybox cat /whole/d/sub/file) > "
      "/part/new; /bin/busybox cat "
      "/part/new /one\n"));
  EXPECT_EQ(output(), "bound\nbound");
  EXPECT_FALSE(exists_in(result, "part"));
}

TEST_F(RunStep, SeesEnvironmentUserAndDirectory) {
  auto result =
      build(with_shell("ARG SETTING=s\nWORKDIR /w\nUSER 12:34\nRUN echo $SETTING $PATH $HOME $(busybox pwd) "
                       "$(busybox id -u) $(busybox id "
                       "-g)\n"));
  EXPECT_EQ(output(), "s /bin / /w 12 34\n");
}

TEST_F(RunStep, StepThatChangesNothingMakesNoLayer) {
  auto result = build(with_shell("RUN true\n"));
  auto content = store_->content(result.image);
  EXPECT_EQ(content.manifest.layers.size(), 2u);
  EXPECT_TRUE(content.config.history.back().empty_layer);
}

TEST_F(RunStep, SecondBuildIsWhollyCached) {
  std::string dockerfile = with_shell("RUN busybox date +%s%N > /when\nRUN cat /when || busybox cat /when\n");
  auto first = build(dockerfile);
  auto second = build(dockerfile);
  EXPECT_EQ(second.image.id, first.image.id);
  EXPECT_EQ(output(), "");
  BuildRequest request;
  request.no_cache = true;
  auto third = build(dockerfile, request);
  EXPECT_NE(third.image.id, first.image.id);
}

TEST_F(RunStep, Mounts) {
  put("data/file", "bound");
  auto result =
      build(with_shell("RUN --mount=type=cache,target=/cache echo kept > /cache/x\n"
                       "RUN --mount=type=cache,target=/cache --mount=type=bind,source=data,target=/data "
                       "--mount=type=tmpfs,target=/t "
                       "busybox cat /cache/x /data/file; echo y > /t/y\n"));
  EXPECT_EQ(output(), "kept\nbound");
  for (const char* name : {"cache", "data", "t"}) EXPECT_FALSE(exists_in(result, name)) << name;
}

TEST_F(RunStep, Heredocs) {
  auto result = build(
      with_shell("RUN <<EOF\necho one\necho two\nEOF\nRUN <<EOF\n#!/bin/busybox sh\necho three\nEOF\n"));
  EXPECT_EQ(output(), "one\ntwo\nthree\n");
}

TEST_F(RunStep, NoNetworkWhenNoneIsAsked) {
  build(with_shell("RUN --network=none busybox ls /sys/class/net\n"));
  EXPECT_EQ(output(), "lo\n");
}

TEST_F(RunStep, CancellationKillsIt) {
  Cancel cancel = std::make_shared<CancelSource>();
  std::thread canceller([&] {
    ::usleep(700'000);
    cancel->cancel();
  });
  int64_t before = steady_millis();
  EXPECT_NE(error_of(with_shell("RUN busybox sleep 60\n"), cancel), "no error");
  canceller.join();
  EXPECT_LT(steady_millis() - before, 20'000);
}

TEST_F(RunStep, ParallelStages) {
  auto result = build(
      "FROM scratch AS base\nCOPY busybox /bin/\nCOPY busybox /bin/sh\n"
      "FROM base AS one\nRUN busybox sleep 1; echo 1 > /one\nFROM base AS two\nRUN busybox sleep 1; echo 2 > "
      "/two\n"
      "FROM scratch\nCOPY --from=one /one /\nCOPY --from=two /two /\n");
  EXPECT_EQ(file_in(result, "one"), "1\n");
  EXPECT_EQ(file_in(result, "two"), "2\n");
}

}  // namespace
}  // namespace rundlet::builder
