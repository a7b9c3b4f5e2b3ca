#include "base/reactor.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <atomic>
#include <future>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet {
namespace {

using namespace std::chrono_literals;

TEST(Reactor, RunsTheCallbackWhenTheDescriptorIsReady) {
  Reactor reactor;
  Pipe pipe = make_pipe();
  std::promise<std::string> received;
  auto token = reactor.watch(pipe.read.get(), EPOLLIN | EPOLLONESHOT, [&](uint32_t events) {
    EXPECT_TRUE(events & EPOLLIN);
    char byte = 0;
    EXPECT_EQ(::read(pipe.read.get(), &byte, 1), 1);
    received.set_value(std::string(1, byte));
  });
  write_all(pipe.write.get(), "x");
  EXPECT_EQ(received.get_future().get(), "x");
  reactor.unwatch(token);
  reactor.unwatch(token);  // unknown by now: no error
}

TEST(Reactor, OneshotIsArmedAgain) {
  Reactor reactor;
  Pipe pipe = make_pipe();
  std::atomic<int> calls = 0;
  auto token = reactor.watch(pipe.read.get(), EPOLLIN | EPOLLONESHOT, [&](uint32_t) { ++calls; });
  write_all(pipe.write.get(), "x");
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(calls, 1);
  reactor.rearm(token, EPOLLIN | EPOLLONESHOT);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(calls, 2);
  reactor.unwatch(token);
  reactor.rearm(token, EPOLLIN);
}

TEST(Reactor, AfterUnwatchTheCallbackDoesNotRun) {
  Reactor reactor;
  for (int round = 0; round < 200; ++round) {
    Pipe pipe = make_pipe();
    auto alive = std::make_unique<std::atomic<int>>(0);
    auto token = reactor.watch(pipe.read.get(), EPOLLIN, [raw = alive.get()](uint32_t) { ++*raw; });
    write_all(pipe.write.get(), "x");
    while (*alive < round % 3) std::this_thread::yield();
    reactor.unwatch(token);
    int seen = *alive;
    std::this_thread::yield();
    EXPECT_EQ(*alive, seen);
  }
}

TEST(Reactor, UnwatchWaitsForARunningCallback) {
  Reactor reactor;
  Pipe pipe = make_pipe();
  std::promise<void> started;
  std::atomic<bool> finished = false;
  auto token = reactor.watch(pipe.read.get(), EPOLLIN | EPOLLONESHOT, [&](uint32_t) {
    started.set_value();
    std::this_thread::sleep_for(100ms);
    finished = true;
  });
  write_all(pipe.write.get(), "x");
  started.get_future().wait();
  reactor.unwatch(token);
  EXPECT_TRUE(finished);
}

TEST(Reactor, CallbackMayUnwatchItself) {
  Reactor reactor;
  Pipe pipe = make_pipe();
  std::atomic<int> calls = 0;
  std::promise<void> done;
  std::promise<Reactor::Token> token;
  auto own = token.get_future().share();
  token.set_value(reactor.watch(pipe.read.get(), EPOLLIN, [&, own](uint32_t) {
    ++calls;
    reactor.unwatch(own.get());
    done.set_value();
  }));
  write_all(pipe.write.get(), "x");
  done.get_future().wait();
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(calls, 1);
}

TEST(Reactor, ThrowingCallbackIsDroppedAndTheOthersGoOn) {
  log::set_level(log::Level::error);
  Reactor reactor;
  Pipe bad = make_pipe(), good = make_pipe();
  std::atomic<int> bad_calls = 0, good_calls = 0;
  reactor.watch(bad.read.get(), EPOLLIN, [&](uint32_t) {
    ++bad_calls;
    throw_invalid("thrown by a test");
  });
  auto token = reactor.watch(good.read.get(), EPOLLIN, [&](uint32_t) { ++good_calls; });
  write_all(bad.write.get(), "x");
  write_all(good.write.get(), "x");
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(bad_calls, 1);
  EXPECT_GT(good_calls, 0);
  reactor.unwatch(token);
}

TEST(Reactor, RefusesWhatCannotBeWatched) {
  Reactor reactor;
  EXPECT_NE(test::thrown_code([&] { reactor.watch(-1, EPOLLIN, {}); }), "no error");
  EXPECT_NE(test::thrown_code([&] { reactor.every(0, {}); }), "no error");
}

TEST(Reactor, TimersRunInOrderOfTheirDeadlines) {
  Reactor reactor;
  std::string order;
  std::promise<void> done;
  int64_t start = steady_millis();
  reactor.at(start + 60, [&] { order += 'c', done.set_value(); });
  reactor.at(start + 30, [&] { order += 'b'; });
  reactor.at(start - 5, [&] { order += 'a'; });
  auto cancelled = reactor.at(start + 40, [&] { order += 'x'; });
  reactor.cancel(cancelled);
  done.get_future().wait();
  EXPECT_EQ(order, "abc");
  EXPECT_GE(steady_millis() - start, 60);
}

TEST(Reactor, PeriodicTimerRunsUntilItCancelsItself) {
  Reactor reactor;
  std::promise<Reactor::Token> token;
  auto own = token.get_future().share();
  std::atomic<int> calls = 0;
  token.set_value(reactor.every(5, [&, own] {
    if (++calls == 3) reactor.cancel(own.get());
  }));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(calls, 3);
}

TEST(Reactor, ThrowingTimerGoesOn) {
  Reactor reactor;
  std::atomic<int> calls = 0;
  auto token = reactor.every(5, [&] {
    ++calls;
    throw_invalid("thrown by a test");
  });
  std::this_thread::sleep_for(60ms);
  reactor.cancel(token);
  EXPECT_GT(calls, 1);
}

// What a callback holds may call the reactor when it is destroyed.
TEST(Reactor, CapturedObjectsMayUseTheReactorWhenTheyDie) {
  struct Guard {
    Reactor& reactor;
    Reactor::Token other;
    ~Guard() { reactor.cancel(other); }
  };
  Reactor reactor;
  std::atomic<bool> ran = false;
  auto other = reactor.at(steady_millis() + 30, [&] { ran = true; });
  auto guard = std::make_shared<Guard>(Guard{reactor, other});
  auto token = reactor.at(steady_millis() + 10'000, [guard] {});
  guard.reset();
  reactor.cancel(token);
  std::this_thread::sleep_for(60ms);
  EXPECT_FALSE(ran);
}

TEST(Reactor, DestructionWithPendingWorkIsQuick) {
  int64_t start = steady_millis();
  {
    Reactor reactor;
    reactor.at(start + 100'000, [] { FAIL(); });
    reactor.every(100'000, [] { FAIL(); });
  }
  EXPECT_LT(steady_millis() - start, 5000);
}

}  // namespace
}  // namespace rundlet
