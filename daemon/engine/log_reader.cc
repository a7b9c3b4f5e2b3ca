#include "daemon/engine/log_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/error.h"

namespace rundlet::daemon {
namespace {

constexpr size_t kChunk = 256 * 1024;

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// Takes `literal` off the front of text.
bool take(std::string_view& text, std::string_view literal) {
  if (!text.starts_with(literal)) return false;
  text.remove_prefix(literal.size());
  return true;
}

bool take_escape(std::string_view& text, std::string& out) {
  if (text.size() < 2) return false;
  char kind = text[1];
  text.remove_prefix(2);
  switch (kind) {
    case 'n':
      out += '\n';
      return true;
    case 't':
      out += '\t';
      return true;
    case 'r':
      out += '\r';
      return true;
    case 'b':
      out += '\b';
      return true;
    case 'f':
      out += '\f';
      return true;
    case '"':
    case '\\':
    case '/':
      out += kind;
      return true;
    case 'u':
      break;
    default:
      return false;
  }
  unsigned code = 0;
  if (text.size() < 4 || std::from_chars(text.data(), text.data() + 4, code, 16).ptr != text.data() + 4)
    return false;
  append_utf8(out, code);
  text.remove_prefix(4);
  return true;
}

// A JSON string after its opening quote, to behind the closing one.
bool take_string(std::string_view& text, std::string& out) {
  for (;;) {
    size_t plain = text.find_first_of("\"\\");
    if (plain == text.npos) return false;
    out.append(text, 0, plain);
    text.remove_prefix(plain);
    if (take(text, "\"")) return true;
    if (!take_escape(text, out)) return false;
  }
}

// Offset at which the last `lines` lines of the file begin, and how many there are up to `lines`.
std::pair<off_t, int64_t> find_tail(int fd, int64_t lines) {
  struct stat info;
  if (::fstat(fd, &info) < 0) throw_errno("stat log");
  off_t end = info.st_size;
  int64_t newlines = 0;
  std::string chunk(kChunk, '\0');
  for (off_t at = end; at > 0;) {
    off_t from = std::max<off_t>(0, at - static_cast<off_t>(kChunk));
    ssize_t n = ::pread(fd, chunk.data(), static_cast<size_t>(at - from), from);
    if (n < 0) throw_errno("read log");
    for (ssize_t i = n - 1; i >= 0; --i) {
      if (chunk[static_cast<size_t>(i)] != '\n') continue;
      if (from + i + 1 == end) continue;  // ends the last line
      if (++newlines == lines) return {from + i + 1, lines};
    }
    at = from;
  }
  return {0, end > 0 ? newlines + 1 : 0};
}

// Invalid when there is no such file.
Fd try_open(const std::string& name) {
  Fd file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno != ENOENT) throw_errno("open " + name);
  return file;
}

struct stat stat_of(int fd) {
  struct stat info;
  if (::fstat(fd, &info) < 0) throw_errno("stat log");
  return info;
}

bool same_file(int a, int b) {
  struct stat first = stat_of(a), second = stat_of(b);
  return first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

// With max-file=1 the shim begins the same file anew.
bool was_truncated(int fd) {
  return ::lseek(fd, 0, SEEK_CUR) > stat_of(fd).st_size;
}

}  // namespace

std::optional<LogLine> parse_log_line(std::string_view stored) {
  LogLine line;
  std::string stream, time;
  if (!take(stored, "{\"log\":\"") || !take_string(stored, line.text)) return std::nullopt;
  if (!take(stored, ",\"stream\":\"") || !take_string(stored, stream)) return std::nullopt;
  if (!take(stored, ",\"time\":\"") || !take_string(stored, time)) return std::nullopt;
  auto parsed = parse_rfc3339(time);
  if (!parsed) return std::nullopt;
  line.is_stderr = stream == "stderr";
  line.time = *parsed;
  return line;
}

LogReader::LogReader(std::string path, std::optional<int64_t> tail) : path_(std::move(path)) {
  inotify_ = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify_) throw_errno("inotify");
  open_files();
  watch_newest();
  if (tail) seek_tail(*tail);
}

