#include "builder/solve/scheduler.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "base/thread_pool.h"
#include "builder/solve/cache_key.h"
#include "builder/solve/linked_cancel.h"

namespace rundlet::builder::solve {
namespace {

struct Node {
  graph::VertexPtr vertex;
  std::vector<Node*> inputs;                           // null: the empty tree
  std::vector<std::optional<std::string>> selections;  // by input, of sources: known before anything runs
  std::string key;                                     // definition key
  bool is_source = false;                              // its result is there from the beginning
  bool is_cacheable = true;
  enum class State { idle, wanted, done } state = State::idle;
  size_t missing = 0;             // inputs that are not done
  std::vector<Node*> dependents;  // that wait for it
  Result result;
};

struct Completion {
  Node* node;
  Result result;
  std::exception_ptr error;
};

class Solver {
 public:
  Solver(Runner& runner, CacheStore& cache, KeyLocks& locks, Observer& observer, const SolveOptions& options)
      : runner_(runner),
        cache_(cache),
        locks_(locks),
        observer_(observer),
        no_cache_(options.no_cache),
        cancel_(options.cancel),
        pool_(options.workers) {}

  std::vector<Result> run(const std::vector<graph::VertexPtr>& targets);

 private:
  Node* node_of(const graph::VertexPtr& vertex);
  void resolve_sources();
  void select_from_sources();
  const std::string& definition_key(Node& node);
  void want(Node& node);
  void await_inputs(Node& node);
  void submit(Node& node);
  Result work(Node& node);
  std::optional<Result> lookup(const std::string& key);
  std::string content_key(const Node& node);
  void finish(Node& node, Result result);
  void collect_one();
  void drain();

  Runner& runner_;
  CacheStore& cache_;
  KeyLocks& locks_;
  Observer& observer_;
  bool no_cache_;
  LinkedCancel cancel_;
  std::map<const graph::Vertex*, std::unique_ptr<Node>> nodes_;
  std::mutex mutex_;  // of completions_
  std::condition_variable arrived_;
  std::deque<Completion> completions_;
  size_t running_ = 0;
  ThreadPool pool_;  // last: its threads use all of the above
};

Node* Solver::node_of(const graph::VertexPtr& vertex) {
  if (!vertex) return nullptr;
  auto known = nodes_.find(vertex.get());
  if (known != nodes_.end()) return known->second.get();
  auto node = std::make_unique<Node>();
  node->vertex = vertex;
  for (const graph::VertexPtr& input : vertex->inputs) node->inputs.push_back(node_of(input));
  node->selections.resize(node->inputs.size());
  return nodes_.emplace(vertex.get(), std::move(node)).first->second.get();
}

void Solver::resolve_sources() {
  std::map<Node*, std::future<std::optional<Result>>> found;
  for (auto& [vertex, node] : nodes_) {
    if (!node->inputs.empty()) continue;
    found.emplace(node.get(),
                  pool_.submit([this, at = vertex] { return runner_.source(*at, cancel_.get()); }));
  }
  for (auto& [node, future] : found) future.wait();
  for (auto& [node, future] : found) {
    auto result = future.get();
    node->is_source = result.has_value();
    if (result) finish(*node, *result);
  }
}

// What vertices take out of sources is digested up front and in parallel: the keys need it.
void Solver::select_from_sources() {
  std::vector<std::pair<std::optional<std::string>*, std::future<std::optional<std::string>>>> digests;
  for (auto& [vertex, node] : nodes_) {
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      const Node* input = node->inputs[i];
      if (input == nullptr || !input->is_source) continue;
      auto digest =
          pool_.submit([this, at = vertex, i, input] { return runner_.selection(*at, i, input->result); });
      digests.emplace_back(&node->selections[i], std::move(digest));
    }
  }
  for (auto& [target, future] : digests) future.wait();
  for (auto& [target, future] : digests) *target = future.get();
}

const std::string& Solver::definition_key(Node& node) {
  if (!node.key.empty()) return node.key;
  if (auto known = runner_.source_key(*node.vertex)) {
    node.is_cacheable = false;
    return node.key = *known;
  }
  std::vector<std::string> keys;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.selections[i]) {
      keys.push_back(*node.selections[i]);
    } else {
      keys.push_back(node.inputs[i] == nullptr ? "" : definition_key(*node.inputs[i]));
    }
  }
  return node.key = cache_key(*node.vertex, keys);
}

