#include "cli/options/key_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/fd.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Name and, where there is one, value; nullopt for blank lines and comments.
std::optional<std::pair<std::string, std::optional<std::string>>> parse_line(std::string_view line,
                                                                             const std::string& file_name) {
  size_t start = line.find_first_not_of(" \t");
  if (start == line.npos || line[start] == '#') return std::nullopt;
  line.remove_prefix(start);
  auto pair = cut(line, '=');
  std::string name = pair ? pair->first : std::string(line);
  if (name.empty())
    throw_invalid(fmt::format("invalid env file ({}): no variable name on line '{}'", file_name, line));
  if (name.find_first_of(" \t") != name.npos)
    throw_invalid(fmt::format("invalid env file ({}): variable '{}' contains whitespaces", file_name, name));
  return std::pair{name, pair ? std::optional(pair->second) : std::nullopt};
}

std::vector<std::string> parse_file(std::string_view content, const std::string& file_name,
                                    bool from_environment) {
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  std::vector<std::string> out;
  for (std::string& line : split(content, '\n')) {
    if (line.ends_with('\r')) line.pop_back();
    auto parsed = parse_line(line, file_name);
    if (!parsed) continue;
    const char* inherited = from_environment ? std::getenv(parsed->first.c_str()) : nullptr;
    if (parsed->second) {
      out.push_back(parsed->first + "=" + *parsed->second);
    } else if (inherited) {
      out.push_back(parsed->first + "=" + inherited);
    } else if (!from_environment) {
      out.push_back(parsed->first);
    }
  }
  return out;
}

// A variable that is there already is replaced where it stands.
void set_variable(std::vector<std::string>& env, const std::string& assignment) {
  auto name = [](const std::string& text) { return std::string_view(text).substr(0, text.find('=')); };
  auto found = std::find_if(env.begin(), env.end(),
                            [&](const std::string& other) { return name(other) == name(assignment); });
  if (found == env.end()) {
    env.push_back(assignment);
  } else {
    *found = assignment;
  }
}

}  // namespace

std::string read_named_file(const std::string& path) {
  try {
    return read_file(path);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::not_found)
      throw_error(ErrorCode::not_found, fmt::format("open {}: no such file or directory", path));
    throw;
  }
}

std::string check_env(std::string_view text) {
  if (text.empty() || text[0] == '=') throw_invalid(fmt::format("invalid environment variable: {}", text));
  std::string name(text);
  if (text.find('=') != text.npos) return name;
  const char* value = std::getenv(name.c_str());
  return value ? name + "=" + value : name;
}

std::string check_label(std::string_view text) {
  if (trim(text.substr(0, text.find('='))).empty())
    throw_invalid(fmt::format("invalid label '{}': empty name", text));
  return std::string(text);
}

std::vector<std::string> parse_env_file(std::string_view content, const std::string& file_name) {
  return parse_file(content, file_name, true);
}

std::vector<std::string> parse_label_file(std::string_view content, const std::string& file_name) {
  return parse_file(content, file_name, false);
}

std::vector<std::string> collect_env(const std::vector<std::string>& files,
                                     const std::vector<std::string>& values) {
  std::vector<std::string> out;
  for (const std::string& file : files)
    for (const std::string& line : parse_env_file(read_named_file(file), file)) set_variable(out, line);
  for (const std::string& value : values) set_variable(out, value);
  return out;
}

std::map<std::string, std::string> collect_labels(const std::vector<std::string>& files,
                                                  const std::vector<std::string>& values) {
  std::vector<std::string> pairs;
  for (const std::string& file : files)
    for (std::string& line : parse_label_file(read_named_file(file), file)) pairs.push_back(std::move(line));
  pairs.insert(pairs.end(), values.begin(), values.end());
  return to_map(pairs);
}

std::map<std::string, std::string> to_map(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> out;
  for (const std::string& text : pairs) {
    auto pair = cut(text, '=');
    out[pair ? pair->first : text] = pair ? pair->second : "";
  }
  return out;
}

}  // namespace rundlet::cli
