#include <gtest/gtest.h>

#include "base/error.h"
#include "daemon/engine/attach.h"
#include "daemon/engine/images.h"
#include "daemon/engine/inspect.h"
#include "daemon/engine/names.h"

namespace rundlet::daemon {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Expected values: docker's units.HumanDuration.
TEST(HumanDuration, SaysWhatDockerSays) {
  EXPECT_EQ(human_duration(seconds(0)), "Less than a second");
  EXPECT_EQ(human_duration(seconds(1)), "1 second");
  EXPECT_EQ(human_duration(seconds(59)), "59 seconds");
  EXPECT_EQ(human_duration(seconds(60)), "About a minute");
  EXPECT_EQ(human_duration(minutes(3)), "3 minutes");
  EXPECT_EQ(human_duration(minutes(60)), "About an hour");
  EXPECT_EQ(human_duration(hours(3)), "3 hours");
  EXPECT_EQ(human_duration(hours(47)), "47 hours");
  EXPECT_EQ(human_duration(hours(24 * 10)), "10 days");
  EXPECT_EQ(human_duration(hours(24 * 21)), "3 weeks");
  EXPECT_EQ(human_duration(hours(24 * 100)), "3 months");
  EXPECT_EQ(human_duration(hours(24 * 900)), "2 years");
}

TEST(StatusText, DescribesEveryState) {
  TimePoint at = now();
  ContainerRecord record;
  auto text = [&](Status status) {
    record.status = status;
    return status_text(record, at);
  };
  EXPECT_EQ(text(Status::created), "Created");
  EXPECT_EQ(text(Status::starting), "Created");
  record.started_at = at - minutes(5);
  EXPECT_EQ(text(Status::running), "Up 5 minutes");
  EXPECT_EQ(text(Status::paused), "Up 5 minutes (Paused)");
  record.health.status = "starting";
  EXPECT_EQ(text(Status::running), "Up 5 minutes (health: starting)");
  record.health.status = "unhealthy";
  EXPECT_EQ(text(Status::running), "Up 5 minutes (unhealthy)");
  record.finished_at = at - seconds(2);
  record.exit_code = 3;
  EXPECT_EQ(text(Status::exited), "Exited (3) 2 seconds ago");
  EXPECT_EQ(text(Status::restarting), "Restarting (3) 2 seconds ago");
}

TEST(DetachKeys, AreReadAsBytes) {
  EXPECT_EQ(parse_detach_keys("ctrl-p,ctrl-q"), "\x10\x11");
  EXPECT_EQ(parse_detach_keys("q,ctrl-a"), "q\x01");
  EXPECT_EQ(parse_detach_keys("ctrl-[,ctrl-\\,ctrl-]"), "\x1b\x1c\x1d");
  EXPECT_EQ(parse_detach_keys("ctrl-@"), std::string(1, '\0'));
  EXPECT_THROW(parse_detach_keys("ctrl-"), Error);
  EXPECT_THROW(parse_detach_keys("nonsense"), Error);
}

TEST(Names, AreCheckedAsDockerDoes) {
  EXPECT_EQ(checked_name("/web_1.a-b"), "web_1.a-b");
  for (const char* bad : {"a", "-ab", "a b", "a/b", "", "/"}) EXPECT_THROW(checked_name(bad), Error) << bad;
  EXPECT_NE(random_name().find('_'), std::string::npos);
}

TEST(GlobMatch, StaysWithinAPathElement) {
  EXPECT_TRUE(glob_match("b*", "busybox"));
  EXPECT_TRUE(glob_match("*/x:?", "host/x:1"));
  EXPECT_FALSE(glob_match("b*", "host/busybox"));
  EXPECT_FALSE(glob_match("b*", "a/b"));
  EXPECT_FALSE(glob_match("", "x"));
}

}  // namespace
}  // namespace rundlet::daemon