std::optional<Result> Solver::lookup(const std::string& key) {
  if (no_cache_) return {};
  auto found = cache_.find(key);
  if (!found || runner_.keep(*found)) return found;
  cache_.forget(key);
  return {};
}

// A vertex that the cache knows wants nothing of its inputs.
void Solver::want(Node& node) {
  if (node.state != Node::State::idle) return;
  node.state = Node::State::wanted;
  auto cached = node.is_cacheable ? lookup(node.key) : std::nullopt;
  if (cached) {
    observer_.cached(*node.vertex, *cached);
    finish(node, *cached);
  } else {
    await_inputs(node);
  }
}

void Solver::await_inputs(Node& node) {
  node.missing = 1;  // ours, so that inputs found in the cache do not submit it half-way
  for (Node* input : node.inputs) {
    if (input == nullptr) continue;
    want(*input);
    if (input->state == Node::State::done) continue;
    ++node.missing;
    input->dependents.push_back(&node);
  }
  if (--node.missing == 0) submit(node);
}

void Solver::submit(Node& node) {
  ++running_;
  pool_.submit([this, &node] {
    Completion completion{&node, {}, nullptr};
    try {
      completion.result = work(node);
    } catch (...) {
      completion.error = std::current_exception();
    }
    std::lock_guard lock(mutex_);
    completions_.push_back(std::move(completion));
    arrived_.notify_one();
  });
}

std::string Solver::content_key(const Node& node) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    auto key = node.selections[i];
    if (!key && node.inputs[i] != nullptr) key = runner_.selection(*node.vertex, i, node.inputs[i]->result);
    keys.push_back(key ? *key : node.inputs[i] == nullptr ? "" : node.inputs[i]->result.content_key);
  }
  return cache_key(*node.vertex, keys);
}

// On a worker. Its inputs are done and stay as they are.
Result Solver::work(Node& node) {
  check_cancelled(cancel_.get());
  std::string key = node.is_cacheable ? content_key(node) : node.key;
  KeyLocks::Held lock(locks_, key, cancel_.get());
  if (auto cached = node.is_cacheable ? lookup(key) : std::nullopt) {
    if (key != node.key) cache_.add_key(node.key, key);
    observer_.cached(*node.vertex, *cached);
    return *cached;
  }
  std::vector<Result> inputs;
  for (const Node* input : node.inputs) inputs.push_back(input == nullptr ? Result{} : input->result);
  observer_.started(*node.vertex);
  Result result = runner_.run(*node.vertex, inputs, observer_, cancel_.get());
  result.content_key = key;
  result.created = now();
  if (node.is_cacheable) cache_.save({node.key, key}, result, node.vertex->name);
  observer_.done(*node.vertex, result);
  return result;
}

void Solver::finish(Node& node, Result result) {
  node.result = std::move(result);
  node.state = Node::State::done;
  for (Node* dependent : node.dependents) {
    if (--dependent->missing == 0) submit(*dependent);
  }
  node.dependents.clear();
}

void Solver::collect_one() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return !completions_.empty(); });
  Completion completion = std::move(completions_.front());
  completions_.pop_front();
  lock.unlock();
  --running_;
  if (completion.error) std::rethrow_exception(completion.error);
  finish(*completion.node, std::move(completion.result));
}

// After a failure: whatever else goes wrong now is a consequence of the cancellation.
void Solver::drain() {
  cancel_.get()->cancel();
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return completions_.size() == running_; });
}

std::vector<Result> Solver::run(const std::vector<graph::VertexPtr>& targets) {
  std::vector<Node*> wanted;
  for (const graph::VertexPtr& target : targets) wanted.push_back(node_of(target));
  try {
    resolve_sources();
    select_from_sources();
    for (auto& [vertex, node] : nodes_) definition_key(*node);
    for (Node* node : wanted) {
      if (node != nullptr) want(*node);
    }
    while (running_ > 0) collect_one();
  } catch (...) {
    drain();
    throw;
  }
  std::vector<Result> results;
  for (const Node* node : wanted) results.push_back(node == nullptr ? Result{} : node->result);
  return results;
}

}  // namespace

std::vector<Result> solve(const std::vector<graph::VertexPtr>& targets, Runner& runner, CacheStore& cache,
                          KeyLocks& locks, Observer& observer, const SolveOptions& options) {
  return Solver(runner, cache, locks, observer, options).run(targets);
}

}  // namespace rundlet::builder::solve
