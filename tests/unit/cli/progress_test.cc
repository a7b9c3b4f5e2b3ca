#include "cli/format/progress.h"

#include <gtest/gtest.h>

#include "base/fd.h"
#include "cli/format/build_progress.h"
#include "cli/format/table.h"

namespace rundlet::cli {
namespace {

spec::docker_api::ProgressMessage status(const char* id, const char* text, int64_t current = -1,
                                         int64_t total = -1) {
  spec::docker_api::ProgressMessage message;
  message.id = id;
  message.status = text;
  if (current >= 0) message.progress_detail = {current, total};
  return message;
}

TEST(Progress, BarsFitTheWidth) {
  spec::docker_api::ProgressDetail half{500'000, 1'000'000};
  EXPECT_EQ(progress_bar({}, 80), "");
  EXPECT_EQ(progress_bar({500'000, std::nullopt}, 80), "500kB");
  EXPECT_EQ(progress_bar(half, 10), "500kB/1MB");
  for (size_t width : {30u, 50u, 200u}) EXPECT_LE(text_width(progress_bar(half, width)), width);
  EXPECT_EQ(progress_bar({2'000'000, 1'000'000}, 80).find("╌"), std::string::npos);  // more than announced
}

TEST(Progress, PlainLinesLeaveMeasurementsOut) {
  Pipe pipe = make_pipe();
  {
    ProgressPrinter printer(pipe.write.get());
    printer.show(status("", "Pulling from x"));
    printer.show(status("abc", "Downloading", 5, 10));
    printer.show(status("abc", "Pull complete"));
    spec::docker_api::ProgressMessage text;
    text.stream = "Step 1/1 : FROM x\n";
    printer.show(text);
  }
  pipe.write.reset();
  EXPECT_EQ(read_all(pipe.read.get()), "Pulling from x\nabc: Pull complete\nStep 1/1 : FROM x\n");
}

TEST(Progress, StepBars) {
  EXPECT_TRUE(step_bar(3, 6, "RUN make", 80).ends_with(" 3/6 RUN make"));
  EXPECT_EQ(text_width(step_bar(3, 6, std::string(100, 'x'), 60)), 60u);
  EXPECT_EQ(step_bar(6, 6, "x", 80).find("╌"), std::string::npos);
}

}  // namespace
}  // namespace rundlet::cli
