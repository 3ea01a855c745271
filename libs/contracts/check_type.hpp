#pragma once
// Own types of checks: a definition in YAML that makes a new type without a release. A type is
// carried out by a built-in kind whose settings and target it fills in from parameters of its own:
//
//   name: elasticsearch
//   description: Health of an Elasticsearch cluster
//   kind: http
//   parameters:
//     min_nodes: {type: integer, default: 3, minimum: 1}
//     password: {type: secret}
//   target: "{{ target }}/_cluster/health"
//   settings:
//     username: monitor
//     password: "{{ password }}"
//     json:
//       - {path: $.number_of_nodes, op: ">=", value: "{{ min_nodes }}"}
//     extract:
//       - {metric: elasticsearch_nodes, json_path: $.number_of_nodes}
//
// {{ name }} stands for a parameter, or for the target that a check names; it is put in once, as it
// is. A text that is nothing but one parameter takes its type too. docs/check-types.md tells users.

#include "domain/check.hpp"

#include <functional>
#include <map>
#include <nlohmann/json.hpp>

namespace monitron::contracts {

struct CheckType {
  struct Parameter {
    enum class Kind { text, integer, boolean, secret };
    Kind kind = Kind::text;
    std::string description{};
    bool required = false;
    nlohmann::json preset{};  // its default; null: none
    std::optional<std::int64_t> minimum{};
    std::optional<std::int64_t> maximum{};
    std::vector<std::string> choices{};  // of a text
  };

  std::string name{};
  std::string description{};
  domain::CheckKind kind = domain::CheckKind::http;
  std::map<std::string, Parameter> parameters{};
  std::string target = "{{ target }}";
  nlohmann::json settings = nlohmann::json::object();  // of its kind, with placeholders
};

inline constexpr std::size_t kCheckTypeBytes = 64 << 10;

// Reads a definition and tries it with samples of its parameters: what it is wrong about, naming
// the member; empty problems: `into` is the type.
std::vector<domain::CheckProblem> parse_check_type(std::string_view yaml, CheckType& into);

// The parameters of a check of this type, as OpenAPI describes them; secrets are "writeOnly".
nlohmann::json schema_of(const CheckType& type);

// Fills `check` (its settings, its target and its type) from what the user gave: `parameters` is
// the object settings.<name>. Problems name those members; with none but of code "unknown" it is
// filled all the same.
std::vector<domain::CheckProblem> apply(const CheckType& type, const nlohmann::json& parameters,
                                        domain::CheckDefinition& check);
// The parameters complete with defaults, as they are stored.
nlohmann::json complete(const CheckType& type, const nlohmann::json& parameters);

using CheckTypes = std::map<std::string, CheckType>;

// How checks of this type, built in or own, are run; nullptr: nobody knows it.
const domain::KindInfo* kind_of(const CheckTypes& types, const std::string& type);

// Reads {"<type>": {…}} of a check whose `type` is set, be it a built-in kind or an own type, and
// says what is wrong with the whole check. A type nobody knows is a problem of "kind".
std::vector<domain::CheckProblem> read_settings(const CheckTypes& types,
                                                const nlohmann::json& settings,
                                                domain::CheckDefinition& check);
// The schema of the object settings.<type>; an empty object for a type nobody knows.
nlohmann::json settings_schema(const CheckTypes& types, const std::string& type);

// Calls `act` for each text that the schema calls "writeOnly" and that is not empty, with its place
// as a JSON pointer.
void for_each_secret(nlohmann::json& value, const nlohmann::json& schema,
                     const std::function<void(const std::string& place, std::string& text)>& act);

}  // namespace monitron::contracts
