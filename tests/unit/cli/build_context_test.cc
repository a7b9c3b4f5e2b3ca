#include "cli/context/build_context.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "base/codec/compress.h"
#include "base/error.h"
#include "base/fs/remove_tree.h"

namespace rundlet::cli {
namespace {

class BuildContext : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(::mkdtemp(root_), nullptr); }
  void TearDown() override { fs::remove_tree(root_); }

  void write(const std::string& path, const std::string& content) {
    for (size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1))
      ::mkdir((std::string(root_) + "/" + path.substr(0, slash)).c_str(), 0755);
    write_file(std::string(root_) + "/" + path, content);
    ::chmod((std::string(root_) + "/" + path).c_str(), 0644);
  }

  // path → content, "dir/" for directories, "-> target" for links.
  std::map<std::string, std::string> sent(ContextSpec spec) {
    spec.directory = root_;
    ContextStream stream(spec);
    dockerfile_ = stream.dockerfile();
    std::string tar;
    char buffer[1000];
    while (size_t count = stream.read(buffer, sizeof buffer)) tar.append(buffer, count);
    auto source = codec::string_source(tar);
    codec::TarReader reader(*source);
    std::map<std::string, std::string> files;
    while (auto entry = reader.next()) {
      EXPECT_EQ(entry->uid, 0u);
      std::string& content = files[entry->path];
      while (auto block = reader.next_block()) content += block->data;
      if (entry->type == codec::EntryType::symlink) content = "-> " + entry->link_target;
      if (entry->type == codec::EntryType::hardlink) content = "= " + entry->link_target;
    }
    return files;
  }

  char root_[40] = "/tmp/cli-context-XXXXXX";
  std::string dockerfile_;
};

std::set<std::string> names(const std::map<std::string, std::string>& files) {
  std::set<std::string> out;
  for (const auto& [name, content] : files)
    out.insert(name.ends_with('/') ? name.substr(0, name.size() - 1) : name);
  return out;
}

TEST_F(BuildContext, SendsEveryKindOfFile) {
  write("Dockerfile", "FROM scratch\n");
  write("src/main.c", std::string(300'000, 'x'));
  write("empty", "");
  ::symlink("src/main.c", (std::string(root_) + "/link").c_str());
  ::link((std::string(root_) + "/src/main.c").c_str(), (std::string(root_) + "/twin").c_str());
  auto files = sent({});
  EXPECT_EQ(names(files),
            (std::set<std::string>{"Dockerfile", "src", "src/main.c", "empty", "link", "twin"}));
  EXPECT_EQ(files["src/main.c"].size(), 300'000u);
  EXPECT_EQ(files["link"], "-> src/main.c");
  EXPECT_EQ(files["twin"], "= src/main.c");
}

TEST_F(BuildContext, HonoursDockerignoreButKeepsWhatTheEngineNeeds) {
  write("Dockerfile", "FROM scratch\n");
  write(".dockerignore", "*\n!keep\nkeep/not\n");
  write("drop/file", "");
  write("keep/file", "");
  write("keep/not", "");
  EXPECT_EQ(names(sent({})), (std::set<std::string>{"Dockerfile", ".dockerignore", "keep", "keep/file"}));
}

TEST_F(BuildContext, WalksExcludedDirectoriesForExceptions) {
  write("Dockerfile", "FROM scratch\n");
  write(".dockerignore", "deep\n!deep/a/b\n");
  write("deep/a/b", "1");
  write("deep/a/c", "2");
  EXPECT_EQ(names(sent({})), (std::set<std::string>{"Dockerfile", ".dockerignore", "deep/a/b"}));
}

TEST_F(BuildContext, ADockerfileFromElsewhereTravelsUnseen) {
  write("Dockerfile", "other");
  write("file", "");
  ContextSpec spec;
  spec.foreign_dockerfile = "FROM scratch\n";
  auto files = sent(spec);
  EXPECT_TRUE(dockerfile_.starts_with(".dockerfile."));
  EXPECT_EQ(files.at(dockerfile_), "FROM scratch\n");
  EXPECT_NE(files.at(".dockerignore").find(dockerfile_), std::string::npos);
}

TEST_F(BuildContext, ADockerfilesOwnIgnoreFileWins) {
  write("a.Dockerfile", "FROM scratch\n");
  write("a.Dockerfile.dockerignore", "x\n");
  write(".dockerignore", "y\n");
  write("x", "");
  write("y", "");
  ContextSpec spec;
  spec.dockerfile = "a.Dockerfile";
  auto files = names(sent(spec));
  EXPECT_FALSE(files.count("x"));
  EXPECT_TRUE(files.count("y"));
}

TEST(BuildContextStdin, TellsArchivesFromDockerfiles) {
  EXPECT_TRUE(looks_like_archive(single_file_tar("Dockerfile", "FROM x\n")));
  EXPECT_TRUE(looks_like_archive("\x1f\x8b\x08more than a few bytes"));
  EXPECT_FALSE(looks_like_archive("FROM scratch\n"));
}

}  // namespace
}  // namespace rundlet::cli
