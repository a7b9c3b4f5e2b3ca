#include "base/codec/sha256.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::codec {
namespace {

TEST(Sha256, MatchesTheStandardsExamples) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 hash;
  for (int i = 0; i < 1000; ++i) hash.update(std::string(1000, 'a'));
  EXPECT_EQ(hash.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, CanBeMoved) {
  Sha256 first;
  first.update("a");
  Sha256 second = std::move(first);
  second.update("bc");
  EXPECT_EQ(second.hex(), sha256_hex("abc"));
}

TEST(Base64, MatchesRfc4648) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xff\xfe\xfd", "//79"},
  };
  for (const auto& [data, text] : cases) {
    EXPECT_EQ(base64_encode(data), text);
    EXPECT_EQ(base64_decode(text), data);
  }
}

TEST(Base64, DecodesUnpaddedAndUrlSafe) {
  EXPECT_EQ(base64_decode("Zg"), "f");
  EXPECT_EQ(base64_decode("Zm8"), "fo");
  EXPECT_EQ(base64_decode("__79"), "\xff\xfe\xfd");
  EXPECT_EQ(base64_decode("-w"), "\xfb");
}

TEST(Base64, RoundTripsAllBytes) {
  std::string data;
  for (int i = 0; i < 1000; ++i) {
    data += static_cast<char>(i * 31);
    EXPECT_EQ(base64_decode(base64_encode(data)), data);
  }
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text :
       {"Z", "Zg=", "Zg===", "=", "==", "Zm9v=", "Zm 9v", "Zm9v\n", "Z*==", "====", "Zg==Zg=="})
    EXPECT_EQ(test::thrown_code([&] { base64_decode(text); }), "invalid_argument") << text;
}

}  // namespace
}  // namespace rundlet::codec
