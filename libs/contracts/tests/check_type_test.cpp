// M-006, M-112: a type of checks that a user defines.

#include "contracts/check_type.hpp"

#include "contracts/check_definition.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::contracts {
namespace {

using domain::CheckKind;
using nlohmann::json;

constexpr std::string_view kCluster = R"(
name: elasticsearch
description: Health of an Elasticsearch cluster
kind: http
parameters:
  min_nodes: {type: integer, default: 3, minimum: 1}
  user: {type: text, required: true}
  password: {type: secret}
target: "{{ target }}/_cluster/health"
settings:
  username: "{{ user }}"
  password: "{{ password }}"
  expected_status: [200]
  body_contains: "by {{ user }} of {{ target }}"
  json:
    - {path: $.status, op: "!=", value: red}
    - {path: $.number_of_nodes, op: ">=", value: "{{ min_nodes }}"}
  extract:
    - {metric: elasticsearch_nodes, json_path: $.number_of_nodes}
)";

std::string fields(const std::vector<domain::CheckProblem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += problem.field + ": " + problem.message + "\n";
  return text;
}

CheckType cluster() {
  CheckType type;
  EXPECT_EQ(fields(parse_check_type(kCluster, type)), "");
  return type;
}

domain::CheckDefinition check_at(std::string target) {
  domain::CheckDefinition check;
  check.id = CheckId::make();
  check.name = "cluster";
  check.target = std::move(target);
  return check;
}

// It could be neither stored nor sent.
TEST(CheckType, TextsAreUtf8WithoutNul) {
  for (const char* member : {"body: \"\\0\"", "body: \"a\xff\"", "\"a\\0b\": c"}) {
    CheckType type;
    const std::string yaml = "name: a\nkind: http\nsettings: {" + std::string(member) + "}\n";
    EXPECT_NE(fields(parse_check_type(yaml, type)).find("UTF-8"), std::string::npos) << member;
  }
}

TEST(CheckType, FillsTheSettingsOfItsKind) {
  auto check = check_at("http://es:9200");
  const json given = {{"user", "monitor"}, {"password", "s3cret"}};
  EXPECT_EQ(fields(apply(cluster(), given, check)), "");
  EXPECT_EQ(check.type, "elasticsearch");
  EXPECT_EQ(check.kind(), CheckKind::http);
  EXPECT_EQ(check.target, "http://es:9200/_cluster/health");
  const auto& http = check.as<domain::HttpSettings>();
  EXPECT_EQ(http.username, "monitor");
  EXPECT_EQ(http.password.text, "s3cret");
  EXPECT_EQ(http.expected_status, std::vector<std::string>{"200"});
  EXPECT_EQ(http.body_contains, "by monitor of http://es:9200");
  ASSERT_EQ(http.json.size(), 2U);
  EXPECT_EQ(http.json[1].value, "3");
}

TEST(CheckType, ProblemsNameTheParameter) {
  auto check = check_at("http://es:9200");
  const json given = {{"min_nodes", 0}, {"colour", "red"}};
  EXPECT_EQ(fields(apply(cluster(), given, check)),
            "settings.elasticsearch.colour: is not known\n"
            "settings.elasticsearch.min_nodes: must be at least 1\n"
            "settings.elasticsearch.user: is missing\n");
}

// What a user gives is text to the end: it is not filled in again.
// S-04.
TEST(CheckType, ValuesAreNotTemplates) {
  auto check = check_at("http://es:9200");
  const json given = {{"user", "{{ password }}"}, {"password", "s3cret"}};
  EXPECT_EQ(fields(apply(cluster(), given, check)), "");
  EXPECT_EQ(check.as<domain::HttpSettings>().username, "{{ password }}");
}

TEST(CheckType, ADefinitionIsTriedWhenItIsRead) {
  const auto problems_with = [](const std::string& text) {
    CheckType type;
    return fields(parse_check_type(text, type));
  };
  EXPECT_EQ(problems_with("name: http\nkind: http"), "name: is a built-in kind\n");
  EXPECT_EQ(problems_with("name: A\nkind: group"),
            "name: must begin with a-z and be of a-z, 0-9, _ and -\n"
            "kind: must be a built-in kind that a checker runs\n");
  EXPECT_EQ(problems_with("name: a\nkind: http\nsettings: {body_matches: '('}\ncolour: 1"),
            "colour: is not known\n");
  EXPECT_EQ(problems_with("name: a\nkind: http\nsettings: {body_matches: '{{ what }}'}"),
            "settings: {{ what }} is no parameter\n");
  EXPECT_EQ(problems_with("name: a\nkind: http\nsettings: {methd: GET}"),
            "settings.methd: is not known\n");
  EXPECT_TRUE(problems_with("name: [").starts_with(": is not YAML"));
  EXPECT_EQ(problems_with("name: a\nname: b"), ": has name twice\n");
}

