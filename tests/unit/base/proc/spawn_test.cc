#include "base/proc/spawn.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/proc/pidfd.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::proc {
namespace {

using test::TempDir;
using test::thrown_code;
using test::thrown_message;

Output shell(const std::string& script, const std::string& input = "") {
  return run({.argv = {"sh", "-c", script}}, input);
}

TEST(Spawn, CollectsBothOutputsAndTheExitCode) {
  Output output = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(output.out, "out\n");
  EXPECT_EQ(output.err, "err\n");
  EXPECT_EQ(output.status.code, 3);
  EXPECT_EQ(output.status.signal, 0);
}

TEST(Spawn, ReportsTheSignal) {
  Output output = shell("kill -KILL $$");
  EXPECT_EQ(output.status.code, 137);
  EXPECT_EQ(output.status.signal, SIGKILL);
}

TEST(Spawn, BigInputAndOutputDoNotDeadlock) {
  std::string big(8 << 20, 'x');
  EXPECT_EQ(run({.argv = {"cat"}}, big).out, big);
  Output both = shell("tee /dev/stderr", big);
  EXPECT_EQ(both.out.size(), big.size());
  EXPECT_EQ(both.err.size(), big.size());
}

TEST(Spawn, InputThatNobodyReadsIsNoError) {
  EXPECT_EQ(run({.argv = {"true"}}, std::string(1 << 20, 'x')).status.code, 0);
}

TEST(Spawn, DoesNotWaitForGrandchildrenThatKeepTheOutput) {
  int64_t start = steady_millis();
  Output output = shell("sleep 5 & echo $!");
  EXPECT_LT(steady_millis() - start, 4000);
  ::kill(std::stoi(output.out), SIGKILL);
}

TEST(Spawn, MissingProgramIsNotFound) {
  EXPECT_EQ(thrown_code([] { spawn({.argv = {"rundlet-no-such-program"}}); }), "not_found");
  EXPECT_EQ(thrown_code([] { spawn({.argv = {"/no/such/program"}}); }), "not_found");
  EXPECT_EQ(thrown_code([] { spawn({.argv = {}}); }), "invalid_argument");
}

TEST(Spawn, MissingDirectoryIsNamed) {
  EXPECT_EQ(thrown_message([] { spawn({.argv = {"true"}, .directory = "/no/such"}); }),
            "chdir /no/such: No such file or directory");
}

TEST(Spawn, PassesEnvironmentAndDirectory) {
  SpawnSpec spec{
      .argv = {"sh", "-c", "pwd; env | grep -c . ; echo $A"}, .env = {{"A=b c"}}, .directory = "/usr"};
  Output output = run(spec);
  EXPECT_TRUE(output.out.starts_with("/usr\n")) << output.out;
  EXPECT_TRUE(output.out.ends_with("b c\n")) << output.out;
  ::setenv("RUNDLET_TEST_VARIABLE", "inherited", 1);
  EXPECT_EQ(shell("echo $RUNDLET_TEST_VARIABLE").out, "inherited\n");
}

TEST(Spawn, ChildHasOnlyTheDescriptorsItWasGiven) {
  int leaky = ::open("/dev/null", O_RDONLY);  // not CLOEXEC, as a careless library would
  int high = ::fcntl(leaky, F_DUPFD, 700);
  Pipe pipe = make_pipe();
  SpawnSpec spec{.argv = {"sh", "-c", "cd /proc/self/fd && echo *"}, .fds = {{pipe.read.get(), 9}}};
  std::string listed = run(spec).out;
  ::close(leaky);
  ::close(high);
  EXPECT_TRUE(listed == "0 1 2 9\n" || listed == "0 1 2 3 9\n")
      << listed;  // 3: the shell's own, for the listing
}

TEST(Spawn, SwappedDescriptorsArriveRight) {
  Fd one = make_memfd("one"), two = make_memfd("two");
  write_all(one.get(), "1");
  write_all(two.get(), "2");
  ::lseek(one.get(), 0, SEEK_SET);
  ::lseek(two.get(), 0, SEEK_SET);
  // Each one's number is the other's target.
  SpawnSpec spec{
      .argv = {"sh", "-c", "cat <&" + std::to_string(one.get()) + "; cat <&" + std::to_string(two.get())},
      .fds = {{one.get(), two.get()}, {two.get(), one.get()}}};
  if (one.get() > 9 || two.get() > 9) GTEST_SKIP() << "the shell takes one digit only";
  EXPECT_EQ(run(spec).out, "21");
}

TEST(Spawn, UnnamedStdioIsDevNull) {
  Pipe pipe = make_pipe();
  Child child = spawn(
      {.argv = {"sh", "-c", "readlink /proc/self/fd/0 /proc/self/fd/1 >&2"}, .fds = {{pipe.write.get(), 2}}});
  pipe.write.reset();
  EXPECT_EQ(wait(child).code, 0);
  std::string output = read_all(pipe.read.get());
  EXPECT_TRUE(output.starts_with("/dev/null\n")) << output;
}

TEST(Spawn, SignalsAreResetAndUnblocked) {
  sigset_t all, old;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &old);
  auto pipe_handler = ::signal(SIGPIPE, SIG_IGN);
  std::string status = run({.argv = {"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"}}).out;
  ::signal(SIGPIPE, pipe_handler);
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  // glibc leaves its own two real-time signals, 32 and 33, ignored.
  EXPECT_EQ(status, "SigBlk:\t0000000000000000\nSigIgn:\t0000000180000000\n");
}

