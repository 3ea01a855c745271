#include "graphql/validation_rules.hpp"

#include <set>

namespace monitron::graphql {

std::vector<RequestError> validate(const Schema& schema, const Document& document) {
  Validation validation{schema, document};
  check_names(validation);
  check_selections(validation);
  check_spreads(validation);
  check_variables(validation);
  check_merging(validation);
  return std::move(validation.errors);
}

std::vector<const Fragment*> Validation::reached_by(const Operation& operation) const {
  std::vector<const Fragment*> reached;
  std::set<const Fragment*> seen;
  const auto add = [&](const Uses& uses) {
    for (const auto* fragment : uses.fragments) {
      if (seen.insert(fragment).second) reached.push_back(fragment);
    }
  };
  add(operations.at(&operation));
  for (std::size_t i = 0; i < reached.size(); ++i) add(fragments.at(reached[i]));
  return reached;
}

void check_names(Validation& validation) {
  std::map<std::string_view, Location> operations;
  for (const auto& operation : validation.document.operations) {
    if (operation.name.empty()) {
      if (validation.document.operations.size() > 1) {
        validation.refuse("An operation without a name must be the only one.", {operation.at});
      }
      continue;
    }
    const auto [first, is_new] = operations.emplace(operation.name, operation.at);
    if (is_new) continue;
    validation.refuse("There is more than one operation named \"" + operation.name + "\".",
                      {first->second, operation.at});
  }
  for (const auto& fragment : validation.document.fragments) {
    const auto* first = validation.document.fragment(fragment.name);
    if (first == &fragment) continue;
    validation.refuse("There is more than one fragment named \"" + fragment.name + "\".",
                      {first->at, fragment.at});
  }
}

}  // namespace monitron::graphql
