#include "graphql/limits.hpp"

#include "graphql/values.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace monitron::graphql {

namespace {

bool is_introspection(std::string_view field) { return field == "__schema" || field == "__type"; }

RequestError refusal(const std::string& message, Location at) {
  return {.message = message, .locations = {at}, .code = "limits"};
}

struct Counts {
  int aliases = 0;
  int directives = 0;
  const Selection* introspection = nullptr;  // the first

  void count(const std::vector<Selection>& selections) {
    for (const auto& selection : selections) {
      if (!selection.alias.empty()) ++aliases;
      directives += static_cast<int>(selection.directives.size());
      if (introspection == nullptr && selection.kind == Selection::Kind::field &&
          is_introspection(selection.name)) {
        introspection = &selection;
      }
      count(selection.selections);
    }
  }
};

struct Measure {
  int depth = 0;
  int introspection_depth = 0;
  int introspection_lists = 0;
  double cost = 0;  // beyond all integers it is still larger than the limit

  void join(const Measure& other) {
    depth = std::max(depth, other.depth);
    introspection_depth = std::max(introspection_depth, other.introspection_depth);
    introspection_lists = std::max(introspection_lists, other.introspection_lists);
    cost += other.cost;
  }
};

class Measuring {
 public:
  Measuring(const Schema& schema, const Document& document, const Json& variables)
      : schema_(schema), document_(document), variables_(variables) {}

  Measure measure(const std::vector<Selection>& selections, const TypeDefinition& parent) {
    Measure all;
    for (const auto& selection : selections) {
      if (selection.kind == Selection::Kind::field) {
        all.join(field(selection, parent));
      } else if (selection.kind == Selection::Kind::fragment_spread) {
        all.join(fragment(*document_.fragment(selection.name)));
      } else {
        const auto* type =
            selection.type_condition.empty() ? &parent : schema_.type(selection.type_condition);
        all.join(measure(selection.selections, *type));
      }
    }
    return all;
  }

 private:
  // Each fragment once, however often it is spread.
  Measure fragment(const Fragment& fragment) {
    const auto known = fragments_.find(&fragment);
    if (known != fragments_.end()) return known->second;
    const auto made = measure(fragment.selections, *schema_.type(fragment.type_condition));
    return fragments_.emplace(&fragment, made).first->second;
  }

  Measure field(const Selection& selection, const TypeDefinition& parent) {
    const auto& definition = *schema_.field(parent, selection.name);
    auto made = measure(selection.selections, schema_.definition_of(definition.type));
    made.cost = definition.cost + page(definition, selection) * made.cost;
    if (is_reserved(parent.name) || is_introspection(selection.name)) {
      constexpr std::array kLists{"fields", "inputFields", "interfaces", "possibleTypes"};
      ++made.introspection_depth;
      if (std::find(kLists.begin(), kLists.end(), selection.name) != kLists.end()) {
        ++made.introspection_lists;
      }
    } else {
      ++made.depth;
    }
    return made;
  }

  double page(const FieldDefinition& definition, const Selection& selection) const {
    double page = 1;  // whatever is asked for: a resolver may take 0 or -1 for "all"
    for (const char* name : {"first", "last"}) {
      const auto* argument = find_named(definition.arguments, name);
      if (argument == nullptr) continue;
      // Null of a variable where none may be: the field fails, but the other argument counts.
      const auto value = coerce_arguments(schema_, {*argument}, selection.arguments, variables_);
      if (!value || !value->contains(name) || !value->at(name).is_number()) continue;
      page = std::max(page, value->at(name).get<double>());
    }
    return page;
  }

  const Schema& schema_;
  const Document& document_;
  const Json& variables_;
  std::unordered_map<const Fragment*, Measure> fragments_;
};

}  // namespace

std::vector<RequestError> beyond_limits(const Document& document, const Limits& limits) {
  Counts counts;
  for (const auto& operation : document.operations) {
    counts.directives += static_cast<int>(operation.directives.size());
    for (const auto& variable : operation.variables) {
      counts.directives += static_cast<int>(variable.directives.size());
    }
    counts.count(operation.selections);
  }
  for (const auto& fragment : document.fragments) {
    counts.directives += static_cast<int>(fragment.directives.size());
    counts.count(fragment.selections);
  }
  std::vector<RequestError> errors;
  if (counts.aliases > limits.aliases) {
    errors.push_back(
        refusal("More than " + std::to_string(limits.aliases) + " aliases.", Location{}));
  }
  if (counts.directives > limits.directives) {
    errors.push_back(
        refusal("More than " + std::to_string(limits.directives) + " directives.", Location{}));
  }
  if (!limits.introspection && counts.introspection != nullptr) {
    errors.push_back(refusal("Introspection is switched off.", counts.introspection->at));
  }
  return errors;
}

std::vector<RequestError> beyond_limits(const Schema& schema, const Document& document,
                                        const Operation& operation, const Json& variables,
                                        const Limits& limits) {
  const auto measure = Measuring(schema, document, variables)
                           .measure(operation.selections, *schema.root(operation.kind));
  std::vector<RequestError> errors;
  if (measure.depth > limits.depth) {
    errors.push_back(refusal("Fields are nested deeper than " + std::to_string(limits.depth) + ".",
                             operation.at));
  }
  if (measure.introspection_depth > limits.introspection_depth ||
      measure.introspection_lists > limits.introspection_lists) {
    errors.push_back(refusal("Introspection is nested too deep.", operation.at));
  }
  if (measure.cost > limits.cost) {
    errors.push_back(refusal("The cost of the operation is more than " +
                                 std::to_string(static_cast<std::int64_t>(limits.cost)) + ".",
                             operation.at));
  }
  return errors;
}

}  // namespace monitron::graphql