TEST(Spawn, NewSessionLeavesTheCallers) {
  SpawnSpec spec{.argv = {"sh", "-c", "cut -d' ' -f1,6 /proc/$$/stat"}, .new_session = true};
  std::string output = run(spec).out;
  EXPECT_EQ(output.substr(0, output.find(' ')) + "\n", output.substr(output.find(' ') + 1));
}

int count_open_fds() {
  DIR* stream = ::opendir("/proc/self/fd");
  int count = 0;
  while (::readdir(stream) != nullptr) ++count;
  ::closedir(stream);
  return count;
}

TEST(Spawn, LeaksNothing) {
  int before = count_open_fds();
  for (int i = 0; i < 20; ++i) {
    shell("true");
    EXPECT_EQ(thrown_code([] { run({.argv = {"/no/such/program"}}); }), "not_found");
  }
  EXPECT_EQ(count_open_fds(), before);
}

TEST(Pidfd, SignalsOnlyTheLivingChild) {
  Child child = spawn({.argv = {"sleep", "100"}});
  EXPECT_TRUE(send_signal(child.pidfd, 0));
  EXPECT_TRUE(send_signal(child.pidfd, SIGTERM));
  EXPECT_EQ(wait(child).signal, SIGTERM);
  EXPECT_FALSE(send_signal(child.pidfd, SIGTERM));
  EXPECT_FALSE(open_pidfd(child.pid).has_value());
  EXPECT_FALSE(start_time(child.pid).has_value());
}

TEST(Pidfd, StartTimeSurvivesHostileNames) {
  TempDir dir;
  std::string program = dir / "a) R 1 (b";
  ASSERT_EQ(::symlink("/bin/sleep", program.c_str()), 0);
  Child child = spawn({.argv = {program, "100"}});
  auto mine = start_time(::getpid());
  auto its = start_time(child.pid);
  ASSERT_TRUE(mine && its);
  EXPECT_GE(*its, *mine);
  EXPECT_LT(*its - *mine, 100u * 3600);
  send_signal(child.pidfd, SIGKILL);
  wait(child);
}

TEST(Pidfd, BootIdIsAUuid) {
  EXPECT_EQ(boot_id().size(), 36u);
  EXPECT_EQ(boot_id(), boot_id());
}

TEST(SignalFromString, TakesDockersForms) {
  const std::pair<const char*, int> known[] = {
      {"SIGKILL", 9}, {"KILL", 9},      {"kill", 9},     {"9", 9},           {"sigTerm", 15},
      {"64", 64},     {"RTMIN", 34},    {"RTMIN+3", 37}, {"SIGRTMIN+3", 37}, {"RTMAX-2", 62},
      {"RTMAX", 64},  {"CLD", SIGCHLD}, {"WINCH", 28},   {"RTMIN+30", 64},
  };
  for (const auto& [name, value] : known) EXPECT_EQ(signal_from_string(name), value) << name;
  for (const char* name : {"", "SIG", "0", "65", "-1", "9x", "KILLS", "RTMIN+", "RTMIN+31", "RTMIN-1",
                           "RTMAX+1", "RTMIN+-1", "RTMINX", "SIGSIGKILL", " KILL"})
    EXPECT_FALSE(signal_from_string(name).has_value()) << name;
}

}  // namespace
}  // namespace rundlet::proc
