// One SQLite connection and its cached statements.
#include <sqlite3.h>

#include <unordered_map>

#include "base/db/sqlite.h"
#include "base/error.h"

namespace rundlet::db {
namespace {

constexpr int kBusyTimeoutMillis = 10'000;  // somebody may be looking with the sqlite3 program
constexpr size_t kMaxCachedStatements = 256;

struct StatementCloser {
  void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, StatementCloser>;

// Leaves a statement ready for its next use however its run ended.
struct Resetter {
  sqlite3_stmt* statement;
  ~Resetter() {
    ::sqlite3_reset(statement);
    ::sqlite3_clear_bindings(statement);
  }
};

bool is_unique_violation(int extended_code) {
  return extended_code == SQLITE_CONSTRAINT_UNIQUE || extended_code == SQLITE_CONSTRAINT_PRIMARYKEY ||
         extended_code == SQLITE_CONSTRAINT_ROWID;
}

bool is_damage(int extended_code) {
  int code = extended_code & 0xff;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

sqlite3_stmt* statement_of(void* row) {
  return static_cast<sqlite3_stmt*>(row);
}

}  // namespace

int64_t Row::integer(int column) const {
  return ::sqlite3_column_int64(statement_of(statement_), column);
}

std::string Row::text(int column) const {
  const void* data = ::sqlite3_column_blob(statement_of(statement_), column);
  int size = ::sqlite3_column_bytes(statement_of(statement_), column);
  return data == nullptr ? "" : std::string(static_cast<const char*>(data), static_cast<size_t>(size));
}

bool Row::is_null(int column) const {
  return ::sqlite3_column_type(statement_of(statement_), column) == SQLITE_NULL;
}

struct Connection::State {
  explicit State(std::string file) : path(std::move(file)) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (int code = ::sqlite3_open_v2(path.c_str(), &handle, flags, nullptr); code != SQLITE_OK) {
      std::string reason = ::sqlite3_errmsg(handle);
      ::sqlite3_close(handle);
      throw_error(ErrorCode::internal, "open database " + path + ": " + reason);
    }
    ::sqlite3_extended_result_codes(handle, 1);
    ::sqlite3_busy_timeout(handle, kBusyTimeoutMillis);
  }
  ~State() {
    statements.clear();
    ::sqlite3_close(handle);
  }
  State(const State&) = delete;

  [[noreturn]] void fail() const {
    int code = ::sqlite3_extended_errcode(handle);
    std::string reason = ::sqlite3_errmsg(handle);
    if (is_unique_violation(code)) throw_error(ErrorCode::already_exists, reason);
    throw_error(ErrorCode::internal,
                "database " + path + (is_damage(code) ? " is damaged: " : ": ") + reason);
  }
  Statement prepare(std::string_view sql) const {
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    int size = static_cast<int>(sql.size());
    if (::sqlite3_prepare_v2(handle, sql.data(), size, &statement, &tail) != SQLITE_OK) fail();
    Statement owner(statement);
    std::string_view rest = sql.substr(static_cast<size_t>(tail - sql.data()));
    if (!owner || rest.find_first_not_of(" \t\r\n;") != rest.npos)
      throw_error(ErrorCode::internal, "not exactly one SQL statement: " + std::string(sql));
    return owner;
  }
  // The cached statement; `own` keeps one that is not cached because the cached one is running (nested
  // queries).
  sqlite3_stmt* find(std::string_view sql, Statement& own) {
    if (statements.size() >= kMaxCachedStatements)
      std::erase_if(statements,
                    [](const auto& entry) { return ::sqlite3_stmt_busy(entry.second.get()) == 0; });
    auto found = statements.find(std::string(sql));
    if (found == statements.end()) found = statements.emplace(sql, prepare(sql)).first;
    if (::sqlite3_stmt_busy(found->second.get()) == 0) return found->second.get();
    own = prepare(sql);
    return own.get();
  }
  void bind(sqlite3_stmt* statement, const std::vector<Parameter>& parameters) const {
    if (::sqlite3_bind_parameter_count(statement) != static_cast<int>(parameters.size()))
      throw_error(ErrorCode::internal,
                  std::string("wrong number of parameters for ") + ::sqlite3_sql(statement));
    int index = 0;
    for (const Parameter& parameter : parameters) {
      ++index;
      int code = SQLITE_OK;
      if (const auto* text = std::get_if<std::string>(&parameter))
        code =
            ::sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
      else if (const auto* number = std::get_if<int64_t>(&parameter))
        code = ::sqlite3_bind_int64(statement, index, *number);
      else
        code = ::sqlite3_bind_null(statement, index);
      if (code != SQLITE_OK) fail();
    }
  }

  std::string path;
  sqlite3* handle = nullptr;
  std::unordered_map<std::string, Statement> statements;
};

Connection::Connection(const std::string& path) : state_(std::make_shared<State>(path)) {}

void Connection::query(std::string_view sql, const std::vector<Parameter>& parameters,
                       const std::function<void(const Row&)>& each_row) {
  Statement own;
  sqlite3_stmt* statement = state_->find(sql, own);
  Resetter resetter{statement};
  state_->bind(statement, parameters);
  for (;;) {
    int code = ::sqlite3_step(statement);
    if (code == SQLITE_DONE) return;
    if (code != SQLITE_ROW) state_->fail();
    if (each_row) each_row(Row(statement));
  }
}

void Connection::execute(std::string_view script) {
  if (::sqlite3_exec(state_->handle, std::string(script).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    state_->fail();
}

int64_t Connection::changes() const {
  return ::sqlite3_changes64(state_->handle);
}
int64_t Connection::last_insert_id() const {
  return ::sqlite3_last_insert_rowid(state_->handle);
}
bool Connection::in_transaction() const {
  return ::sqlite3_get_autocommit(state_->handle) == 0;
}

}  // namespace rundlet::db
