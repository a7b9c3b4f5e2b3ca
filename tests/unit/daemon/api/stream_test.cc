#include "daemon/api/stream.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

#include "daemon/api/error_status.h"
#include "tests/unit/daemon/api/api_fixture.h"

namespace rundlet::daemon {

TEST(Frame, HasDockersHeader) {
  EXPECT_EQ(frame(false, "hi"), std::string("\1\0\0\0\0\0\0\2hi", 10));
  EXPECT_EQ(frame(true, "").size(), 8u);
  EXPECT_EQ(frame(true, std::string(0x010203, 'x')).substr(0, 8), std::string("\2\0\0\0\0\1\2\3", 8));
}

TEST(ProgressStream, LinesFromManyThreadsStayWhole) {
  FakeResponse response;
  ProgressStream progress(response);
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i) {
      writers.emplace_back([&] {
        for (int j = 0; j < 100; ++j) progress.write_text("text");
      });
    }
  }
  progress.finish();
  std::string line = "{\"stream\":\"text\"}\r\n", expected;
  for (int i = 0; i < 400; ++i) expected += line;
  EXPECT_EQ(response.status_, 200);
  EXPECT_EQ(response.body_, expected);
}

TEST(ProgressStream, AnErrorBeforeTheFirstLineIsTheHandlersOwn) {
  FakeResponse response;
  ProgressStream progress(response);
  try {
    throw_not_found("no such image");
  } catch (const std::exception& error) {
    EXPECT_THROW(progress.fail(error), Error);
  }
  EXPECT_FALSE(response.answered());
}

TEST(ProgressStream, AnErrorAfterwardsIsTheLastLine) {
  FakeResponse response;
  ProgressStream progress(response);
  progress.write_text("step");
  try {
    throw std::runtime_error("disk \"full\"");
  } catch (const std::exception& error) {
    progress.fail(error);
  }
  EXPECT_NE(response.body_.find("\"errorDetail\":{"), std::string::npos) << response.body_;
  EXPECT_NE(response.body_.find("\"error\":\"disk \\\"full\\\"\""), std::string::npos) << response.body_;
}

TEST(ErrorStatus, MapsCodesAsDockerDoes) {
  EXPECT_EQ(http_status(ErrorCode::invalid_argument), 400);
  EXPECT_EQ(http_status(ErrorCode::unauthenticated), 401);
  EXPECT_EQ(http_status(ErrorCode::permission_denied), 403);
  EXPECT_EQ(http_status(ErrorCode::not_found), 404);
  EXPECT_EQ(http_status(ErrorCode::conflict), 409);
  EXPECT_EQ(http_status(ErrorCode::unimplemented), 501);
  EXPECT_EQ(http_status(ErrorCode::unavailable), 503);
  auto [status, body] = error_response(Error(ErrorCode::not_found, "No such container: \"x\""));
  EXPECT_EQ(status, 404);
  EXPECT_EQ(body.substr(0, 40), "{\"message\":\"No such container: \\\"x\\\"\"}");
  EXPECT_EQ(error_response(std::runtime_error("odd")).first, 500);
}

}  // namespace rundlet::daemon
