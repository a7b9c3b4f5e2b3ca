// Case folders: an input file and, beside it, what comes out. UPDATE_GOLDEN=1 in the environment rewrites the
// latter.
#pragma once

#include <functional>
#include <string>

namespace rundlet::builder {

// tests/unit/builder/RELATIVE, found from where this test binary lies.
std::string case_directory(const std::string& relative);
// Runs `produce` (its Error becomes "error: MESSAGE") on every DIRECTORY/*SUFFIX and compares with
// *.expected.
void check_cases(const std::string& directory, const std::string& suffix,
                 const std::function<std::string(const std::string& content)>& produce);

}  // namespace rundlet::builder
