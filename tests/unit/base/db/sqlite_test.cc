#include "base/db/sqlite.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "tests/unit/base/crash.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::db {
namespace {

using test::TempDir;
using test::thrown_code;
using test::thrown_message;

class SqliteTest : public ::testing::Test {
 protected:
  SqliteTest() : db_(dir_ / "state.db") {
    db_.migrate("test", {"CREATE TABLE item (name TEXT PRIMARY KEY, value)"
                         ";CREATE TABLE part (item TEXT REFERENCES item(name) ON DELETE CASCADE)"});
  }
  void insert(const std::string& name, Parameter value = nullptr) {
    db_.write([&](Connection& c) { c.query("INSERT INTO item VALUES (?, ?)", {name, value}); });
  }
  int64_t count() {
    int64_t result = -1;
    db_.read([&](Connection& c) {
      c.query("SELECT count(*) FROM item", {}, [&](const Row& row) { result = row.integer(0); });
    });
    return result;
  }

  TempDir dir_;
  Database db_;
};

TEST_F(SqliteTest, StoresEveryKindOfValue) {
  std::string binary("a\0b\xff", 4);
  db_.write([&](Connection& c) {
    c.execute("CREATE TABLE v (a, b, c, d)");
    c.query("INSERT INTO v VALUES (?, ?, ?, ?)", {nullptr, INT64_MIN, std::string(), binary});
    EXPECT_EQ(c.changes(), 1);
    EXPECT_EQ(c.last_insert_id(), 1);
  });
  int rows = 0;
  db_.read([&](Connection& c) {
    c.query("SELECT * FROM v", {}, [&](const Row& row) {
      ++rows;
      EXPECT_TRUE(row.is_null(0));
      EXPECT_EQ(row.text(0), "");
      EXPECT_EQ(row.integer(0), 0);
      EXPECT_EQ(row.integer(1), INT64_MIN);
      EXPECT_FALSE(row.is_null(2));
      EXPECT_EQ(row.text(2), "");
      EXPECT_EQ(row.text(3), binary);
    });
  });
  EXPECT_EQ(rows, 1);
}

TEST_F(SqliteTest, FileIsPrivate) {
  insert("a");
  for (const char* name : {"state.db", "state.db-wal", "state.db-shm"}) {
    struct stat found;
    ASSERT_EQ(::stat((dir_ / name).c_str(), &found), 0) << name;
    EXPECT_EQ(found.st_mode & 0777, 0600u) << name;
  }
}

TEST_F(SqliteTest, FailedWorkIsUndoneAlone) {
  EXPECT_EQ(thrown_code([&] {
              db_.write([](Connection& c) {
                c.query("INSERT INTO item VALUES (?, ?)", {std::string("a"), nullptr});
                throw_not_found("thrown by a test");
              });
            }),
            "not_found");
  EXPECT_EQ(count(), 0);
  insert("b");
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteTest, UniqueViolationIsAlreadyExists) {
  insert("a");
  EXPECT_EQ(thrown_code([&] { insert("a"); }), "already_exists");
  EXPECT_EQ(thrown_code([&] {
              db_.write([](Connection& c) { c.query("INSERT INTO part VALUES ('no such')", {}); });
            }),
            "internal")
      << "foreign keys are enforced";
}

TEST_F(SqliteTest, BadSqlIsAnErrorWithSqlitesText) {
  auto read = [&](std::string sql, std::vector<Parameter> parameters) {
    return thrown_message([&] { db_.read([&](Connection& c) { c.query(sql, parameters); }); });
  };
  EXPECT_NE(read("SELECT missing_column", {}).find("no such column"), std::string::npos);
  EXPECT_NE(read("SELECT 1; SELECT 2", {}).find("exactly one"), std::string::npos);
  EXPECT_NE(read("", {}).find("exactly one"), std::string::npos);
  EXPECT_NE(read("SELECT ?", {}).find("parameters"), std::string::npos);
  EXPECT_NE(read("DELETE FROM item", {}).find("readonly"), std::string::npos) << "reads cannot write";
}

TEST_F(SqliteTest, ReadsSeeOneSnapshotAndDoNotWaitForWriters) {
  insert("a");
  db_.read([&](Connection& c) {
    auto rows = [&] {
      int64_t result = 0;
      c.query("SELECT count(*) FROM item", {}, [&](const Row& row) { result = row.integer(0); });
      return result;
    };
    EXPECT_EQ(rows(), 1);
    insert("b");
    EXPECT_EQ(rows(), 1);
    EXPECT_EQ(count(), 2) << "a read within a read is a newer one";
  });
  EXPECT_EQ(count(), 2);
}

TEST_F(SqliteTest, NestedQueriesOfTheSameTextWork) {
  insert("a");
  insert("b");
  int pairs = 0;
  db_.read([&](Connection& c) {
    c.query("SELECT name FROM item", {},
            [&](const Row&) { c.query("SELECT name FROM item", {}, [&](const Row&) { ++pairs; }); });
  });
  EXPECT_EQ(pairs, 4);
}

TEST_F(SqliteTest, ExceptionFromARowLeavesTheStatementUsable) {
  insert("a");
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(thrown_code([&] {
                db_.read([](Connection& c) {
                  c.query("SELECT name FROM item", {}, [](const Row&) { throw_invalid("thrown by a test"); });
                });
              }),
              "invalid_argument");
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteTest, WriteWithinWriteIsRefusedInsteadOfHanging) {
  EXPECT_EQ(thrown_code([&] { db_.write([&](Connection&) { insert("a"); }); }), "internal");
  EXPECT_EQ(count(), 0);
}

TEST_F(SqliteTest, WorkThatEndsTheTransactionIsAnError) {
  EXPECT_EQ(thrown_code([&] { db_.write([](Connection& c) { c.execute("COMMIT"); }); }), "internal");
  insert("a");
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteTest, ManyWritersAllSucceed) {
  constexpr int kThreads = 8, kEach = 50;
  insert("taken");
  std::atomic<int> refused = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        insert(std::to_string(t) + "." + std::to_string(i));
        refused += thrown_code([&] { insert("taken"); }) == "already_exists";
        count();
      }
    });
  threads.clear();
  EXPECT_EQ(refused, kThreads * kEach);
  EXPECT_EQ(count(), kThreads * kEach + 1);
}