// It would go to the target sealed, or be read by everybody who may read the definition.
// What checks name may be a part of what the kind asks for; and every kind can be the kind of one.
TEST(CheckType, TheTargetIsMadeOfWhatAChecksNames) {
  const std::pair<const char*, const char*> types[] = {
      {"kind: http\ntarget: 'https://{{ target }}:8443/health'", "https://a.example:8443/health"},
      {"kind: tcp\nparameters: {port: {type: integer, default: 1}}\ntarget: '{{ target }}:{{ port "
       "}}'",
       "a.example:1"},
      {"kind: dns\ntarget: '_sip.{{ target }}'\nsettings: {record_type: SRV}", "_sip.a.example"},
      {"kind: domain", "a.example"}};
  for (const auto& [definition, target] : types) {
    CheckType type;
    ASSERT_EQ(fields(parse_check_type("name: own\n" + std::string(definition), type)), "");
    auto check = check_at("a.example");
    check.interval = std::chrono::hours(24);
    EXPECT_EQ(fields(apply(type, complete(type, json::object()), check)), "");
    EXPECT_EQ(check.target, target);
  }
  CheckType type;
  EXPECT_EQ(fields(parse_check_type("name: own\nkind: http\ntarget: 'ftp://{{ target }}'", type)),
            "target: must be a URL of http or https, without user and password\n");
}

TEST(CheckType, ASecretIsTheWholeOfASecretMember) {
  const auto problems_with = [](const std::string& settings) {
    CheckType type;
    return fields(parse_check_type(
        "name: a\nkind: http\nparameters: {token: {type: secret}}\nsettings: " + settings, type));
  };
  EXPECT_EQ(problems_with("{bearer_token: '{{ token }}'}"), "");
  for (const char* bad :
       {"{headers: {Authorization: 'Token {{ token }}'}}", "{password: s3cret}",
        "{secret_headers: {X-Key: 'Token {{ token }}'}}", "{body: '{{ token }}'}"}) {
    EXPECT_TRUE(problems_with(bad).starts_with("settings: has a ")) << bad;
  }
}

TEST(CheckType, AliasesOfAliasesAreRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k == 0 ? "" : ", ") + before;
    bomb += "]\n";
  }
  CheckType type;
  EXPECT_EQ(fields(parse_check_type(bomb, type)), ": is nested too deeply or too large\n");
}

RC_GTEST_PROP(CheckType, AnyTextIsAnsweredNotFollowed, (const std::string& text)) {
  CheckType type;
  (void)parse_check_type(text, type);
  (void)parse_check_type(std::string(kCluster) + text, type);
}

TEST(CheckType, ItsSecretsAreFoundByItsSchema) {
  json parameters = {{"user", "monitor"}, {"password", "s3cret"}};
  for_each_secret(parameters, schema_of(cluster()),
                  [](const std::string& place, std::string& text) {
                    EXPECT_EQ(place, "/password");
                    text = "sealed";
                  });
  EXPECT_EQ(parameters["password"], "sealed");
}

TEST(CheckSettings, EveryKindSurvivesJsonWithItsDefaults) {
  for (const auto& info : domain::check_kinds()) {
    domain::CheckDefinition check;
    check.settings = domain::default_settings(info.kind);
    domain::CheckSettings read;
    const auto problems = read_check_settings(info.kind, check_settings_to_json(check), read);
    EXPECT_EQ(fields(problems), "") << info.name;
    EXPECT_EQ(read, check.settings) << info.name;
    EXPECT_EQ(check_settings_schema(info.kind)["type"], "object") << info.name;
  }
}

TEST(CheckSettings, EveryWrongMemberIsNamed) {
  domain::CheckSettings read;
  const json given = {{"http",
                       {{"method", 1},
                        {"colour", "red"},
                        {"max_redirects", 1.5},
                        {"json", {{{"path", true}}}},
                        {"tls", {{"verify", "yes"}, {"cipher", "x"}}}}},
                      {"tcp", json::object()}};
  EXPECT_EQ(fields(read_check_settings(CheckKind::http, given, read)),
            "settings.tcp: is not of this kind of check, whose settings are in settings.http\n"
            "settings.http.method: must be a text\n"
            "settings.http.json[0].path: must be a text\n"
            "settings.http.max_redirects: must be a whole number from 0 to 20\n"
            "settings.http.tls.verify: must be true or false\n"
            "settings.http.tls.cipher: is not known\n"
            "settings.http.colour: is not known\n");
}

TEST(CheckSettings, SecretsAreWriteOnly) {
  json settings = {{"password", "a"},
                   {"secret_headers", {{"x-key", "b"}}},
                   {"body", "c"},
                   {"tls", {{"client_key", "d"}}}};
  std::string found;
  for_each_secret(
      settings, check_settings_schema(CheckKind::http),
      [&](const std::string& place, std::string& text) { found += place + text + " "; });
  EXPECT_EQ(found, "/passworda /secret_headers/x-keyb /tls/client_keyd ");
}

}  // namespace
}  // namespace monitron::contracts
