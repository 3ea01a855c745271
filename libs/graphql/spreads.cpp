// Fragments that spread themselves or are never spread, and what a subscription may ask for.

#include "graphql/validation_rules.hpp"

#include <set>

namespace monitron::graphql {

namespace {

class Cycles {
 public:
  explicit Cycles(Validation& validation) : validation_(validation) {}

  // Recurses through a chain of fragments, at most as deep as there are fragments.
  void visit(const Fragment& fragment) {
    if (!seen_.insert(&fragment).second) return;
    open_.insert(&fragment);
    for (const auto* spread : validation_.fragments.at(&fragment).fragments) {
      if (open_.count(spread) > 0) {
        validation_.refuse("Fragment \"" + spread->name + "\" spreads itself.",
                           {spread->at, fragment.at});
      } else {
        visit(*spread);
      }
    }
    open_.erase(&fragment);
  }

 private:
  Validation& validation_;
  std::set<const Fragment*> seen_;
  std::set<const Fragment*> open_;
};

// https://spec.graphql.org/October2021/#sec-Single-root-field
class RootFields {
 public:
  explicit RootFields(const Document& document) : document_(document) {}

  void collect(const std::vector<Selection>& selections) {
    for (const auto& selection : selections) {
      if (selection.kind == Selection::Kind::field) {
        keys_.insert(selection.response_key());
        is_introspection_ = is_introspection_ || is_reserved(selection.name);
      } else if (selection.kind == Selection::Kind::inline_fragment) {
        collect(selection.selections);
      } else if (const auto* fragment = document_.fragment(selection.name)) {
        if (seen_.insert(fragment).second) collect(fragment->selections);
      }
    }
  }

  bool is_one_event() const { return keys_.size() == 1 && !is_introspection_; }

 private:
  const Document& document_;
  std::set<std::string_view> keys_;
  std::set<const Fragment*> seen_;
  bool is_introspection_ = false;
};

}  // namespace

void check_spreads(Validation& validation) {
  Cycles cycles(validation);
  for (const auto& fragment : validation.document.fragments) cycles.visit(fragment);

  std::set<std::string_view> used;
  for (const auto& operation : validation.document.operations) {
    for (const auto* fragment : validation.reached_by(operation)) used.insert(fragment->name);
  }
  for (const auto& fragment : validation.document.fragments) {
    if (used.count(fragment.name) > 0) continue;
    validation.refuse("Fragment \"" + fragment.name + "\" is never used.", {fragment.at});
  }

  for (const auto& operation : validation.document.operations) {
    if (operation.kind != OperationKind::subscription) continue;
    RootFields fields(validation.document);
    fields.collect(operation.selections);
    if (fields.is_one_event()) continue;
    validation.refuse("A subscription must select one field of its own, and no introspection.",
                      {operation.at});
  }
}

}  // namespace monitron::graphql
