// What a vertex does, as data. The words of each op, in one canonical text, are part of its cache key: see
// print.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "spec/digest.h"

namespace rundlet::builder::graph {

// The tree of an image. No inputs.
struct ImageOp {
  std::string reference;  // for people; not part of the key
  spec::Digest image_id;  // where to get it; not part of the key
  spec::Digest chain;     // what it is; empty for an image without layers
};

// The build context. No inputs. Its key is that of what others select from it.
struct ContextOp {};

// A file of the web. No inputs.
struct HttpOp {
  std::string file_name;  // what it is called where others select from; not part of the key
  std::string url;
  std::string checksum;  // "sha256:…", or empty
};

struct ExecMount {
  enum class Type { bind, cache, tmpfs, file };
  Type type = Type::bind;
  std::string target;  // absolute
  size_t input = 0;    // bind: which input, its tree being seen below `source`
  std::string source = "/";
  bool read_only = false;
  std::string id;  // cache
  std::string sharing = "shared";
  uint32_t mode = 0755, uid = 0, gid = 0;  // of a new cache
  uint64_t size = 0;                       // tmpfs, bytes; 0: no limit
  std::string content;                     // file: an executable script, seen read-only
};

// Runs a program in the tree of input 0; further inputs are bind mounts' sources.
struct ExecOp {
  std::vector<std::string> argv;
  std::vector<std::string> env;
  std::vector<std::string> hidden_env;  // proxies: given to the program, no part of the key
  std::string user, directory;
  std::string network;  // "default", "none", "host"
  std::vector<ExecMount> mounts;
  std::vector<std::string> extra_hosts;  // "name:address"
  int64_t shm_size = 0;                  // bytes, 0: docker's default
  int64_t memory = 0;                    // bytes, 0: no limit; not part of the key
};

// Puts files into the tree of input 0.
struct CopyOp {
  struct Source {
    size_t input = 0;  // index into the inputs; 0: `content` instead of a file
    std::string path;  // pattern below that tree's root; with content: the file's name
    std::string content;
    bool unpack = false;  // ADD: an archive is extracted instead
  };
  std::vector<Source> sources;
  std::string destination;  // absolute; a trailing slash means a directory
  std::string owner;        // "user[:group]" looked up in input 0; empty: as the source has it
  bool root_owner = false;  // with an empty owner: 0:0 whatever the source says
  std::optional<uint32_t> mode;
  bool add = false;  // for the messages
};

// Makes a directory and its missing parents in the tree of input 0.
struct MakeDirectoryOp {
  std::string path;
  std::string owner;  // "user[:group]", empty: root
};

using Op = std::variant<ImageOp, ContextOp, HttpOp, ExecOp, CopyOp, MakeDirectoryOp>;

}  // namespace rundlet::builder::graph
