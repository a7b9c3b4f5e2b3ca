#include "image-store/layer_path.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::image_store {
namespace {

using Kind = LayerPath::Kind;

void expect(std::string_view text, Kind kind, const std::string& directory, const std::string& name) {
  LayerPath path = parse_layer_path(text);
  EXPECT_EQ(static_cast<int>(path.kind), static_cast<int>(kind)) << text;
  EXPECT_EQ(path.directory, directory) << text;
  EXPECT_EQ(path.name, name) << text;
}

TEST(LayerPath, NamesAreCleaned) {
  expect("etc/passwd", Kind::entry, "etc", "passwd");
  expect("./etc//passwd", Kind::entry, "etc", "passwd");
  expect("/etc/passwd", Kind::entry, "etc", "passwd");
  expect("etc/", Kind::entry, "", "etc");
  expect("./", Kind::root, "", "");
  expect("/", Kind::root, "", "");
  expect("a/..b", Kind::entry, "a", "..b");
}

TEST(LayerPath, WhiteoutsAreTold) {
  expect("a/.wh.b", Kind::whiteout, "a", "b");
  expect(".wh.b", Kind::whiteout, "", "b");
  expect("a/.wh..wh..opq", Kind::opaque, "a", "");
  expect(".wh..wh..opq", Kind::opaque, "", "");
  expect(".wh..wh.plnk", Kind::skipped, "", "");
  expect(".wh..wh.plnk/1.2", Kind::skipped, "", "");
  expect(".wh..wh.aufs", Kind::skipped, "", "");
}

TEST(LayerPath, HostileNamesAreRefused) {
  for (std::string_view text : {"../x", "a/../x", "a/..", "..", "/..", "", ".wh.", "a/.wh..", ".wh...",
                                ".wh.a/b", ".wh..wh..opq/x"}) {
    EXPECT_THROW(parse_layer_path(text), Error) << text;
  }
  EXPECT_THROW(parse_layer_path(std::string_view("a\0b", 3)), Error);
}

}  // namespace
}  // namespace rundlet::image_store
