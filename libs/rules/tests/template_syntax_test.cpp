// Verdicts are those of Prometheus 2.42 (promtool check rules), which is asked too where it is.

#include "rules/template_syntax.hpp"

#include "rules/rule_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace monitron::rules {
namespace {

struct Case {
  const char* text;
  const char* complaint;  // empty: it is taken
};

const Case kCases[] = {
    {"", ""},
    {"plain } text }}", ""},
    {"{{ $labels.x }} {{ .Labels.a.b }} {{ .Value }} {{ . }}", ""},
    {"{{ if gt $value 500.0 }}very {{ else if eq 1 2 }}a{{ else }}b{{ end }}long", ""},
    {"{{- with $labels.x -}} {{ . }} {{- else }} none {{ end }}", ""},
    {"{{ range $i, $e := query \"up\" }}{{ $i }}{{ $e.Labels.job }}{{ break }}{{ end }}", ""},
    {"{{ range query `up` | sortByLabel \"a\" }}{{ continue }}{{ else }}none{{ end }}", ""},
    {"{{ $x := 1 }}{{ $x }}{{ $y = 2 }}{{ $y }}{{ $ }}", ""},
    {"{{ with query \"up\" }}{{ . | first | value | humanize }}{{ end }}", ""},
    {"{{ (query \"up\" | first).Value | printf \"%.2f\\n\" }}", ""},
    {"{{/* a\n b */}}{{- /* c */ -}}", ""},
    {"{{ define \"a\" }}{{ . }}{{ end }}{{ template \"a\" }}{{ template \"a\" $value }}", ""},
    {"{{ block \"a\" . }}{{ .Value }}{{ end }}", ""},
    {"{{ 0x1F }} {{ 1_000 }} {{ .5 }} {{ 1. }} {{ -1 }} {{ 1e+3 }} {{ 'a' }} {{ nil }}", ""},
    {"{{ . | }}", ""},
    {"{{ $value\n}}{{ `a\nb` }}{{ true }}{{ and 1 | or 2 }}", ""},
    {"{{ $externalURL }}{{ $externalLabels.a }}{{ stripPort \"a:1\" | stripDomain }}", ""},
    {"{{ $labels.x ", "unclosed action"},
    {"{{ $label.x }}", "undefined variable \"$label\""},
    {"{{$value|humanise}}", "function \"humanise\" not defined"},
    {"{{}}", "missing value for command"},
    {"{{if}}x{{end}}", "missing value for if"},
    {"{{if true}}x", "unexpected EOF"},
    {"x{{end}}", "unexpected {{end}}"},
    {"{{ else }}", "unexpected {{else}}"},
    {"{{if 1}}{{else}}{{else}}{{end}}", "expected end; found {{else}}"},
    {"{{ range query \"a\" }}{{ else if 2 }}{{ end }}", "unexpected <if> in else"},
    {"{{ end if }}", "unexpected <if> in end"},
    {"{{ break }}", "{{break}} outside {{range}}"},
    {"{{ range $e := query \"a\" }}{{ end }}{{ $e }}", "undefined variable \"$e\""},
    {"{{ 1 | 2 }}", "non executable command in pipeline stage 2"},
    {"{{ \"a\\q\" }}", "unknown escape sequence U+0071 'q'"},
    {"{{ \"a\nb\" }}", "unterminated quoted string"},
    {"{{ `a }}", "unterminated raw quoted string"},
    {"{{ 'a }}", "unterminated character constant"},
    {"{{ $value-}}", "bad character '-'"},
    {"{{ $labels[\"a\"] }}", "bad character '['"},
    {"{{ $value }", "unclosed action"},
    {"{{ ! }}", "unexpected \"!\" in command"},
    {"{{ $labels. }}", "unexpected <.> in operand"},
    {"{{ \"a\".b }}", "unexpected . after term \"\"a\"\""},
    {"{{ (1 }}", "unclosed left paren"},
    {"{{ ) }}", "unexpected right paren"},
    {"{{ /* a */ }}", "unexpected \"/\" in command"},
    {"{{/* a }}", "unclosed comment"},
    {"{{/* a */ }}", "comment ends before closing delimiter"},
    {"{{ $value , 1 }}", "too many declarations in command"},
    {"{{ range $a, $b, $c := 1 }}{{end}}", "too many declarations in range"},
    {"{{ range $a, 1 }}{{end}}", "range can only initialize variables"},
    {"{{ template }}", "unexpected \"}}\" in template clause"},
    {"{{define \"a\"}}{{$value}}{{end}}", "undefined variable \"$value\""},
    {"{{ if 1 }}{{ define \"a\" }}{{end}}{{end}}", "unexpected <define> in command"},
    {"{{ $x : 1 }}", "expected :="},
    {"{{ 5m }}", "bad number syntax: \"5\""},
};

TEST(TemplateSyntax, SaysWhatIsWrong) {
  for (const auto& one : kCases) EXPECT_EQ(template_complaint(one.text), one.complaint) << one.text;
}

TEST(TemplateSyntax, IsBounded) {
  std::string deep = "{{ ";
  for (int i = 0; i < 100'000; ++i) deep += "(";
  EXPECT_EQ(template_complaint(deep + "1" + std::string(100'000, ')') + "}}"), "nested too deeply");
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "{{if 1}}";
  EXPECT_EQ(template_complaint(nested), "nested too deeply");
}

TEST(TemplateSyntax, PromtoolComesToTheSameVerdicts) {
  if (std::system("promtool --version > /dev/null 2>&1") != 0) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "promtool is missing";
    GTEST_SKIP() << "promtool is not here";
  }
  const auto path = std::filesystem::temp_directory_path() /
                    ("monitron_template_" + std::to_string(::getpid()) + ".yml");
  for (const auto& one : kCases) {
    RuleFile file;
    file.groups.push_back({.name = "a"});
    file.groups[0].rules.push_back(
        {.alert = "A", .expr = "up", .annotations = {{"text", one.text}}});
    std::ofstream(path) << write_rule_file(file);
    const auto command = "promtool check rules " + path.string() + " > /dev/null 2>&1";
    EXPECT_EQ(std::system(command.c_str()) == 0, *one.complaint == '\0') << one.text;
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace monitron::rules
