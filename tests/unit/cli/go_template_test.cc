#include "cli/format/go_template.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::cli {
namespace {

constexpr char kData[] =
    R"({"Id":"sha256:abc","Name":"/web","State":{"Running":true,"ExitCode":0,"Health":null},
  "Args":["-c","ls"],"Labels":{"b":"2","a":"1"},"Empty":{},"Size":1234567,"Ratio":0.5,
  "Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"443/tcp":null}})";

std::string render(const char* text) {
  try {
    return GoTemplate(text).render(kData);
  } catch (const Error& e) {
    return "error: " + e.message();
  }
}

TEST(GoTemplate, FieldsAndText) {
  EXPECT_EQ(render("plain"), "plain");
  EXPECT_EQ(render("{{.Name}} {{.State.ExitCode}}"), "/web 0");
  EXPECT_EQ(render("{{.ID}}"), "sha256:abc");  // Go's field is ID where JSON says Id
  EXPECT_EQ(render("{{.State.Health}}"), "<no value>");
  EXPECT_EQ(render("{{.Args}} {{.Labels}} {{.Empty}}"), "[-c ls] map[a:1 b:2] map[]");
  EXPECT_EQ(render("{{.Ratio}}|{{.Size}}|{{true}}|{{\"q\"}}|{{`r`}}|{{3}}|{{-2}}"),
            "0.5|1234567|true|q|r|3|-2");
}

TEST(GoTemplate, Errors) {
  EXPECT_EQ(render("{{.Foo}}"),
            "error: template: :1:2: executing \"\" at <.Foo>: map has no entry for key \"Foo\"");
  EXPECT_EQ(render("{{.State.Foo}}"),
            "error: template: :1:8: executing \"\" at <.State.Foo>: map has no entry for key \"Foo\"");
  EXPECT_EQ(render("{{.Name"), "error: template parsing error: template: :1: unclosed action");
  EXPECT_EQ(render("{{if .Name}}x"), "error: template parsing error: template: :1: unexpected EOF");
  EXPECT_EQ(render("{{end}}"), "error: template parsing error: template: :1: unexpected {{end}}");
  EXPECT_EQ(render("{{nope .}}"),
            "error: template parsing error: template: :1: function \"nope\" not defined");
  EXPECT_EQ(render("{{}}"), "error: template parsing error: template: :1: missing value for command");
  EXPECT_NE(render("{{define \"x\"}}{{end}}").find("not supported"), std::string::npos);
  EXPECT_NE(render("{{.Name.Foo}}").find("can't evaluate field Foo"), std::string::npos);
  EXPECT_NE(render("{{\"a}}").find("unterminated quoted string"), std::string::npos);
}

TEST(GoTemplate, Conditions) {
  EXPECT_EQ(render("{{if .State.Running}}up{{else}}down{{end}}"), "up");
  EXPECT_EQ(render("{{if .State.Health}}h{{else if .Empty}}e{{else}}none{{end}}"), "none");
  EXPECT_EQ(render("{{with .State}}{{.ExitCode}}{{else}}x{{end}}"), "0");
  EXPECT_EQ(render("{{with .Empty}}a{{else}}{{.Name}}{{end}}"), "/web");
  EXPECT_EQ(render("{{if and .State.Running (eq .Name \"/web\") (not .Empty)}}y{{end}}"), "y");
  EXPECT_EQ(render("{{if or .Empty .State.Health \"\"}}y{{else}}n{{end}}"), "n");
  EXPECT_EQ(render("{{eq .State.ExitCode 1 0}} {{ne 1 2}} {{lt 1 2}} {{ge \"a\" \"b\"}}"),
            "true true true false");
  EXPECT_NE(render("{{eq .Name 1}}").find("incompatible types"), std::string::npos);
}

TEST(GoTemplate, Ranges) {
  EXPECT_EQ(render("{{range .Args}}<{{.}}>{{end}}"), "<-c><ls>");
  EXPECT_EQ(render("{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}"), "a=1;b=2;");
  EXPECT_EQ(render("{{range $i, $a := .Args}}{{if $i}},{{end}}{{$a}}{{end}}"), "-c,ls");
  EXPECT_EQ(render("{{range .Empty}}x{{else}}none{{end}}"), "none");
  EXPECT_EQ(render("{{range .Args}}{{.}}{{break}}{{end}}"), "-c");
  EXPECT_EQ(render("{{range $p, $c := .Ports}}{{$p}}>{{range $c}}{{.HostPort}}{{end}} {{end}}"),
            "443/tcp> 80/tcp>8080 ");
  EXPECT_EQ(render("{{range .Args}}{{$.Name}}{{end}}"), "/web/web");
}

TEST(GoTemplate, VariablesTrimsComments) {
  EXPECT_EQ(render("{{$x := .Name}}{{$x}}{{$x = \"b\"}}{{$x}}"), "/webb");
  EXPECT_EQ(render("a {{- /* no */ -}} b"), "ab");
  EXPECT_EQ(render("a  {{- .Name -}}  b"), "a/webb");
  EXPECT_EQ(render("{{if true}}{{$y := 1}}{{end}}{{$y}}"),
            "error: template parsing error: template: undefined variable \"$y\"");
}

TEST(GoTemplate, Functions) {
  EXPECT_EQ(render("{{json .Args}} {{json .State}}"),
            R"(["-c","ls"] {"Running":true,"ExitCode":0,"Health":null})");
  EXPECT_EQ(render("{{.Name | upper | printf \"%s!\"}}"), "/WEB!");
  EXPECT_EQ(render("{{join .Args \",\"}} {{index (split .Id \":\") 1}} {{title \"ab cd\"}} {{lower \"AB\"}}"),
            "-c,ls abc Ab Cd ab");
  EXPECT_EQ(
      render(
          "{{index .Labels \"a\"}}|{{index .Labels \"zz\"}}|{{index .Args 1}}|{{index .State.Health \"x\"}}"),
      "1||ls|");
  EXPECT_EQ(render("{{(index (index .Ports \"80/tcp\") 0).HostPort}}"), "8080");
  EXPECT_EQ(render("{{len .Args}} {{slice .Id 7 9}} {{truncate .Id 3}} {{pad \"x\" 1 2}}|"),
            "2 ab sha  x  |");
  EXPECT_EQ(render("{{println .Name 1}}{{print 1 2 \"a\" \"b\" 3}}"), "/web 1\n1 2ab3");
  EXPECT_NE(render("{{index .Args 5}}").find("index out of range: 5"), std::string::npos);
}

TEST(GoTemplate, Printf) {
  EXPECT_EQ(
      render(R"({{printf "%-6s|%6s|%q|%d|%05d|%x|%v|%t|%.2f|%%" "ab" "cd" "e" 7 42 255 .Args true 1.5}})"),
      "ab    |    cd|\"e\"|7|00042|ff|[-c ls]|true|1.50|%");
  EXPECT_EQ(render(R"({{printf "%d" "x"}} {{printf "%s"}} {{printf "a" 1}})"),
            "%!d(string=x) %!s(MISSING) a%!(EXTRA int=1)");
}

TEST(GoTemplate, LabelsOfRows) {
  EXPECT_EQ(GoTemplate("{{.Label \"a.b\"}}|{{.Label \"none\"}}").render({"{}", {{"a.b", "v"}}}), "v|");
}

TEST(GoTemplate, Headings) {
  std::map<std::string, std::string> headers = {{"ID", "CONTAINER ID"}, {"Names", "NAMES"}};
  EXPECT_EQ(GoTemplate("{{.ID}}\t{{upper .Names}}\t{{json .ID}}\t{{.Label \"x\"}}").render_header(headers),
            "CONTAINER ID\tNAMES\tCONTAINER ID\tx");
}

}  // namespace
}  // namespace rundlet::cli