TEST_F(SqliteTest, MigrationsRunOnceEachAndInOrder) {
  std::vector<std::string> steps = {"CREATE TABLE m (a)", "INSERT INTO m VALUES (1)"};
  db_.migrate("m", steps);
  db_.migrate("m", steps);
  steps.push_back("INSERT INTO m VALUES (2)");
  db_.migrate("m", steps);
  int64_t sum = 0;
  db_.read([&](Connection& c) {
    c.query("SELECT a FROM m", {}, [&](const Row& row) { sum = sum * 10 + row.integer(0); });
  });
  EXPECT_EQ(sum, 12);
  EXPECT_EQ(thrown_code([&] { db_.migrate("m", {"CREATE TABLE m (a)"}); }), "failed_precondition");
}

TEST_F(SqliteTest, FailedMigrationChangesNothing) {
  EXPECT_NE(thrown_code([&] { db_.migrate("f", {"CREATE TABLE f (a)", "nonsense"}); }), "no error");
  EXPECT_NO_THROW(db_.migrate("f", {"CREATE TABLE f (a)", "INSERT INTO f VALUES (1)"}));
}

TEST(Sqlite, DamagedFilesAreRefusedByName) {
  TempDir dir;
  write_file(dir / "garbage.db", std::string(8192, 'x'));
  EXPECT_NE(thrown_message([&] { Database db(dir / "garbage.db"); }).find(dir / "garbage.db"),
            std::string::npos);
  EXPECT_EQ(thrown_code([&] { Database db(dir / "garbage.db"); }), "internal");
  {
    Database db(dir / "db");
    db.migrate("t", {"CREATE TABLE t (a)"});
    db.write([](Connection& c) {
      for (int i = 0; i < 1000; ++i) c.query("INSERT INTO t VALUES (?)", {std::string(100, 'x')});
    });
  }
  Fd file = open_file(dir / "db", O_RDWR);
  std::string noise(20000, '\xee');
  ASSERT_EQ(::pwrite(file.get(), noise.data(), noise.size(), 8192), 20000);
  EXPECT_NE(thrown_message([&] { Database db(dir / "db"); }).find("is damaged"), std::string::npos);
}

TEST(Sqlite, MissingDirectoryIsAnError) {
  EXPECT_EQ(thrown_code([] { Database db("/no/such/directory/db"); }), "not_found");
}

TEST(SqliteCrash, DISABLED_Write) {
  Database db(test::crash_test_path());
  db.write([](Connection& c) { c.execute("INSERT INTO t VALUES (2)"); });
}

TEST(Sqlite, CrashKeepsWhatWasCommittedAndOnlyThat) {
  for (const auto& [point, expected] : {std::pair("db.before_commit", 1), std::pair("db.after_commit", 2)}) {
    TempDir dir;
    {
      Database db(dir / "db");
      db.write([](Connection& c) { c.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)"); });
    }
    ASSERT_EQ(test::signal_at_crash_point(point, "SqliteCrash.DISABLED_Write", dir / "db"), SIGKILL) << point;
    int64_t rows = 0;
    Database db(dir / "db");
    db.read([&](Connection& c) {
      c.query("SELECT count(*) FROM t", {}, [&](const Row& row) { rows = row.integer(0); });
    });
    EXPECT_EQ(rows, expected) << point;
  }
}

}  // namespace
}  // namespace rundlet::db
