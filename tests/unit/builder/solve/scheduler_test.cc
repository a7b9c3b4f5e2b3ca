#include "builder/solve/scheduler.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/fs/remove_tree.h"
#include "base/guarded.h"

namespace rundlet::builder::solve {
namespace {

using graph::VertexPtr;

// Vertices are told apart by argv; an empty list of inputs means an image.
VertexPtr vertex(const std::string& name, std::vector<VertexPtr> inputs) {
  graph::ExecOp op;
  op.argv = {name};
  return std::make_shared<graph::Vertex>(graph::Vertex{op, std::move(inputs), {}, name});
}
VertexPtr image(const std::string& name) {
  graph::ImageOp op;
  op.reference = name;
  return std::make_shared<graph::Vertex>(graph::Vertex{op, {}, {}, name});
}
VertexPtr context() {
  return std::make_shared<graph::Vertex>(graph::Vertex{graph::ContextOp{}, {}, {}, "context"});
}

class FakeRunner : public Runner {
 public:
  std::optional<Result> source(const graph::Vertex& v, const Cancel&) override {
    if (!std::holds_alternative<graph::ContextOp>(v.op)) return {};
    return Result{"", "/context", "", {}};
  }
  std::optional<std::string> source_key(const graph::Vertex& v) override {
    if (!std::holds_alternative<graph::ImageOp>(v.op)) return {};
    return "image " + v.name;
  }
  std::optional<std::string> selection(const graph::Vertex& v, size_t input, const Result& from) override {
    if (!from.directory.empty()) return context_digest;
    if (input == 0 || !v.name.starts_with("copy")) return {};
    auto found = selected.find(from.snapshot);
    return found == selected.end() ? "selected from " + from.snapshot : found->second;
  }
  bool keep(const Result& result) override { return !lost.contains(result.snapshot); }
  Result run(const graph::Vertex& v, const std::vector<Result>&, Observer& observer,
             const Cancel& cancel) override {
    int at_once = ++active_;
    peak = std::max(peak.load(), at_once);
    for (int i = 0; i < 2000 && v.name == "forever"; ++i) {
      if (cancel->cancelled()) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (v.name.starts_with("slow")) std::this_thread::sleep_for(std::chrono::milliseconds(60));
    --active_;
    check_cancelled(cancel);
    if (v.name == "failing") throw Error(ErrorCode::failed_precondition, "it failed");
    observer.output(v, "did " + v.name, false);
    ran.with([&](auto& names) { names.push_back(v.name); });
    return {"s:" + v.name + ":" + std::to_string(++count_), "", "", {}};
  }

  std::vector<std::string> take_ran() {
    return ran.with([](auto& names) {
      auto result = std::exchange(names, {});
      std::sort(result.begin(), result.end());
      return result;
    });
  }

  std::string context_digest = "context 1";
  std::map<std::string, std::string> selected;  // by snapshot
  std::set<std::string> lost;
  std::atomic<int> peak = 0;
  Guarded<std::vector<std::string>> ran;

 private:
  std::atomic<int> active_ = 0, count_ = 0;
};

class Silent : public Observer {
 public:
  void started(const graph::Vertex&) override {}
  void output(const graph::Vertex&, std::string_view, bool) override {}
  void cached(const graph::Vertex&, const Result&) override { ++cached_count; }
  void done(const graph::Vertex&, const Result&) override {}
  std::atomic<int> cached_count = 0;
};

using Names = std::vector<std::string>;

class Scheduler : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/rundlet-solver-XXXXXX";
    directory_ = ::mkdtemp(pattern);
    database_ = std::make_unique<db::Database>(directory_ + "/state.db");
    cache_ = std::make_unique<CacheStore>(*database_);
  }
  void TearDown() override {
    cache_.reset();
    database_.reset();
    fs::remove_tree(directory_);
  }
  std::vector<Result> solve_all(const std::vector<VertexPtr>& targets, SolveOptions options = {}) {
    return solve(targets, runner_, *cache_, locks_, observer_, options);
  }

