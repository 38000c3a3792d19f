#include "cli/template.h"

#include "catch.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::cli;

namespace {

Value container() {
  Value value = Value::record({
      {"Id", "abc"},
      {"Names", std::vector<std::string>{"one", "two"}},
      {"State", Value::record({{"Running", true}, {"Pid", 42}, {"Health", Value()}})},
      {"Labels", Value(std::map<std::string, std::string>{{"b", "2"}, {"a.b", "1"}})},
      {"Mounts", Value::list({Value::record({{"Source", "/a"}}), Value::record({{"Source", "/b"}})})},
      {"Binds", Value::null_list()},
      {"Ports", Value::map({{"80/tcp", Value::list({Value::record({{"HostPort", "8080"}})})}, {"90/udp", Value()}})},
      {"Evil", "\x1b[31m"},
  });
  value.set_optional("Exposed", Value::null_map());
  value.set_optional("Check", {});
  value.set_optional("Signal", "");
  return value;
}

TemplateStyle style() {
  return {.prefix = "template parsing error: ", .unescape = false, .printable = true};
}

std::string apply(const std::string& text) { return Template(text, {}, style()).apply(container()); }

std::string failure(const std::string& text) {
  try {
    return "no failure, but: " + apply(text);
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("nested fields, indexes and JSON as Go prints them") {
  CHECK(apply("{{.State.Running}} {{.State.Pid}}") == "true 42");
  CHECK(apply("{{index .Names 1}}{{index .Labels \"a.b\"}}|{{index .Labels \"none\"}}|") == "two1||");
  CHECK(apply("{{(index .Mounts 0).Source}}") == "/a");
  CHECK(apply("{{(index (index .Ports \"80/tcp\") 0).HostPort}}") == "8080");
  CHECK(apply("{{json .Labels}}") == R"({"a.b":"1","b":"2"})");
  CHECK(apply("{{json .Binds}}{{.Binds}}{{len .Binds}}") == "null[]0");
  CHECK(apply("{{.Labels}} {{.Names}} {{.State.Health}}") == "map[a.b:1 b:2] [one two] <nil>");
  CHECK(apply("{{json .State}}") == R"({"Running":true,"Pid":42,"Health":null})");
  CHECK(apply("a\\tb") == "a\\tb");
}

TEST_CASE("if, else, and, or, not and comparisons choose") {
  CHECK(apply("{{if .State.Running}}up{{else}}down{{end}}") == "up");
  CHECK(apply("{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}") == "none");
  CHECK(apply("{{if eq .State.Pid 1}}a{{else if eq .State.Pid 41 42}}b{{else}}c{{end}}") == "b");
  CHECK(apply("{{if and .State.Running (gt .State.Pid 40) (not .Binds)}}yes{{end}}") == "yes");
  CHECK(apply("{{or .State.Health \"none\"}}") == "none");
  CHECK(apply("{{ne .Id \"abc\"}} {{lt 1 2}} {{ge 1 2}} {{eq nil .State.Health}}") == "false true false true");
}

TEST_CASE("range goes over lists and, by key, over maps; with and variables bind") {
  CHECK(apply("{{range .Mounts}}{{.Source}};{{end}}") == "/a;/b;");
  CHECK(apply("{{range $i, $m := .Mounts}}{{$i}}={{$m.Source}} {{end}}") == "0=/a 1=/b ");
  CHECK(apply("{{range $k, $v := .Labels}}{{$k}}:{{$v}},{{end}}") == "a.b:1,b:2,");
  CHECK(apply("{{range $p, $c := .Ports}}{{$p}}{{with $c}} {{(index . 0).HostPort}}{{end}};{{end}}") ==
        "80/tcp 8080;90/udp;");
  CHECK(apply("{{range .Binds}}x{{else}}none{{end}}") == "none");
  CHECK(apply("{{range .Names}}{{if eq . \"two\"}}{{break}}{{end}}{{.}}{{end}}") == "one");
  CHECK(apply("{{range .Names}}{{if eq . \"one\"}}{{continue}}{{end}}{{.}}{{end}}") == "two");
  CHECK(apply("{{$x := .Id}}{{range .Names}}{{$x}}{{$.Id}}{{end}}") == "abcabcabcabc");
  CHECK(apply("{{$x := 1}}{{range .Names}}{{$x = .}}{{end}}{{$x}}") == "two");
  CHECK(apply("{{- range .Names }}\n{{- println . }}{{ end -}}  ") == "one\ntwo\n");
  CHECK(apply("{{/* a comment */}}{{with .State}}{{.Pid}}{{end}}") == "42");
}

TEST_CASE("Docker's and Go's functions") {
  CHECK(apply("{{join .Names \", \"}}") == "one, two");
  CHECK(apply("{{.Names | json}} {{.Id | upper | printf \"%5s|%-5s|\" \"x\"}}") == "[\"one\",\"two\"]     x|ABC  |");
  CHECK(apply("{{printf \"%d %q %v %%\" .State.Pid .Id .Names}}") == "42 \"abc\" [one two] %");
  CHECK(apply("{{slice .Id 0 2}}{{len .Id}}{{pad .Id 1 1}}{{println}}") == "ab3 abc \n");
  CHECK(apply("{{print .State.Pid 1 .Id}}") == "42 1abc");
}

TEST_CASE("control characters of values are shown, and JSON has what is there") {
  CHECK(apply("{{.Evil}}") == "\\x1b[31m");
  CHECK(apply("{{json .Evil}}{{.Evil | json}}") == "\"\\u001b[31m\"\"\\u001b[31m\"");
  CHECK(apply("{{$x := .Evil}}{{$x}}{{with .Evil}}{{.}}{{end}}") == "\\x1b[31m\\x1b[31m");
}

TEST_CASE("what a template gets wrong is said as Docker says it") {
  CHECK(failure("{{.Foo}}") ==
        "template parsing error: template: :1:2: executing \"\" at <.Foo>: map has no entry for key \"Foo\"");
  CHECK(failure("{{.State.Health.Status}}") ==
        "template parsing error: template: :1:8: executing \"\" at <.State.Health.Status>: nil pointer evaluating "
        ".Status");
  CHECK(failure("{{index .Names 7}}").find("error calling index: index out of range: 7") != std::string::npos);
  for (const char* text :
       {"{{if}}x{{end}}", "{{if .Id}}", "{{end}}", "{{else}}", "{{range .Id}}{{end}}", "{{.Id.Foo}}", "{{$x}}",
        "{{range $a, $b, $c := .Names}}{{end}}", "{{define \"x\"}}{{end}}", "{{break}}", "{{eq 1 \"1\"}}", "{{.State.}}",
        "{{1.2.3}}", "{{1e}}", "{{0x}}", "{{--1}}", "{{99999999999999999999}}", "{{index .State.Pid 1}}", "{{len .State.Pid}}", "{{/* x}}",
        "{{if .Id}}{{else}}{{else}}{{end}}", "{{$x := 1", "{{slice .Id 3 1}}", "{{12x}}", "{{(.Id}}"}) {
    INFO(text);
    CHECK(failure(text).starts_with("template parsing error: "));
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "{{if .Id}}";
  CHECK(failure(deep).starts_with("template parsing error: "));
}

TEST_CASE("what is optional is there for templates, and in JSON only when it has something") {
  CHECK(apply("{{.Exposed}} {{.Check}} {{.Signal}}|") == "map[] <nil> |");
  CHECK(apply("{{json .Exposed}} {{json .Check}} {{json .Signal}}") == "null null \"\"");
  CHECK(apply("{{if .Check}}{{.Check.Status}}{{else}}none{{end}}") == "none");
  CHECK(apply("{{with .Check}}{{.Status}}{{else}}none{{end}}{{range $p, $_ := .Exposed}}{{$p}}{{end}}") == "none");
  CHECK(apply("{{len .Exposed}}{{index .Exposed \"80/tcp\"}}") == "0");
  CHECK(failure("{{.Check.Status}}").ends_with("nil pointer evaluating .Status"));
  CHECK(apply("{{json .}}").find("Exposed") == std::string::npos);

  Value value = Value::record({{"A", 1}});
  value.set_optional("B", "");
  CHECK(value.json() == R"({"A":1})");
  CHECK(value.indented_json() == "{\n    \"A\": 1\n}");
  value.set_optional("B", "x");
  CHECK(value.json() == R"({"A":1,"B":"x"})");
  CHECK(value.indented_json() == "{\n    \"A\": 1,\n    \"B\": \"x\"\n}");
  Value empty = Value::record();
  empty.set_optional("B", 0);
  CHECK(empty.json() == "{}");
  CHECK(empty.indented_json() == "{}");
}

TEST_CASE("what a map lacks has no value, and neither has anything in it") {
  CHECK(apply("{{.Labels.nosuch}} {{.Labels.b}}") == "<no value> 2");
  CHECK(apply("{{.Ports.nosuch.IPAddress}} {{.Ports.nosuch.a.b}}") == "<no value> <no value>");
  CHECK(apply("{{json .Labels.nosuch}}{{if .Labels.nosuch}}x{{end}}{{with .Labels.nosuch}}x{{end}}") == "null");
  CHECK(apply("{{$x := .Labels.nosuch}}{{$x}} {{$x.more}}") == "<no value> <no value>");
  CHECK(apply("{{or .Labels.nosuch \"other\"}} {{eq .Labels.b \"2\"}}") == "other true");
  CHECK(failure("{{.State.Nosuch}}").ends_with("map has no entry for key \"Nosuch\""));
}

TEST_CASE("printf has Go's verbs, flags, widths and precisions") {
  struct Row {
    const char *call, *text;
  };
  constexpr Row rows[] = {
      {R"("%.12s" "0123456789abcdef")", "0123456789ab"},
      {R"("%.5s|%-8.3s|%8.3s|" "abcdefgh" "abcdefgh" "abcdefgh")", "abcde|abc     |     abc|"},
      {R"("%6.2f|%-8.1f|%f|%+.0f" 1.5 2.25 0.5 3.0)", "  1.50|2.2     |0.500000|+3"},
      {R"("%e %.1E %g %G %v" 1500.0 1500.0 1.5 1e-7 1.25)", "1.500000e+03 1.5E+03 1.5 1E-07 1.25"},
      {R"("%06.2f|%06d|%-6d|%+d|% d" -1.5 -42 42 42 42)", "-01.50|-00042|42    |+42| 42"},
      {R"("%c%c|%q|%U" 65 228 65 8364)", "A\xc3\xa4|'A'|U+20AC"},
      {R"("%x %X %#x %b %o %O %#o %.4d %x %X" 255 255 255 5 8 8 8 42 "hi" "\xff")",
       "ff FF 0xff 101 10 0o10 010 0042 6869 786666"},
      {R"("%t %v %q %5t|" true false "a\"b" true)", "true false \"a\\\"b\"  true|"},
      {R"("%s %q %v %d" .Names .Names .Labels .Names)",
       R"([one two] ["one" "two"] map[a.b:1 b:2] [%!d(string=one) %!d(string=two)])"},
      {R"("%*d|%-*d|%.*f" 5 42 4 7 1 2.55)", "   42|7   |2.5"},
      {R"("%[2]s %[1]s" "a" "b")", "b a"},
      {R"("%T %T %T" 1 "x" true)", "int string bool"},
      {R"("%d" .Id)", "%!d(string=abc)"},
      {R"("%s|%t" 42 "x")", "%!s(int=42)|%!t(string=x)"},
      {R"("%s %v" .State.Health .State.Health)", "%!s(<nil>) <nil>"},
      {R"("%d %s" 1)", "1 %!s(MISSING)"},
      {R"("%d" 1 "b" 2.5)", "1%!(EXTRA string=b, float64=2.5)"},
      {R"("%z %" 1)", "%!z(int=1) %!(NOVERB)"},
      {R"("%[5]d %[1]*d" "x" 1)", "%!d(BADINDEX) %!(BADWIDTH)1"},
      {R"("100%%")", "100%"},
      {R"("%.3v|%5v|%+v" "abcdef" 1.5 .Mounts)", "abc|  1.5|[{Source:/a} {Source:/b}]"},
  };
  for (const Row& row : rows) {
    INFO(row.call);
    CHECK(apply(std::string("{{printf ") + row.call + "}}") == row.text);
  }
  CHECK(apply("{{printf \"%99999s\" \"x\"}}").size() == 1000);
  CHECK(apply("{{printf \"%c%c%c\" 27 155 10}}") == "\\x1b\\x9b\n");
  CHECK(apply("{{.Names | printf \"%d: %v\" 7}}") == "7: [one two]");
}

TEST_CASE("numbers have fractions, exponents, signs and bases") {
  CHECK(apply("{{1.5}} {{-0.25}} {{1e3}} {{2.0}} {{.5}} {{+7}} {{0x1F}} {{0b101}} {{1.5e-3}}") ==
        "1.5 -0.25 1000 2 0.5 7 31 5 0.0015");
  CHECK(apply("{{lt 1.5 2.5}} {{gt 1.5 2.5}} {{if 0.0}}x{{end}}") == "true false ");
}

TEST_CASE("html, js and urlquery escape") {
  CHECK(apply("{{html \"<a href='x'>&\\\"\"}}") == "&lt;a href=&#39;x&#39;&gt;&amp;&#34;");
  CHECK(apply("{{js \"it's <b>=\\n\"}}") == "it\\'s \\u003Cb\\u003E\\u003D\\u000A");
  CHECK(apply("{{urlquery \"a b&c=~/\\xc3\"}} {{.Id | urlquery}}") == "a+b%26c%3D~%2Fxc3 abc");
}
