// Whether fields that get into one place of the answer are the same there.
// https://spec.graphql.org/October2021/#sec-Field-Selection-Merging
//
// The specification compares each pair of fields, and the fields below each pair. Here each field
// is compared with the first one of its place, which is enough because sameness carries over, and
// what is below a place is joined and looked at once, in two ways:
//   shape: all fields of a place must be of alike types, whatever object they are asked of;
//   merge: those that may be asked of the same object must be the same field with the same
//   arguments.
// No recursion, no set of fields twice, and no more than kMaxFields fields in a document: sets that
// a few fragments combine in exponentially many ways are refused.

#include "graphql/validation_rules.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace monitron::graphql {

namespace {

constexpr std::size_t kMaxFields = 100'000;

struct MergedField {
  const Selection* selection = nullptr;
  const TypeDefinition* parent = nullptr;
  const FieldDefinition* definition = nullptr;
};
using Fields = std::vector<MergedField>;

enum class Way { shape, merge };

bool same_value(const Value& one, const Value& other) {
  const auto same_field = [](const ObjectField& a, const ObjectField& b) {
    return a.name == b.name && same_value(a.value, b.value);
  };
  return one.kind == other.kind && one.text == other.text &&
         std::equal(one.items.begin(), one.items.end(), other.items.begin(), other.items.end(),
                    same_value) &&
         std::equal(one.fields.begin(), one.fields.end(), other.fields.begin(), other.fields.end(),
                    same_field);
}

bool same_arguments(const Selection& one, const Selection& other) {
  if (one.arguments.size() != other.arguments.size()) return false;
  return std::all_of(one.arguments.begin(), one.arguments.end(), [&](const Argument& argument) {
    const auto* found = find_argument(other.arguments, argument.name);
    return found != nullptr && same_value(argument.value, found->value);
  });
}

class Merging {
 public:
  explicit Merging(Validation& validation) : validation_(validation) {}

  // False: it was too much, and nothing is looked at any more.
  bool check(const Operation& operation) {
    Fields fields;
    collect(fields, operation.selections, validation_.schema.root(operation.kind));
    look_at(Way::merge, fields);
    look_at(Way::shape, std::move(fields));
    while (!todo_.empty() && visited_ <= kMaxFields) {
      const auto [way, set] = std::move(todo_.front());
      todo_.pop_front();
      for (const auto& group : by_place(way, set)) compare(way, group);
    }
    if (visited_ <= kMaxFields) return true;
    validation_.refuse("Its fields can be merged in too many ways.", {operation.at});
    return false;
  }

 private:
  void collect(Fields& fields, const std::vector<Selection>& selections,
               const TypeDefinition* parent) {
    std::set<const Fragment*> seen;
    collect(fields, selections, parent, seen);
  }

  void collect(Fields& fields, const std::vector<Selection>& selections,
               const TypeDefinition* parent, std::set<const Fragment*>& seen) {
    if (parent == nullptr || visited_ > kMaxFields) return;
    for (const auto& selection : selections) {
      ++visited_;
      if (selection.kind == Selection::Kind::field) {
        const auto* definition = validation_.schema.field(*parent, selection.name);
        if (definition != nullptr) fields.push_back({&selection, parent, definition});
      } else if (selection.kind == Selection::Kind::inline_fragment) {
        const auto* type = selection.type_condition.empty()
                               ? parent
                               : validation_.schema.type(selection.type_condition);
        collect(fields, selection.selections, type, seen);
      } else if (const auto* fragment = validation_.document.fragment(selection.name)) {
        if (!seen.insert(fragment).second) continue;
        collect(fields, fragment->selections, validation_.schema.type(fragment->type_condition),
                seen);
      }
    }
  }

  void look_at(Way way, Fields fields) {
    std::vector<const Selection*> key;
    for (const auto& field : fields) key.push_back(field.selection);
    std::sort(key.begin(), key.end(), std::less<>());
    if (!key.empty() && seen_.emplace(way, std::move(key)).second) {
      todo_.emplace_back(way, std::move(fields));
    }
  }

  // Fields that must be alike in that way.
  static std::vector<Fields> by_place(Way way, const Fields& set) {
    std::map<std::string_view, Fields> places;
    for (const auto& field : set) places[field.selection->response_key()].push_back(field);
    std::vector<Fields> groups;
    for (auto& [key, fields] : places) {
      if (way == Way::shape) {
        groups.push_back(std::move(fields));
      } else {
        by_object(fields, groups);
      }
    }
    return groups;
  }

  // Fields of an object type, together with those that may be of any.
  static void by_object(const Fields& fields, std::vector<Fields>& groups) {
    std::map<const TypeDefinition*, Fields> objects;
    Fields of_any;
    for (const auto& field : fields) {
      (field.parent->is_abstract() ? of_any : objects[field.parent]).push_back(field);
    }
    if (objects.empty()) groups.push_back(of_any);
    for (auto& [object, own] : objects) {
      own.insert(own.end(), of_any.begin(), of_any.end());
      groups.push_back(std::move(own));
    }
  }

  void compare(Way way, const Fields& group) {
    const auto& first = group.front();
    Fields below;
    std::set<const Fragment*> seen;
    for (const auto& field : group) {
      ++visited_;
      if (way == Way::shape) {
        if (!same_shape(first, field)) conflict(first, field, "are of different types");
      } else if (first.selection->name != field.selection->name) {
        conflict(first, field, "are different fields");
      } else if (!same_arguments(*first.selection, *field.selection)) {
        conflict(first, field, "have different arguments");
      }
      const auto& type = validation_.schema.definition_of(field.definition->type);
      if (type.is_composite()) collect(below, field.selection->selections, &type, seen);
    }
    look_at(way, std::move(below));
  }

  bool same_shape(const MergedField& one, const MergedField& other) const {
    const auto& a = one.definition->type;
    const auto& b = other.definition->type;
    if (a.wrappers() != b.wrappers()) return false;
    const bool leaf = validation_.schema.definition_of(a).is_leaf() ||
                      validation_.schema.definition_of(b).is_leaf();
    return !leaf || a.name() == b.name();
  }

  void conflict(const MergedField& one, const MergedField& other, const char* how) {
    const auto pair = std::minmax(one.selection, other.selection, std::less<>());
    if (!reported_.insert(pair).second) return;
    validation_.refuse("Fields \"" + one.selection->response_key() + "\" " + how +
                           ": they need aliases of their own.",
                       {one.selection->at, other.selection->at});
  }

  Validation& validation_;
  std::size_t visited_ = 0;
  std::deque<std::pair<Way, Fields>> todo_;
  std::set<std::pair<Way, std::vector<const Selection*>>> seen_;
  std::set<std::pair<const Selection*, const Selection*>> reported_;
};

}  // namespace

void check_merging(Validation& validation) {
  Merging merging(validation);
  for (const auto& operation : validation.document.operations) {
    if (!merging.check(operation)) return;
  }
}

}  // namespace monitron::graphql
