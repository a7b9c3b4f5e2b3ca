#include "builder/convert/convert.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "builder/dockerfile/parser.h"
#include "tests/unit/builder/golden.h"

namespace rundlet::builder::convert {
namespace {

constexpr char kDigest[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

// Knows "debian", "parent" (with triggers) and "empty" (without layers); records what it was asked for.
class FakeImages : public BaseResolver {
 public:
  BaseImage resolve(const std::string& reference, const spec::Platform& platform) override {
    asked.push_back(reference + " " + platform.str());
    BaseImage image;
    image.reference = reference;
    image.config.platform = platform;
    if (reference != "empty") image.chain = spec::Digest::sha256(kDigest);
    if (reference.starts_with("debian")) {
      image.config.config.env = {"PATH=/usr/bin:/bin", "LANG=C"};
      image.config.config.cmd = {"bash"};
    } else if (reference == "parent") {
      image.config.config.on_build = {"COPY . /app", "RUN make -C /app"};
      image.config.config.entrypoint = {"/app/run"};
    } else if (reference != "empty") {
      throw_not_found("No such image: " + reference);
    }
    return image;
  }
  std::vector<std::string> asked;
};

Options options() {
  Options result;
  result.platform = {"linux", "amd64", ""};
  result.build_args = {{"GIVEN", "from the caller"}, {"http_proxy", "http://proxy"}};
  return result;
}

std::string convert_text(const std::string& text, const Options& with = options()) {
  FakeImages images;
  return print(convert(dockerfile::parse(text), with, images));
}

std::string error_of(const std::string& text, const Options& with = options()) {
  try {
    convert_text(text, with);
  } catch (const Error& e) {
    return e.message();
  }
  return "no error";
}

TEST(Convert, CasesGiveTheExpectedPlans) {
  check_cases(case_directory("convert/cases"), ".dockerfile",
              [](const std::string& text) { return convert_text(text); });
}

TEST(Convert, LeavesOutStagesThatNobodyNeeds) {
  FakeImages images;
  Plan plan =
      convert(dockerfile::parse("FROM missing AS unused\nRUN x\nFROM debian AS a\nRUN y\nFROM a\nRUN z"),
              options(), images);
  EXPECT_EQ(images.asked, std::vector<std::string>{"debian linux/amd64"});
  EXPECT_EQ(plan.layers.size(), 2u);
  EXPECT_EQ(plan.steps.size(), 4u);
}

TEST(Convert, StopsAtTheTarget) {
  Options with = options();
  with.target = "First";
  std::string text = convert_text("FROM debian AS first\nRUN a\nFROM missing\nRUN b", with);
  EXPECT_EQ(text.find("\"b\""), std::string::npos);
  with.target = "none";
  EXPECT_EQ(error_of("FROM debian", with), "failed to reach build target none in Dockerfile");
}

TEST(Convert, LabelsOfTheRequestComeLast) {
  Options with = options();
  with.labels = {{"a", "request"}};
  FakeImages images;
  Plan plan = convert(dockerfile::parse("FROM debian\nLABEL a=file"), with, images);
  EXPECT_EQ(plan.config.config.labels.at("a"), "request");
  EXPECT_EQ(plan.steps.back().name, "LABEL a=request");
}

TEST(Convert, ErrorsNameTheLine) {
  EXPECT_EQ(error_of("FROM debian\n\nCOPY a b c"),
            "Dockerfile:3: When using COPY with more than one source file, the destination must be a "
            "directory and end "
            "with a /");
  EXPECT_EQ(error_of("ARG x\nFROM $x"), "Dockerfile:2: base name ($x) should not be blank");
  EXPECT_EQ(error_of("FROM debian\nCOPY --from=3 a b"),
            "Dockerfile:2: invalid from flag value 3: no earlier build stage of that index");
  EXPECT_EQ(error_of("FROM debian\nRUN --mount=type=secret,id=a x"),
            "Dockerfile:2: --mount=type=secret is not supported");
  EXPECT_EQ(error_of("FROM debian\nRUN --security=insecure x"),
            "Dockerfile:2: RUN --security=insecure is not supported");
  EXPECT_EQ(error_of("FROM debian\nADD https://example.com/a/b.git /x"),
            "Dockerfile:2: ADD of a git repository is not supported: https://example.com/a/b.git");
  EXPECT_EQ(error_of("FROM debian\nEXPOSE 70000"), "Dockerfile:2: Invalid containerPort: 70000");
  EXPECT_EQ(error_of("FROM debian\nSTOPSIGNAL FOO"), "Dockerfile:2: Invalid signal: FOO");
  EXPECT_EQ(error_of("FROM nowhere"), "No such image: nowhere");
}

TEST(Convert, BoundsGraphAndWords) {
  std::string many = "FROM debian\n";
  for (int i = 0; i < 500; ++i) many += "RUN true\n";
  EXPECT_EQ(error_of(many), "Dockerfile:402: max depth exceeded");
  std::string doubling = "FROM debian\nENV A=xxxxxxxx\n";
  for (int i = 0; i < 40; ++i) doubling += "ENV A=$A$A\n";
  EXPECT_NE(error_of(doubling).find("longer than 128 KiB"), std::string::npos);
}

TEST(Convert, WarnsOfBuildArgsThatNothingUses) {
  Options with = options();
  with.build_args = {{"foo", "1"}, {"bar", std::nullopt}, {"HTTP_PROXY", "x"}, {"used", "1"}};
  FakeImages images;
  Plan plan = convert(dockerfile::parse("FROM debian\nARG used"), with, images);
  EXPECT_EQ(plan.warnings,
            std::vector<std::string>{"[Warning] One or more build-args [bar foo] were not consumed"});
}

}  // namespace
}  // namespace rundlet::builder::convert
