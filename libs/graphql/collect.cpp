#include "graphql/collect.hpp"

#include "graphql/values.hpp"

#include <set>
#include <unordered_map>

namespace monitron::graphql {

namespace {

class Collector {
 public:
  Collector(const Schema& schema, const Document& document, const TypeDefinition& object,
            const Json& variables)
      : schema_(schema), document_(document), object_(object), variables_(variables) {}

  void collect(const std::vector<Selection>& selections) {
    for (const auto& selection : selections) {
      if (!is_included(selection)) continue;
      switch (selection.kind) {
        case Selection::Kind::field:
          add(selection);
          break;
        case Selection::Kind::fragment_spread:
          spread(selection.name);
          break;
        case Selection::Kind::inline_fragment:
          if (applies(selection.type_condition)) collect(selection.selections);
          break;
      }
    }
  }

  std::vector<CollectedField> take() { return std::move(fields_); }

 private:
  bool condition(const Selection& selection, const char* directive, bool otherwise) const {
    const auto* found = find_named(selection.directives, directive);
    if (found == nullptr) return otherwise;
    const auto arguments = coerce_arguments(schema_, schema_.directive(directive)->arguments,
                                            found->arguments, variables_);
    // What is wrong with it was refused before; only null of a nullable variable gets here.
    return arguments ? arguments->at("if").get<bool>() : otherwise;
  }
  bool is_included(const Selection& selection) const {
    return !condition(selection, "skip", false) && condition(selection, "include", true);
  }

  void add(const Selection& selection) {
    const auto [found, is_new] = places_.emplace(selection.response_key(), fields_.size());
    if (is_new) fields_.push_back({selection.response_key()});
    fields_[found->second].selections.push_back(&selection);
  }

  void spread(const std::string& name) {
    const auto* fragment = document_.fragment(name);
    if (fragment == nullptr || !visited_.insert(fragment).second) return;
    if (applies(fragment->type_condition)) collect(fragment->selections);
  }

  bool applies(const std::string& type_condition) const {
    if (type_condition.empty()) return true;
    const auto* type = schema_.type(type_condition);
    return type != nullptr && schema_.is_possible(*type, object_.name);
  }

  const Schema& schema_;
  const Document& document_;
  const TypeDefinition& object_;
  const Json& variables_;
  std::set<const Fragment*> visited_;
  std::unordered_map<std::string_view, std::size_t> places_;
  std::vector<CollectedField> fields_;
};

}  // namespace

std::vector<CollectedField> collect_fields(const Schema& schema, const Document& document,
                                           const TypeDefinition& object, const SelectionSets& sets,
                                           const Json& variables) {
  Collector collector(schema, document, object, variables);
  for (const auto* set : sets) collector.collect(*set);
  return collector.take();
}

}  // namespace monitron::graphql
