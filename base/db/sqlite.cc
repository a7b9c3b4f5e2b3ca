#include "base/db/sqlite.h"

#include <fcntl.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/fs/atomic_file.h"

namespace rundlet::db {
namespace {

constexpr size_t kIdleReaders = 4;

// SQLite would create it readable to all; its -wal and -shm files take over the mode.
void create_if_missing(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) return;
  if (fd < 0) throw_errno("create database " + path);
  ::close(fd);
  size_t slash = path.rfind('/');
  fs::fsync_directory(slash == path.npos ? "." : path.substr(0, slash + 1));
}

std::string single_text(Connection& connection, std::string_view sql) {
  std::string text;
  connection.query(sql, {}, [&](const Row& row) { text = row.text(0); });
  return text;
}

void prepare_writer(Connection& connection, const std::string& path) {
  if (std::string found = single_text(connection, "PRAGMA quick_check(1)"); found != "ok")
    throw_error(ErrorCode::internal, "database " + path + " is damaged: " + found);
  if (std::string mode = single_text(connection, "PRAGMA journal_mode = WAL"); mode != "wal")
    throw_error(ErrorCode::internal, "database " + path + ": no write-ahead log, journal mode is " + mode);
  connection.execute(
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 16777216");
}

// Somebody's write, on the stack of the thread that waits for it.
struct Job {
  const std::function<void(Connection&)>* work;
  std::exception_ptr error;
  bool done = false;
};

}  // namespace

struct Database::State {
  explicit State(const std::string& file);
  ~State();

  void submit(Job& job);
  void run_writer();
  void run_batch(const std::deque<Job*>& batch);
  void run_jobs(const std::deque<Job*>& batch);
  void run_job(Job& job);
  void rollback();
  Connection take_reader();
  void end_read(Connection reader);

  std::string path;
  Connection writer;
  std::mutex mutex;
  std::condition_variable wake, finished;
  std::deque<Job*> queue;
  std::vector<Connection> readers;  // idle ones
  bool stopping = false;
  std::thread thread;
};

Database::State::State(const std::string& file) : path(file), writer((create_if_missing(file), file)) {
  prepare_writer(writer, path);
  thread = std::thread([this] { run_writer(); });
}

Database::State::~State() {
  {
    std::lock_guard lock(mutex);
    stopping = true;
  }
  wake.notify_all();
  thread.join();
}

void Database::State::submit(Job& job) {
  std::unique_lock lock(mutex);
  queue.push_back(&job);
  wake.notify_one();
  finished.wait(lock, [&] { return job.done; });
}

void Database::State::run_writer() {
  for (;;) {
    std::unique_lock lock(mutex);
    wake.wait(lock, [this] { return stopping || !queue.empty(); });
    if (queue.empty()) return;
    std::deque<Job*> batch;
    batch.swap(queue);
    lock.unlock();
    run_batch(batch);
    lock.lock();
    for (Job* job : batch) job->done = true;
    finished.notify_all();
  }
}

// All or nothing, but for jobs that failed by themselves: they were undone and have their own error.
void Database::State::run_batch(const std::deque<Job*>& batch) {
  try {
    writer.execute("BEGIN IMMEDIATE");
    run_jobs(batch);
    crash_point("db.before_commit");
    writer.execute("COMMIT");
    crash_point("db.after_commit");
  } catch (...) {
    for (Job* job : batch)
      if (!job->error) job->error = std::current_exception();
    rollback();
  }
}

void Database::State::run_jobs(const std::deque<Job*>& batch) {
  for (Job* job : batch) {
    run_job(*job);
    if (writer.in_transaction()) continue;
    if (job->error)
      std::rethrow_exception(job->error);  // a full disk or an I/O error ends the whole transaction
    throw_error(ErrorCode::internal, "database " + path + ": a write ended its own transaction");
  }
}

void Database::State::run_job(Job& job) {
  writer.execute("SAVEPOINT work");
  try {
    (*job.work)(writer);
  } catch (...) {
    job.error = std::current_exception();
    if (writer.in_transaction()) writer.execute("ROLLBACK TO work");
  }
  if (writer.in_transaction()) writer.execute("RELEASE work");
}

void Database::State::rollback() {
  try {
    if (writer.in_transaction()) writer.execute("ROLLBACK");
  } catch (const Error&) {
    // Every waiter has the first error already; the next BEGIN will say so if the connection is beyond use.
  }
}

Connection Database::State::take_reader() {
  {
    std::lock_guard lock(mutex);
    if (!readers.empty()) {
      Connection reader = std::move(readers.back());
      readers.pop_back();
      return reader;
    }
  }
  Connection reader(path);
  reader.execute("PRAGMA query_only = ON");
  return reader;
}

void Database::State::end_read(Connection reader) {
  reader.execute("ROLLBACK");
  std::lock_guard lock(mutex);
  if (readers.size() < kIdleReaders) readers.push_back(std::move(reader));
}

Database::Database(const std::string& path) : state_(std::make_unique<State>(path)) {}
Database::~Database() = default;

void Database::write(std::function<void(Connection&)> work) {
  if (std::this_thread::get_id() == state_->thread.get_id())
    throw_error(ErrorCode::internal, "a database write waits for itself");
  Job job{&work};
  state_->submit(job);
  if (job.error) std::rethrow_exception(job.error);
}

void Database::read(const std::function<void(Connection&)>& work) {
  Connection reader = state_->take_reader();
  reader.execute("BEGIN");
  try {
    work(reader);
  } catch (...) {
    state_->end_read(std::move(reader));
    throw;
  }
  state_->end_read(std::move(reader));
}

void Database::migrate(std::string_view module, const std::vector<std::string>& migrations) {
  std::string name(module);
  auto total = static_cast<int64_t>(migrations.size());
  write([&](Connection& connection) {
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migration (module TEXT PRIMARY KEY, done INTEGER NOT NULL)");
    int64_t done = 0;
    connection.query("SELECT done FROM migration WHERE module = ?", {name},
                     [&](const Row& row) { done = row.integer(0); });
    if (done > total)
      throw_error(ErrorCode::failed_precondition, "database " + state_->path + ": \"" + name +
                                                      "\" was written by a newer version of rundlet");
    for (int64_t next = done; next < total; ++next) connection.execute(migrations[static_cast<size_t>(next)]);
    connection.query("INSERT OR REPLACE INTO migration (module, done) VALUES (?, ?)", {name, total});
  });
}

}  // namespace rundlet::db
