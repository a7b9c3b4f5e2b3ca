#include "daemon/engine/names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <random>

#include "base/error.h"

namespace rundlet::daemon {
namespace {

constexpr std::array<const char*, 48> kAdjectives{
    "amber",  "bold",   "brave",   "bright", "brisk", "calm",   "candid", "clever", "cosy",   "crisp",  "deft",  "eager",
    "fair",   "fine",   "gentle",  "glad",   "grand", "happy",  "hardy",  "honest", "jolly",  "keen",   "kind",  "lively",
    "loyal",  "lucid",  "mellow",  "merry",  "mild",  "neat",   "nimble", "noble",  "patient", "placid", "proud", "quick",
    "quiet",  "ready",  "serene",  "sharp",  "snug",  "sober",  "solid",  "steady", "sunny",  "tidy",   "trusty", "wise"};
constexpr std::array<const char*, 48> kNouns{
    "adze",   "ale",    "anker",  "auger",   "barrel", "bevel",  "bung",  "butt",    "cask",   "cellar", "cider",  "cooper",
    "crate",  "croze",  "dowel",  "firkin",  "flagon", "froe",   "grain", "head",    "hogshead", "hoop",  "jointer", "keg",
    "kiln",   "lid",    "malt",   "mallet",  "mash",   "mead",   "oak",   "perry",   "pin",    "pipe",   "plane",  "porter",
    "puncheon", "rivet", "rundlet", "spigot", "spile",  "stave",  "stout", "tap",     "tierce", "tun",    "vat",    "wort"};

}  // namespace

std::string random_name() {
  static thread_local std::mt19937 engine{std::random_device{}()};
  auto pick = [](const auto& words) {
    return std::string(words[std::uniform_int_distribution<size_t>(0, words.size() - 1)(engine)]);
  };
  return pick(kAdjectives) + "_" + pick(kNouns);
}

std::string checked_name(const std::string& name) {
  std::string bare = name.starts_with('/') ? name.substr(1) : name;
  auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.' || c == '-'; };
  if (bare.size() >= 2 && std::isalnum(static_cast<unsigned char>(bare[0])) &&
      std::all_of(bare.begin(), bare.end(), allowed))
    return bare;
  throw_invalid("Invalid container name (" + name + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
}

}  // namespace rundlet::daemon
