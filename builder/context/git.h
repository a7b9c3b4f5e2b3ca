// Git repositories as build contexts: URL[#REF[:DIRECTORY]], fetched by the git program.
#pragma once

#include <string>
#include <string_view>

#include "base/cancel.h"

namespace rundlet::builder::context {

// docker's rule: git://, git@…, ssh://, github.com/…, and http(s) URLs whose path ends with ".git".
bool is_git_url(std::string_view url);

struct GitUrl {
  std::string repository, ref, directory;  // ref and directory may be empty
};
GitUrl parse_git_url(std::string_view url);

// Checks the ref out below `to` (empty, exists); returns the context's directory. Throws failed_precondition
// when there is no git, invalid_argument with what git says.
std::string clone(const std::string& url, const std::string& to, const Cancel& cancel);

}  // namespace rundlet::builder::context
