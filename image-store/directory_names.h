// What lies in a directory, by name.
#pragma once

#include <string>
#include <vector>

namespace rundlet::image_store {

// Without "." and "..", sorted byte-wise. Throws not_found when there is no such directory.
std::vector<std::string> names_in_directory(const std::string& path);
// The same of an open directory; the descriptor is borrowed.
std::vector<std::string> names_in_directory(int fd);

}  // namespace rundlet::image_store