  std::string directory_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<CacheStore> cache_;
  KeyLocks locks_;
  FakeRunner runner_;
  Silent observer_;
};

TEST_F(Scheduler, RunsInputsFirstAndOnlyOnce) {
  auto base = image("base");
  auto a = vertex("a", {base});
  auto results = solve_all({vertex("c", {vertex("b", {a}), a}), a});
  EXPECT_EQ(runner_.take_ran(), (Names{"a", "b", "base", "c"}));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_TRUE(results[1].snapshot.starts_with("s:a:"));
}

TEST_F(Scheduler, CachedTargetNeedsNothingElse) {
  auto build = [] { return vertex("b", {vertex("a", {image("base")})}); };
  std::string first = solve_all({build()}).at(0).snapshot;
  runner_.take_ran();
  EXPECT_EQ(solve_all({build()}).at(0).snapshot, first);
  EXPECT_EQ(runner_.take_ran(), Names{});
  EXPECT_EQ(observer_.cached_count, 1);
}

TEST_F(Scheduler, ChangedContextRerunsWhatDependsOnIt) {
  auto graph = [] {
    auto top = vertex("copy", {vertex("apt", {image("base")}), context()});
    return vertex("make", {top});
  };
  solve_all({graph()});
  EXPECT_EQ(runner_.take_ran(), (Names{"apt", "base", "copy", "make"}));
  runner_.context_digest = "context 2";
  solve_all({graph()});
  EXPECT_EQ(runner_.take_ran(), (Names{"copy", "make"}));
}

TEST_F(Scheduler, EqualContentIsFoundAgainBehindDifferentInputs) {
  auto graph = [](const std::string& compile) {
    auto built = vertex(compile, {image("base")});
    return vertex("after", {vertex("copy", {image("small"), built})});
  };
  // Another compilation that gives the same file: the copy and what follows are taken from the cache.
  FakeRunner fresh;
  auto run = [&](const std::string& compile) {
    return solve({graph(compile)}, fresh, *cache_, locks_, observer_, {}).at(0).snapshot;
  };
  for (int i = 0; i < 100; ++i) {
    fresh.selected["s:compile -O1:" + std::to_string(i)] = "same";
    fresh.selected["s:compile -O2:" + std::to_string(i)] = "same";
  }
  std::string first = run("compile -O1");
  fresh.take_ran();
  EXPECT_EQ(run("compile -O2"), first);
  EXPECT_EQ(fresh.take_ran(), (Names{"base", "compile -O2", "small"}));
  EXPECT_EQ(run("compile -O2"), first);
  EXPECT_EQ(fresh.take_ran(), Names{});
}

TEST_F(Scheduler, LostSnapshotIsAMiss) {
  auto graph = [] { return vertex("a", {image("base")}); };
  std::string first = solve_all({graph()}).at(0).snapshot;
  runner_.take_ran();
  runner_.lost.insert(first);
  std::string second = solve_all({graph()}).at(0).snapshot;
  EXPECT_NE(second, first);
  EXPECT_EQ(runner_.take_ran(), (Names{"a", "base"}));
  EXPECT_EQ(cache_->snapshots(), Names{second});
}

TEST_F(Scheduler, NoCacheRunsEverythingAndRecordsIt) {
  auto graph = [] { return vertex("a", {image("base")}); };
  solve_all({graph()});
  runner_.take_ran();
  SolveOptions options;
  options.no_cache = true;
  std::string second = solve_all({graph()}, options).at(0).snapshot;
  EXPECT_EQ(runner_.take_ran(), (Names{"a", "base"}));
  EXPECT_EQ(solve_all({graph()}).at(0).snapshot, second);
}

TEST_F(Scheduler, IndependentVerticesRunInParallel) {
  auto base = image("base");
  solve_all({vertex("join", {vertex("slow 1", {base}), vertex("slow 2", {base}), vertex("slow 3", {base})})});
  EXPECT_GE(runner_.peak, 2);
}

TEST_F(Scheduler, FailureCancelsTheOthersAndIsRethrown) {
  auto base = image("base");
  try {
    solve_all({vertex("join", {vertex("forever", {base}), vertex("failing", {base})})});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.message(), "it failed");
  }
  EXPECT_TRUE(cache_->snapshots().empty());
}

TEST_F(Scheduler, FollowsTheCallersCancellation) {
  SolveOptions options;
  options.cancel = std::make_shared<CancelSource>();
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    options.cancel->cancel();
  });
  EXPECT_THROW(solve_all({vertex("forever", {image("base")})}, options), Error);
  canceller.join();
}

TEST_F(Scheduler, SameVertexInTwoBuildsRunsOnce) {
  auto build = [this] {
    Silent observer;
    solve({vertex("slow", {image("base")})}, runner_, *cache_, locks_, observer, {});
  };
  std::thread other(build);
  build();
  other.join();
  auto ran = runner_.take_ran();
  EXPECT_EQ(std::count(ran.begin(), ran.end(), "slow"), 1);
}

}  // namespace
}  // namespace rundlet::builder::solve
