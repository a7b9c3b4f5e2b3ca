// SQLite (WAL, synchronous=FULL) with one writer thread that commits what has queued up together, and
// short-lived readers. A write is durable when `write` returns.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rundlet::db {

using Parameter = std::variant<std::nullptr_t, int64_t, std::string>;

class Row {
 public:
  explicit Row(void* statement) : statement_(statement) {}
  int64_t integer(int column) const;
  std::string text(int column) const;  // also blobs; "" for NULL
  bool is_null(int column) const;

 private:
  void* statement_;
};

class Connection {
 public:
  // One statement; calls each_row for every row. Throws internal with SQLite's text, already_exists for a
  // violated unique constraint. Statements are cached by their text.
  void query(std::string_view sql, const std::vector<Parameter>& parameters,
             const std::function<void(const Row&)>& each_row = {});
  // Several statements without parameters.
  void execute(std::string_view script);
  int64_t changes() const;
  int64_t last_insert_id() const;

 private:
  friend class Database;
  struct State;
  explicit Connection(const std::string& path);
  bool in_transaction() const;
  std::shared_ptr<State> state_;
};

class Database {
 public:
  // Creates the file when missing; checks it (PRAGMA quick_check) and throws internal when it is damaged.
  explicit Database(const std::string& path);
  ~Database();
  Database(const Database&) = delete;

  // Runs `work` in a write transaction on the writer thread and waits until it is on disk. An exception from
  // `work` rolls back only that work (savepoint) and is rethrown here. Never call write from within work.
  void write(std::function<void(Connection&)> work);
  // A consistent snapshot; does not wait for writers.
  void read(const std::function<void(Connection&)>& work);
  // Runs migrations[from..] of a module once each, in order; the number done is kept per module.
  void migrate(std::string_view module, const std::vector<std::string>& migrations);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rundlet::db