std::string LogReader::name_of_age(int age) const {
  return age == 0 ? path_ : path_ + "." + std::to_string(age);
}

void LogReader::open_files() {
  std::vector<Fd> newest_first;
  for (int age = 0;; ++age) {
    Fd file = try_open(name_of_age(age));
    if (!file && age > 0) break;
    // A rotation between two opens shows a file once more under its next name.
    if (file && (newest_first.empty() || !same_file(file.get(), newest_first.back().get())))
      newest_first.push_back(std::move(file));
  }
  files_.assign(std::make_move_iterator(newest_first.rbegin()), std::make_move_iterator(newest_first.rend()));
}

// A log that does not exist yet is awaited in its directory.
void LogReader::watch_newest() {
  if (::inotify_add_watch(inotify_.get(), path_.c_str(), IN_MODIFY | IN_MOVE_SELF | IN_CLOSE_WRITE) >= 0)
    return;
  std::string directory = path_.substr(0, path_.rfind('/'));
  if (::inotify_add_watch(inotify_.get(), directory.c_str(), IN_CREATE) < 0 && errno != ENOENT)
    throw_errno("watch " + directory);
}

void LogReader::seek_tail(int64_t lines) {
  size_t file = files_.size();
  while (file > 0) {
    --file;
    auto [offset, found] = find_tail(files_[file].get(), lines);
    if (lines == 0) offset = ::lseek(files_[file].get(), 0, SEEK_END);
    if (::lseek(files_[file].get(), offset, SEEK_SET) < 0) throw_errno("seek log");
    lines -= found;
    if (lines <= 0) break;
  }
  current_ = file;
}

bool LogReader::fill() {
  if (current_ >= files_.size()) return false;
  int fd = files_[current_].get();
  if (was_truncated(fd)) {
    if (::lseek(fd, 0, SEEK_SET) < 0) throw_errno("seek log");
    buffer_.clear();
    position_ = 0;
  }
  buffer_.erase(0, position_);
  position_ = 0;
  size_t kept = buffer_.size();
  buffer_.resize(kept + kChunk);
  ssize_t n = ::read(fd, buffer_.data() + kept, kChunk);
  buffer_.resize(kept + static_cast<size_t>(std::max<ssize_t>(n, 0)));
  if (n < 0) throw_errno("read log");
  return n > 0;
}

// What follows the newest file that we have: the one that is now a rotation younger than it; the oldest that
// is left when ours has been rotated away. Invalid when ours is still the one written to.
Fd LogReader::open_successor() const {
  Fd younger;
  for (int age = 0;; ++age) {
    Fd file = try_open(name_of_age(age));
    if (!file) return younger;
    if (!files_.empty() && same_file(file.get(), files_.back().get())) return younger;
    younger = std::move(file);
  }
}

// At the end of a file: on to the next one, when there is one.
bool LogReader::advance() {
  if (current_ + 1 < files_.size()) {
    ++current_;
  } else {
    Fd successor = open_successor();
    if (!successor) return false;
    // Only now is it certain that nothing more is written to the present one: its last lines come first.
    if (fill()) return true;
    files_.clear();
    files_.push_back(std::move(successor));
    current_ = 0;
    watch_newest();
  }
  // What is left of a file that another one follows is a line that a crash cut off.
  buffer_.clear();
  position_ = 0;
  return true;
}

std::optional<LogLine> LogReader::next() {
  for (;;) {
    size_t end = buffer_.find('\n', position_);
    if (end != buffer_.npos) {
      auto line = parse_log_line(std::string_view(buffer_).substr(position_, end - position_));
      position_ = end + 1;
      if (line) return line;
    } else if (!fill() && !advance()) {
      return std::nullopt;
    }
  }
}

void LogReader::wait(int other_fd, int timeout_ms) {
  pollfd waiting[2] = {{inotify_.get(), POLLIN, 0}, {other_fd, POLLRDHUP, 0}};
  if (::poll(waiting, other_fd >= 0 ? 2 : 1, timeout_ms) < 0 && errno != EINTR) throw_errno("poll");
  char events[4096];
  while (::read(inotify_.get(), events, sizeof events) > 0) {
  }
}

}  // namespace rundlet::daemon
