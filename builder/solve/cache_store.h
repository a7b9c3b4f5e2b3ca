// The build cache's rows in state.db: keys → results. A row is written after its snapshot has been committed;
// a row whose snapshot is gone is a miss.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/db/sqlite.h"
#include "builder/solve/result.h"

namespace rundlet::builder::solve {

class CacheStore {
 public:
  explicit CacheStore(db::Database& database);

  std::optional<Result> find(const std::string& key) const;
  // Names one result by all `keys`, taking them from others. `description` is for people.
  void save(const std::vector<std::string>& keys, const Result& result, const std::string& description);
  // Another name for what `known` names.
  void add_key(const std::string& key, const std::string& known);
  void forget(const std::string& key);
  // Everything that this snapshot is the result of.
  void forget_snapshot(const std::string& snapshot);

  std::vector<std::string> snapshots() const;
  void clear();

 private:
  db::Database& database_;
};

}  // namespace rundlet::builder::solve
