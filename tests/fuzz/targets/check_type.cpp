// Own types of checks, in YAML.

#include "contracts/check_type.hpp"

#include "contracts/check_definition.hpp"
#include "fuzz.hpp"

MONITRON_FUZZ(check_type) {
  using namespace monitron;
  contracts::CheckType type;
  const auto problems = contracts::parse_check_type(bytes, type);
  for (const auto& problem : problems) {
    fuzz::must(!problem.code.empty() && !problem.message.empty(), "a problem without words");
  }
  if (!problems.empty()) return;
  fuzz::must(contracts::schema_of(type).is_object(), "a schema that is none");
  domain::CheckDefinition check;
  check.target = "https://example.org";
  const auto given = contracts::complete(type, nlohmann::json::object());
  if (!contracts::apply(type, given, check).empty()) return;
  fuzz::must(check.type == type.name && check.kind() == type.kind, "a check of another type");
  const auto json = contracts::check_to_json(check);
  const auto again = contracts::check_from_json(json, "");
  fuzz::must(again && contracts::check_to_json(*again) == json, "a check that cannot travel");
}
