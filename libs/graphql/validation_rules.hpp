#pragma once
// The parts of validation, in the order in which they run; included by them alone.

#include "graphql/validation.hpp"

#include <unordered_map>

namespace monitron::graphql {

// A variable where a value of some type is expected.
struct VariableUse {
  const Value* variable = nullptr;
  std::optional<Type> type{};  // nothing: the place itself is wrong, and was refused
  bool place_has_default = false;
};

// What an operation or a fragment itself says, without the fragments that it spreads.
struct Uses {
  std::vector<VariableUse> variables{};
  std::vector<const Fragment*> fragments{};
};

struct Validation {
  const Schema& schema;
  const Document& document;
  std::vector<RequestError> errors{};
  std::unordered_map<const Operation*, Uses> operations{};
  std::unordered_map<const Fragment*, Uses> fragments{};

  void refuse(std::string message, std::vector<Location> locations) {
    if (errors.size() == kMaxErrors) return;
    errors.push_back(
        {.message = std::move(message), .locations = std::move(locations), .code = "validation"});
  }

  // Those that an operation spreads, and those that they spread.
  std::vector<const Fragment*> reached_by(const Operation& operation) const;
};

void check_names(Validation& validation);       // 5.2.1, 5.2.2, 5.5.1.1: of operations, fragments
void check_selections(Validation& validation);  // 5.3, 5.4, 5.5, 5.7; fills in the uses
void check_spreads(Validation& validation);  // 5.5.1.4, 5.5.2.2, 5.2.3: cycles, unused, root fields
void check_variables(Validation& validation);  // 5.8
void check_merging(Validation& validation);    // 5.3.2

// 5.6: a literal, where a value of `type` is expected.
void check_value(Validation& validation, Uses& uses, const InputValue& place, const Value& value);
// Variables in a value about whose type nothing is known.
void note_variables(Uses& uses, const Value& value);

}  // namespace monitron::graphql
