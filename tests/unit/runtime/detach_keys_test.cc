#include "runtime/shim/detach_keys.h"

#include <gtest/gtest.h>

namespace rundlet::runtime {
namespace {

// What gets through when the input comes in these pieces; "|" marks the detach.
std::string filtered(const std::string& keys, const std::vector<std::string>& pieces) {
  DetachKeys detach(keys);
  std::string out;
  for (const std::string& piece : pieces) {
    DetachKeys::Filtered result = detach.filter(piece);
    out += result.data + (result.detached ? "|" : "");
  }
  return out;
}

TEST(DetachKeys, FindsTheSequenceAcrossReads) {
  EXPECT_EQ(filtered("pq", {"abpqcd"}), "ab|");
  EXPECT_EQ(filtered("pq", {"abp", "q"}), "ab|");
}

TEST(DetachKeys, GivesBackWhatTurnsOutToBeData) {
  EXPECT_EQ(filtered("pq", {"p", "x"}), "px");
  EXPECT_EQ(filtered("pq", {"pp", "q"}), "p|");
  EXPECT_EQ(filtered("aab", {"aaab"}), "a|");
  EXPECT_EQ(filtered("abac", {"ababac"}), "ab|");
}

TEST(DetachKeys, HoldsAPossibleBeginningBack) {
  EXPECT_EQ(filtered("pq", {"ap"}), "a");
}

TEST(DetachKeys, WithoutKeysEverythingPasses) {
  EXPECT_EQ(filtered("", {"p", "q"}), "pq");
}

}  // namespace
}  // namespace rundlet::runtime
