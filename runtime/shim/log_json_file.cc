#include "runtime/shim/log_json_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace rundlet::runtime {
namespace {

constexpr size_t kPiece = 16 * 1024;       // docker's: a longer line is logged in pieces
constexpr size_t kKeepBuffer = 16 * 1024;  // memory that an idle container may keep

std::string numbered(const std::string& path, int number) {
  return number == 0 ? path : path + "." + std::to_string(number);
}

// stderr is BUNDLE/shim.log.
void complain(const char* what, int error) {
  ::dprintf(STDERR_FILENO, "log: %s: %s\n", what, std::strerror(error));
}

}  // namespace

std::unique_ptr<LogWriter> LogWriter::open(const LogSpec& spec) {
  if (spec.driver == "none") return nullptr;
  if (spec.driver != "json-file") throw_error(ErrorCode::unimplemented, "log driver " + spec.driver);
  return std::make_unique<JsonFileLog>(spec);
}

JsonFileLog::JsonFileLog(LogSpec spec) : spec_(std::move(spec)) {
  open();
}

void JsonFileLog::open() {
  file_ = open_file(spec_.path, O_WRONLY | O_CREAT | O_APPEND, 0640);
  struct stat status;
  if (::fstat(file_.get(), &status) < 0) throw_errno("stat " + spec_.path);
  size_ = status.st_size;
}

void JsonFileLog::take_lines(std::string& partial, Stream stream, std::string_view data) {
  while (!data.empty()) {
    size_t newline = data.find('\n');
    bool whole = newline != data.npos && partial.size() + newline <= kPiece;
    size_t take = whole ? newline + 1 : std::min(data.size(), kPiece - partial.size());
    std::string_view piece = data.substr(0, take);
    data.remove_prefix(take);
    bool complete = whole || partial.size() + take == kPiece;
    if (complete && partial.empty()) {
      append_log_entry(buffer_, piece, stream, time_);
      continue;
    }
    partial += piece;
    if (!complete) continue;
    append_log_entry(buffer_, partial, stream, time_);
    partial.clear();
  }
  if (partial.empty() && partial.capacity() > kKeepBuffer) partial.shrink_to_fit();
}

void JsonFileLog::write(Stream stream, std::string_view data) {
  time_ = format_rfc3339(now());
  take_lines(partial_[stream == Stream::err], stream, data);
  flush();
}

void JsonFileLog::finish(Stream stream) {
  std::string& partial = partial_[stream == Stream::err];
  if (partial.empty()) return;
  append_log_entry(buffer_, partial, stream, format_rfc3339(now()));
  partial.clear();
  flush();
}

// How much of the buffer, in whole entries, the file still has room for.
size_t JsonFileLog::fitting(std::string_view entries) const {
  int64_t room = spec_.max_size - size_;
  if (spec_.max_size <= 0 || static_cast<int64_t>(entries.size()) <= room) return entries.size();
  if (room <= 0) return 0;
  size_t end = entries.rfind('\n', static_cast<size_t>(room) - 1);
  return end == entries.npos ? 0 : end + 1;
}

void JsonFileLog::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    size_t part = fitting(rest);
    if (part == 0) {
      if (size_ > 0) rotate();
      part = std::max(fitting(rest), rest.find('\n') + 1);  // one that no file has room for gets its own
    }
    write_entries(rest.substr(0, part));
    rest.remove_prefix(part);
  }
  buffer_.clear();
  if (buffer_.capacity() > kKeepBuffer) buffer_.shrink_to_fit();
}

// A container must not stop because its log cannot be written: what the disk does not take is lost, and said
// once.
void JsonFileLog::write_entries(std::string_view entries) {
  while (!entries.empty()) {
    ssize_t written = ::write(file_.get(), entries.data(), entries.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      if (!failing_) complain("lines are lost", errno);
      failing_ = true;
      return;
    }
    failing_ = false;
    size_ += written;
    entries.remove_prefix(static_cast<size_t>(written));
  }
}

void JsonFileLog::rotate() {
  for (int number = spec_.max_file - 1; number > 0; --number) {
    std::string from = numbered(spec_.path, number - 1);
    if (::rename(from.c_str(), numbered(spec_.path, number).c_str()) < 0 && errno != ENOENT)
      complain("rotation", errno);
  }
  if (spec_.max_file <= 1 && ::ftruncate(file_.get(), 0) < 0) complain("rotation", errno);
  try {
    open();
  } catch (const Error& error) {
    complain(error.what(), error.errno_value());  // the old file is still open and takes the lines
    size_ = 0;
  }
}

}  // namespace rundlet::runtime
