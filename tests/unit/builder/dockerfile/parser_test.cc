#include "builder/dockerfile/parser.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "builder/dockerfile/print.h"
#include "tests/unit/builder/golden.h"

namespace rundlet::builder::dockerfile {
namespace {

std::string error_of(std::string_view text) {
  try {
    parse(text);
  } catch (const Error& e) {
    return e.message();
  }
  return "no error";
}

TEST(DockerfileParser, CasesGiveTheExpectedInstructions) {
  check_cases(case_directory("dockerfile/cases"), ".dockerfile",
              [](const std::string& text) { return print(parse(text)); });
}

TEST(DockerfileParser, NamesTheLineOfAnError) {
  EXPECT_EQ(error_of("FROM a\n\nFOO bar\n"), "dockerfile parse error line 3: unknown instruction: FOO");
  EXPECT_EQ(error_of("FROM a\nRUN a \\\n b\nCOPY x\n"),
            "dockerfile parse error line 4: COPY requires at least two arguments, but only one was provided. "
            "Destination could not be determined.");
}

TEST(DockerfileParser, RefusesWhatIsNotSupportedByName) {
  EXPECT_EQ(error_of("FROM a\nCOPY --parents a b"),
            "dockerfile parse error line 2: COPY --parents is not supported");
  EXPECT_EQ(error_of("FROM a\nCOPY --exclude=x a b"),
            "dockerfile parse error line 2: COPY --exclude is not supported");
  EXPECT_EQ(error_of("FROM a\nADD --keep-git-dir a b"),
            "dockerfile parse error line 2: ADD --keep-git-dir is not supported");
  EXPECT_EQ(error_of("# syntax=example.com/other\nFROM a"),
            "dockerfile parse error line 1: syntax frontend example.com/other is not supported");
  EXPECT_EQ(error_of("FROM a\nCOPY --chwon=1 a b"), "dockerfile parse error line 2: unknown flag: --chwon");
}

TEST(DockerfileParser, WantsFromFirst) {
  EXPECT_EQ(error_of(""), "file with no instructions");
  EXPECT_EQ(error_of("# only a comment\n"), "file with no instructions");
  EXPECT_EQ(error_of("RUN x\nFROM a"), "dockerfile parse error line 1: no build stage in current context");
  EXPECT_EQ(error_of("ARG a"), "dockerfile contains no stages to build");
}

TEST(DockerfileParser, ChecksArguments) {
  EXPECT_EQ(error_of("FROM a b"),
            "dockerfile parse error line 1: FROM requires either one or three arguments");
  EXPECT_EQ(error_of("FROM a AS 1x"),
            "dockerfile parse error line 1: invalid name for build stage: \"1x\", name can't start with a "
            "number or "
            "contain symbols");
  EXPECT_EQ(error_of("FROM a\nSHELL bash"),
            "dockerfile parse error line 2: SHELL requires the arguments to be in JSON form");
  EXPECT_EQ(error_of("FROM a\nENV a"), "dockerfile parse error line 2: ENV must have two arguments");
  EXPECT_EQ(
      error_of("FROM a\nENV a=b c"),
      "dockerfile parse error line 2: Syntax error - can't find = in \"c\". Must be of the form: name=value");
  EXPECT_EQ(error_of("FROM a\nCMD [\"a\", 1]"),
            "dockerfile parse error line 2: only string type is allowed in JSON style arrays");
  EXPECT_EQ(error_of("FROM a\nONBUILD FROM b"),
            "dockerfile parse error line 2: FROM isn't allowed as an ONBUILD trigger");
  EXPECT_EQ(error_of("FROM a\nHEALTHCHECK FOO x"),
            "dockerfile parse error line 2: Unknown type \"FOO\" in HEALTHCHECK (try CMD)");
  EXPECT_EQ(error_of("FROM a\nRUN cat <<EOF\nx\n"), "dockerfile parse error line 2: unterminated heredoc");
  EXPECT_EQ(error_of("# escape=x\nFROM a"),
            "dockerfile parse error line 1: invalid ESCAPE 'x'. Must be ` or \\");
}

TEST(DockerfileParser, ReadsTriggersAsInstructions) {
  Instruction trigger = parse_trigger("COPY . /src");
  EXPECT_EQ(std::get<Copy>(trigger.body).destination, "/src");
  Instruction script = parse_trigger("RUN <<EOF\necho hi\nEOF");
  EXPECT_EQ(std::get<dockerfile::Run>(script.body).heredocs.at(0).content, "echo hi\n");
  EXPECT_THROW(parse_trigger("RUN a\nRUN b"), Error);
}

}  // namespace
}  // namespace rundlet::builder::dockerfile
