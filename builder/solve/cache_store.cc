#include "builder/solve/cache_store.h"

#include "base/crash_point.h"

namespace rundlet::builder::solve {
namespace {

const std::vector<std::string>& migrations() {
  static const std::vector<std::string> scripts = {R"(
    CREATE TABLE build_result (
      id INTEGER PRIMARY KEY,
      snapshot TEXT NOT NULL,
      content_key TEXT NOT NULL,
      created INTEGER NOT NULL,
      description TEXT NOT NULL);
    CREATE TABLE build_key (
      key TEXT PRIMARY KEY,
      result INTEGER NOT NULL REFERENCES build_result (id));
    CREATE INDEX build_key_result ON build_key (result);
  )"};
  return scripts;
}

void delete_unnamed(db::Connection& connection) {
  connection.query("DELETE FROM build_result WHERE NOT EXISTS (SELECT 1 FROM build_key WHERE result = id)",
                   {});
}

}  // namespace

CacheStore::CacheStore(db::Database& database) : database_(database) {
  database_.migrate("build_cache", migrations());
}

std::optional<Result> CacheStore::find(const std::string& key) const {
  std::optional<Result> found;
  database_.read([&](db::Connection& connection) {
    connection.query(
        "SELECT snapshot, content_key, created FROM build_key JOIN build_result ON id = result WHERE key = ?",
        {key}, [&](const db::Row& row) {
          found = Result{row.text(0), "", row.text(1), from_unix_nanos(row.integer(2))};
        });
  });
  return found;
}

void CacheStore::save(const std::vector<std::string>& keys, const Result& result,
                      const std::string& description) {
  crash_point("build.before_cache_row");
  database_.write([&](db::Connection& connection) {
    connection.query(
        "INSERT INTO build_result (snapshot, content_key, created, description) VALUES (?, ?, ?, ?)",
        {result.snapshot, result.content_key, unix_nanos(result.created), description});
    int64_t id = connection.last_insert_id();
    for (const std::string& key : keys) {
      connection.query("INSERT OR REPLACE INTO build_key (key, result) VALUES (?, ?)", {key, id});
    }
    delete_unnamed(connection);
  });
  crash_point("build.after_cache_row");
}

void CacheStore::add_key(const std::string& key, const std::string& known) {
  database_.write([&](db::Connection& connection) {
    connection.query(
        "INSERT OR REPLACE INTO build_key (key, result) SELECT ?, result FROM build_key WHERE key = ?",
        {key, known});
    delete_unnamed(connection);
  });
}

void CacheStore::forget(const std::string& key) {
  database_.write([&](db::Connection& connection) {
    connection.query("DELETE FROM build_key WHERE result IN (SELECT result FROM build_key WHERE key = ?)",
                     {key});
    delete_unnamed(connection);
  });
}

void CacheStore::forget_snapshot(const std::string& snapshot) {
  database_.write([&](db::Connection& connection) {
    connection.query("DELETE FROM build_key WHERE result IN (SELECT id FROM build_result WHERE snapshot = ?)",
                     {snapshot});
    delete_unnamed(connection);
  });
}

std::vector<std::string> CacheStore::snapshots() const {
  std::vector<std::string> ids;
  database_.read([&](db::Connection& connection) {
    connection.query("SELECT DISTINCT snapshot FROM build_result WHERE snapshot <> ''", {},
                     [&](const db::Row& row) { ids.push_back(row.text(0)); });
  });
  return ids;
}

void CacheStore::clear() {
  database_.write([](db::Connection& connection) {
    connection.query("DELETE FROM build_key", {});
    connection.query("DELETE FROM build_result", {});
  });
}

}  // namespace rundlet::builder::solve
