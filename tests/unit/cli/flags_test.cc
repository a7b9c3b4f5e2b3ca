#include "cli/flags.h"

#include <gtest/gtest.h>

namespace rundlet::cli {
namespace {

struct Values {
  bool tty = false, interactive = false, remove = false;
  std::optional<bool> init;
  std::string name;
  std::vector<std::string> publish;
  int64_t last = -1, memory = 0, interval = 0;
};

struct Parsed {
  Values values;
  std::vector<std::string> rest;
  std::string error;
};

Parsed parse(const std::vector<std::string>& args, bool stop = true) {
  Parsed parsed;
  Values& v = parsed.values;
  FlagSet flags({"run", "[OPTIONS] IMAGE", "Run", ""});
  if (stop) flags.stop_at_first_argument();
  flags.toggle(v.tty, 't', "tty", "");
  flags.toggle(v.interactive, 'i', "interactive", "");
  flags.toggle(v.remove, 0, "rm", "");
  flags.toggle(v.init, 0, "init", "");
  flags.text(v.name, 'n', "name", "");
  flags.list(v.publish, 'p', "publish", "");
  flags.integer(v.last, 0, "last", "");
  flags.bytes(v.memory, 'm', "memory", "");
  flags.duration(v.interval, 0, "interval", "");
  flags.unsupported(0, "gpus");
  try {
    parsed.rest = flags.parse(args);
  } catch (const UsageError& e) {
    EXPECT_EQ(e.exit_code(), 125);
    parsed.error = e.message().substr(0, e.message().find('\n'));
  }
  return parsed;
}

TEST(Flags, FormsThatDockerTakes) {
  auto p = parse({"-it", "-p8080:80", "-p", "1:1", "-p=2:2", "--name=x=y", "--rm", "--last", "-3", "busybox",
                  "-p", "ls"});
  EXPECT_EQ(p.error, "");
  EXPECT_TRUE(p.values.tty && p.values.interactive && p.values.remove);
  EXPECT_EQ(p.values.publish, (std::vector<std::string>{"8080:80", "1:1", "2:2"}));
  EXPECT_EQ(p.values.name, "x=y");
  EXPECT_EQ(p.values.last, -3);
  EXPECT_EQ(p.rest, (std::vector<std::string>{"busybox", "-p", "ls"}));
}

TEST(Flags, ValuesTakeTheNextArgumentWhateverItIs) {
  EXPECT_EQ(parse({"--name", "--rm", "b"}).values.name, "--rm");
  EXPECT_EQ(parse({"--name", "", "b"}).rest, std::vector<std::string>{"b"});
  EXPECT_EQ(parse({"--name=", "b"}).rest, std::vector<std::string>{"b"});
  EXPECT_EQ(parse({"-itn", "x", "b"}).values.name, "x");
  EXPECT_EQ(parse({"-itnx", "b"}).values.name, "x");
}

TEST(Flags, SwitchesMayBeSetToFalse) {
  auto p = parse({"--tty", "--tty=false", "-i=0", "--init=false", "b"});
  EXPECT_FALSE(p.values.tty);
  EXPECT_FALSE(p.values.interactive);
  EXPECT_EQ(p.values.init, false);
  EXPECT_FALSE(parse({"b"}).values.init);
}

TEST(Flags, DashesEndFlags) {
  EXPECT_EQ(parse({"-t", "--", "-x", "y"}).rest, (std::vector<std::string>{"-x", "y"}));
  EXPECT_EQ(parse({"-", "-t"}, false).rest, std::vector<std::string>{"-"});
  auto mixed = parse({"a", "-t", "b"}, false);
  EXPECT_TRUE(mixed.values.tty);
  EXPECT_EQ(mixed.rest, (std::vector<std::string>{"a", "b"}));
}

TEST(Flags, ErrorsInDockersWords) {
  EXPECT_EQ(parse({"--x"}).error, "unknown flag: --x");
  EXPECT_EQ(parse({"-tx"}).error, "unknown shorthand flag: 'x' in -x");
  EXPECT_EQ(parse({"--name"}).error, "flag needs an argument: --name");
  EXPECT_EQ(parse({"-tn"}).error, "flag needs an argument: 'n' in -n");
  EXPECT_EQ(parse({"--rm=foo"}).error,
            "invalid argument \"foo\" for \"--rm\" flag: strconv.ParseBool: parsing \"foo\": invalid syntax");
  EXPECT_EQ(parse({"-m", "foo"}).error,
            "invalid argument \"foo\" for \"-m, --memory\" flag: invalid size: 'foo'");
  EXPECT_EQ(parse({"--last", "x"}).error,
            "invalid argument \"x\" for \"--last\" flag: strconv.ParseInt: parsing \"x\": invalid syntax");
  EXPECT_EQ(parse({"--interval", "x"}).error,
            "invalid argument \"x\" for \"--interval\" flag: time: invalid duration \"x\"");
  EXPECT_EQ(parse({"--gpus", "all"}).error, "invalid argument \"all\" for \"--gpus\" flag: not supported");
  EXPECT_EQ(parse({"---x"}).error, "bad flag syntax: ---x");
}

TEST(Flags, ArgumentCounts) {
  auto complaint = [](size_t least, size_t most) {
    FlagSet flags({"x", "A", "", ""});
    try {
      flags.parse({"1", "2", "3"}, least, most);
    } catch (const UsageError& e) {
      EXPECT_EQ(e.exit_code(), 1);
      return e.message().substr(0, e.message().find('\n'));
    }
    return std::string("accepted");
  };
  EXPECT_EQ(complaint(0, 0), "rundlet: 'rundlet x' accepts no arguments");
  EXPECT_EQ(complaint(1, 1), "rundlet: 'rundlet x' requires 1 argument");
  EXPECT_EQ(complaint(1, 2), "rundlet: 'rundlet x' requires at least 1 and at most 2 arguments");
  EXPECT_EQ(complaint(4, FlagSet::kAnyNumber), "rundlet: 'rundlet x' requires at least 4 arguments");
  EXPECT_EQ(complaint(3, 3), "accepted");
}

TEST(Flags, HelpShowsWhatIsSupported) {
  FlagSet flags({"x", "[OPTIONS]", "Do x", ""});
  bool all = false;
  flags.toggle(all, 'a', "all", "Show all");
  flags.unsupported(0, "gpus");
  try {
    flags.parse({"--help"});
    FAIL();
  } catch (const HelpRequested& help) {
    EXPECT_EQ(help.text(), "Usage:  rundlet x [OPTIONS]\n\nDo x\n\nOptions:\n  -a, --all   Show all\n");
  }
}

}  // namespace
}  // namespace rundlet::cli
