#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "base/cancel.h"
#include "base/log.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet {
namespace {

using test::thrown_code;

TEST(Error, CodesHaveNames) {
  for (auto code :
       {ErrorCode::not_found, ErrorCode::conflict, ErrorCode::deadline_exceeded, ErrorCode::internal})
    EXPECT_EQ(error_code_from_string(to_string(code)), code);
  EXPECT_EQ(error_code_from_string("nonsense"), ErrorCode::internal);
}

TEST(Error, CarriesErrnoCodeAndContext) {
  try {
    throw_errno("open x", ENOENT);
  } catch (const Error& e) {
    Error outer = e.with_context("start container");
    EXPECT_EQ(outer.message(), "start container: open x: No such file or directory");
    EXPECT_EQ(outer.code(), ErrorCode::not_found);
    EXPECT_EQ(outer.errno_value(), ENOENT);
    EXPECT_STREQ(outer.what(), outer.message().c_str());
  }
  EXPECT_EQ(thrown_code([] { throw_errno("x", EEXIST); }), "already_exists");
  EXPECT_EQ(thrown_code([] { throw_errno("x", EPERM); }), "permission_denied");
  EXPECT_EQ(thrown_code([] { throw_errno("x", EIO); }), "internal");
}

TEST(Cancel, IsSeenByFlagAndDescriptor) {
  EXPECT_NO_THROW(check_cancelled(nullptr));
  auto cancel = std::make_shared<CancelSource>();
  EXPECT_NO_THROW(check_cancelled(cancel));
  cancel->cancel();
  cancel->cancel();
  EXPECT_TRUE(cancel->cancelled());
  EXPECT_EQ(thrown_code([&] { check_cancelled(cancel); }), "cancelled");
  uint64_t count = 0;
  EXPECT_EQ(::read(cancel->fd(), &count, sizeof count), 8);
}

TEST(ThreadPool, RunsEverythingAndHandsOverExceptions) {
  std::atomic<int> ran = 0;
  {
    ThreadPool pool(4);
    EXPECT_EQ(pool.submit([] { return 42; }).get(), 42);
    EXPECT_EQ(thrown_code([&] { pool.submit([] { throw_not_found("x"); }).get(); }), "not_found");
    for (int i = 0; i < 100; ++i) pool.submit([&] { ++ran; });
  }
  EXPECT_EQ(ran, 100) << "what is queued runs before the pool goes";
}

TEST(Random, NamesDiffer) {
  EXPECT_EQ(random_hex(32).size(), 64u);
  EXPECT_NE(random_hex(32), random_hex(32));
  EXPECT_EQ(random_hex(300).size(), 600u);
  EXPECT_EQ(random_hex(16).find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(Log, LevelsHaveDockersNames) {
  EXPECT_EQ(log::level_from_string("debug"), log::Level::debug);
  EXPECT_EQ(log::level_from_string("warning"), log::Level::warn);
  EXPECT_EQ(log::level_from_string("fatal"), log::Level::error);
  EXPECT_EQ(thrown_code([] { log::level_from_string("loud"); }), "invalid_argument");
}

}  // namespace
}  // namespace rundlet
