#include "cli/format/table.h"

#include <gtest/gtest.h>

#include "cli/format/fields.h"
#include "cli/format/json.h"
#include "cli/format/list.h"

namespace rundlet::cli {
namespace {

TEST(Table, ColumnsAreAtLeastTenWideAndPaddedByThree) {
  EXPECT_EQ(align_columns("A\tB\tC\nlonger than ten\tx\ty\n"),
            "A                 B         C\nlonger than ten   x         y\n");
}

TEST(Table, WidthCountsCharacters) {
  EXPECT_EQ(align_columns("é…\tx\n"), "é…        x\n");
}

TEST(Table, LinesWithoutCellsEndAColumn) {
  EXPECT_EQ(align_columns("aaaaaaaaaaaa\tx\nplain\nb\ty\n"), "aaaaaaaaaaaa   x\nplain\nb         y\n");
  EXPECT_EQ(align_columns(""), "");
}

TEST(Table, Ellipsis) {
  EXPECT_EQ(ellipsis("short", 20), "short");
  EXPECT_EQ(ellipsis("\"sleep infinity and more\"", 10), "\"sleep in…");
  EXPECT_EQ(ellipsis("äöü", 2), "ä…");
}

TEST(List, TableJsonAndTemplates) {
  ListFormat format{"", "{{.ID}}\t{{.Names}}", "", {{"ID", "CONTAINER ID"}, {"Names", "NAMES"}}};
  std::vector<Row> rows = {{{{"ID", "abc"}, {"Names", "web"}}, {}}};
  EXPECT_EQ(format_list(format, rows), "CONTAINER ID   NAMES\nabc            web\n");
  EXPECT_EQ(format_list(format, {}), "CONTAINER ID   NAMES\n");
  format.quiet = "{{.ID}}";
  EXPECT_EQ(format_list(format, rows), "abc\n");
  format.format = "json";
  EXPECT_EQ(format_list(format, rows), "{\"ID\":\"abc\",\"Names\":\"web\"}\n");
  format.format = "table {{.Names}}\\t{{upper .ID}}";
  EXPECT_EQ(format_list(format, rows), "NAMES     CONTAINER ID\nweb       ABC\n");
  format.format = "{{.Names}}={{.ID}}";
  EXPECT_EQ(format_list(format, rows), "web=abc\n");
}

TEST(Fields, Ports) {
  using spec::docker_api::PortSummary;
  auto port = [](const char* ip, uint16_t inside, std::optional<uint16_t> outside, const char* type = "tcp") {
    return PortSummary{ip, inside, outside, type};
  };
  EXPECT_EQ(ports_text({}), "");
  EXPECT_EQ(ports_text({port("0.0.0.0", 80, 8080), port("::", 80, 8080)}),
            "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp");
  EXPECT_EQ(ports_text({port("", 82, {}), port("", 80, {}), port("", 81, {}), port("", 90, {})}),
            "80-82/tcp, 90/tcp");
  EXPECT_EQ(ports_text({port("0.0.0.0", 81, 81), port("0.0.0.0", 80, 80), port("", 53, {}, "udp")}),
            "53/udp, 0.0.0.0:80-81->80-81/tcp");
}

TEST(Fields, Ids) {
  EXPECT_EQ(short_id("sha256:0123456789abcdef"), "0123456789ab");
  EXPECT_EQ(short_id("<missing>"), "<missing>");
}

TEST(Json, IndentsAsGoDoes) {
  EXPECT_EQ(indent_json(R"([{"a":1,"b":[],"c":{},"d":["x, {y}",null]}])"),
            "[\n    {\n        \"a\": 1,\n        \"b\": [],\n        \"c\": {},\n        \"d\": [\n         "
            "   \"x, {y}\",\n"
            "            null\n        ]\n    }\n]");
  EXPECT_EQ(indent_json("[]"), "[]");
  EXPECT_EQ(indent_json(R"({"a":"q\"}"})"), "{\n    \"a\": \"q\\\"}\"\n}");
}

}  // namespace
}  // namespace rundlet::cli
