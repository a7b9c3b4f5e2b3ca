// "--env", "--label" and their files.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rundlet::cli {

// "NAME=value" as it is; "NAME" takes its value from the caller's environment, or stays bare when it has
// none. Throws invalid_argument ("invalid environment variable: …").
std::string check_env(std::string_view text);
// Throws invalid_argument ("invalid label …").
std::string check_label(std::string_view text);

// Throws not_found in Go's words ("open x: no such file or directory").
std::string read_named_file(const std::string& path);

// Lines of an --env-file: "NAME=value", "NAME" (taken from the environment or dropped), comments.
std::vector<std::string> parse_env_file(std::string_view content, const std::string& file_name);
std::vector<std::string> parse_label_file(std::string_view content, const std::string& file_name);

// Files first, then single values, so that these win.
std::vector<std::string> collect_env(const std::vector<std::string>& files,
                                     const std::vector<std::string>& values);
std::map<std::string, std::string> collect_labels(const std::vector<std::string>& files,
                                                  const std::vector<std::string>& values);
// "a=b" and "a" (an empty value); the last of several wins.
std::map<std::string, std::string> to_map(const std::vector<std::string>& pairs);

}  // namespace rundlet::cli
