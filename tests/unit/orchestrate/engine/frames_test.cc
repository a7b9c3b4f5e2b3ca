#include "orchestrate/engine/frames.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "orchestrate/engine/json_lines.h"

namespace rundlet::orchestrate {
namespace {

std::string frame(char stream, std::string_view data) {
  std::string text{
      stream, 0, 0, 0, 0, 0, static_cast<char>(data.size() >> 8), static_cast<char>(data.size() & 255)};
  return text.append(data);
}

}  // namespace

TEST(FrameDecoder, TakesFramesApartWhereverTheyAreCut) {
  std::string wire = frame(1, "out") + frame(2, "err") + frame(1, "") + frame(1, std::string(300, 'x'));
  for (size_t piece = 1; piece <= wire.size(); piece = piece * 2 + 1) {
    std::string out, err;
    FrameDecoder decoder([&](OutputStream stream, std::string_view data) {
      (stream == OutputStream::stderr_stream ? err : out) += data;
    });
    for (size_t at = 0; at < wire.size(); at += piece) decoder.feed(std::string_view(wire).substr(at, piece));
    EXPECT_EQ(out, "out" + std::string(300, 'x')) << piece;
    EXPECT_EQ(err, "err") << piece;
    EXPECT_TRUE(decoder.at_boundary());
  }
}

TEST(FrameDecoder, NoticesACutFrame) {
  FrameDecoder decoder([](OutputStream, std::string_view) {});
  decoder.feed(frame(1, "abc").substr(0, 9));
  EXPECT_FALSE(decoder.at_boundary());
}

TEST(FrameDecoder, RefusesWhatIsNotAFrame) {
  FrameDecoder decoder([](OutputStream, std::string_view) {});
  EXPECT_THROW(decoder.feed("plain terminal text"), Error);
}

TEST(FrameDecoder, ThrowsTheEnginesError) {
  FrameDecoder decoder([](OutputStream, std::string_view) { ADD_FAILURE(); });
  std::string wire = frame(3, "log driver failed");
  decoder.feed(wire.substr(0, 12));
  try {
    decoder.feed(wire.substr(12));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "error from daemon in stream: log driver failed");
  }
}

TEST(JsonLines, CutsLinesWhereverTheyArrive) {
  std::string wire = "{\"a\":1}\r\n\n{\"b\":2}\n{\"c\":3}";
  for (size_t piece = 1; piece <= wire.size(); ++piece) {
    std::vector<std::string> lines;
    JsonLines splitter([&](std::string_view line) { lines.emplace_back(line); });
    for (size_t at = 0; at < wire.size(); at += piece)
      splitter.feed(std::string_view(wire).substr(at, piece));
    splitter.finish();
    EXPECT_EQ(lines, (std::vector<std::string>{"{\"a\":1}", "{\"b\":2}", "{\"c\":3}"})) << piece;
  }
}

}  // namespace rundlet::orchestrate
