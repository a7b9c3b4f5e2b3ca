// COPY, ADD and WORKDIR.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/codec/sha256.h"
#include "base/error.h"
#include "base/fs/rooted_path.h"
#include "builder/convert/stage.h"
#include "spec/digest.h"

namespace rundlet::builder::convert {
namespace {

bool is_url(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

bool is_git(std::string_view text) {
  if (text.starts_with("git://") || text.starts_with("git@") || text.starts_with("ssh://")) return true;
  std::string_view path = text.substr(0, text.find_first_of("?#"));
  return is_url(text) && path.ends_with(".git");
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    bool encoded =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    result += encoded ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i];
    if (encoded) i += 2;
  }
  return result;
}

// The last part of the URL's path; "" when it has none.
std::string file_name_of(std::string_view url) {
  url = url.substr(url.find("://") + 3);
  url = url.substr(0, url.find_first_of("?#"));
  size_t slash = url.rfind('/');
  std::string name = slash == url.npos ? "" : percent_decoded(url.substr(slash + 1));
  bool plain = name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
  if (!plain || name == "." || name == "..")
    throw_invalid(fmt::format("cannot determine filename from url: {}", url));
  return name;
}

// A downloaded file's name is no pattern.
std::string literal_pattern(const std::string& name) {
  std::string result;
  for (char c : name) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

std::optional<uint32_t> parse_mode(const std::string& text) {
  if (text.empty()) return {};
  uint32_t mode = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > 07777) {
    throw_invalid(fmt::format(
        "invalid chmod parameter: '{}'. it should be octal string and between 0 and 07777", text));
  }
  return mode;
}

bool names_directory(std::string_view path) {
  return path == "." || path.ends_with('/') || path.ends_with("/.");
}

std::string history_text(const dockerfile::Copy& body, const graph::CopyOp& op) {
  std::string text = body.add ? "ADD" : "COPY";
  if (!body.from.empty()) text += " --from=" + body.from;
  if (!op.owner.empty()) text += " --chown=" + op.owner;
  if (op.mode) text += fmt::format(" --chmod={:o}", *op.mode);
  for (const std::string& source : body.sources) text += ' ' + source;
  for (const dockerfile::Heredoc& heredoc : body.heredocs) text += " <<" + heredoc.name;
  return text + ' ' + op.destination;
}

}  // namespace

std::string StageBuilder::copy_destination(const dockerfile::Copy& body, size_t sources) const {
  std::string text = expand(body.destination);
  if (text.empty()) throw_invalid("COPY requires a destination");
  std::string path = absolute(text);
  if (names_directory(text)) return path.ends_with('/') ? path : path + '/';
  if (sources > 1) {
    throw_invalid(
        fmt::format("When using {} with more than one source file, the destination must be a directory and "
                    "end with a /",
                    body.add ? "ADD" : "COPY"));
  }
  return path;
}

void StageBuilder::add_copy_sources(const dockerfile::Copy& body, graph::CopyOp& op,
                                    std::vector<graph::VertexPtr>& inputs) {
  size_t tree = 0;  // the input that plain sources come from
  for (const std::string& source : expand_list(body.sources)) {
    if (body.add && is_git(source))
      throw_invalid(fmt::format("ADD of a git repository is not supported: {}", source));
    if (body.add && is_url(source)) {
      std::string name = file_name_of(source);
      bool into = op.destination.ends_with('/');
      if (name.empty() && into) throw_invalid(fmt::format("cannot determine filename for source {}", source));
      if (name.empty()) name = "download";
      graph::HttpOp http{name, source, expand(body.checksum)};
      inputs.push_back(
          std::make_shared<graph::Vertex>(graph::Vertex{http, {}, state_.platform, current_->text}));
      op.sources.push_back({inputs.size() - 1, literal_pattern(name), "", false});
      continue;
    }
    if (!body.checksum.empty()) throw_invalid("checksum can't be specified for non-HTTP sources");
    if (tree == 0) {
      inputs.push_back(body.from.empty() ? trees_.context()
                                         : trees_.tree(body.from, index_, state_.platform));
      tree = inputs.size() - 1;
    }
    std::string path = fs::clean_path("/" + source);
    op.sources.push_back({tree, path == "/" ? "." : path.substr(1), "", body.add});
  }
  for (const dockerfile::Heredoc& heredoc : body.heredocs) {
    op.sources.push_back({0, heredoc.name, expand_heredoc(heredoc), false});
  }
}

void StageBuilder::run(const dockerfile::Copy& body) {
  if (body.from.find('$') != std::string::npos) {
    throw_invalid("'from' doesn't support variable expansion, define alias stage instead");
  }
  if (!body.checksum.empty()) spec::Digest::parse(expand(body.checksum));
  graph::CopyOp op;
  op.add = body.add;
  op.destination = copy_destination(body, body.sources.size() + body.heredocs.size());
  op.owner = expand(body.chown);
  op.root_owner = op.owner.empty() && body.from.empty();
  op.mode = parse_mode(expand(body.chmod));
  std::vector<graph::VertexPtr> inputs = {state_.tree};
  add_copy_sources(body, op, inputs);
  std::string created_by = history_text(body, op);
  add_layer(std::move(op), std::move(inputs), created_by);
}

void StageBuilder::run(const dockerfile::Workdir& body) {
  std::string path = expand(body.path);
  if (path.empty()) throw_invalid("WORKDIR requires a path");
  config().working_dir = absolute(path);
  std::string created_by = "WORKDIR " + config().working_dir;
  if (config().working_dir == "/") {
    add_configuration(created_by);
  } else {
    add_layer(graph::MakeDirectoryOp{config().working_dir, config().user}, {state_.tree}, created_by);
  }
}

}  // namespace rundlet::builder::convert
