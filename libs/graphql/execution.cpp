#include "graphql/execution.hpp"

#include "graphql/answer.hpp"
#include "graphql/collect.hpp"
#include "graphql/values.hpp"

namespace monitron::graphql {

namespace {

using Slot = Answer::Slot;

// Objects of one type at one place of the answer (whatever the indexes of the lists around them).
struct Group {
  const TypeDefinition* type = nullptr;
  SelectionSets sets{};
  std::vector<std::any> parents{};
  std::vector<Slot> slots{};  // one per parent
};

// A field of a group: for which parents, and what it found below them.
struct Level {
  const Group& group;
  const CollectedField& field;
  const FieldDefinition& definition;
  std::vector<const std::any*> parents{};
  std::vector<Slot> slots{};
  std::map<std::string, Group> below{};  // by type
};

class Executor {
 public:
  Executor(const Schema& schema, const PreparedRequest& request, const ExecutionOptions& options)
      : schema_(schema), request_(request), options_(options) {}

  Response run(const std::any& root) {
    const auto& operation = request_.operation();
    Group group{schema_.root(operation.kind), {&operation.selections}, {root}, {Slot{0}}};
    answer_.set_object(0);
    for (const auto& field : fields_of(group)) {
      resolve(group, field);
      if (operation.kind == OperationKind::mutation) drain();
    }
    drain();
    if (untold_ > 0) {
      errors_.push_back({.message = std::to_string(untold_) + " more errors.", .code = "limits"});
    }
    return {answer_.take(), std::move(errors_)};
  }

 private:
  std::vector<CollectedField> fields_of(const Group& group) const {
    return collect_fields(schema_, request_.document, *group.type, group.sets, request_.variables);
  }

  void drain() {
    while (!groups_.empty()) {
      const Group group = std::move(groups_.front());
      groups_.pop_front();
      for (const auto& field : fields_of(group)) resolve(group, field);
    }
  }

  void resolve(const Group& group, const CollectedField& field) {
    const auto& first = *field.selections.front();
    const auto* definition = schema_.field(*group.type, first.name);
    MONITRON_EXPECTS(definition != nullptr);
    Level level{group, field, *definition};
    for (std::size_t i = 0; i < group.parents.size(); ++i) {
      if (!answer_.is_wanted(group.slots[i])) continue;
      level.parents.push_back(&group.parents[i]);
      level.slots.push_back(
          answer_.add_field(group.slots[i], first.response_key(), definition->type.is_non_null()));
    }
    if (level.parents.empty()) return;
    if (first.name == "__typename") {
      for (const Slot slot : level.slots) answer_.set_leaf(slot, group.type->name);
      return;
    }
    auto results = call(level);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!results[i]) {
        refuse(level, level.slots[i], results[i].error());
      } else {
        complete(level, level.slots[i], definition->type, *results[i]);
      }
    }
    for (auto& [type, below] : level.below) groups_.push_back(std::move(below));
  }

  Resolved call(const Level& level) const {
    const auto arguments =
        coerce_arguments(schema_, level.definition.arguments,
                         level.field.selections.front()->arguments, request_.variables);
    const Json none = Json::object();
    const FieldCall call{schema_, level.parents, arguments ? *arguments : none, options_.context};
    if (!arguments) {
      return all_failed(call,
                        {arguments.error().fault, "Argument " + arguments.error().text + "."});
    }
    if (options_.expired && options_.expired()) {
      return all_failed(call, {Fault::timeout, "The request took too long."});
    }
    auto results = level.definition.resolve(call);
    if (results.size() == level.parents.size()) return results;
    return all_failed(call, {Fault::bug, std::to_string(results.size()) + " results for " +
                                             std::to_string(level.parents.size()) + " parents"});
  }

  void complete(Level& level, Slot slot, const Type& type, Output& output) {
    if (type.is_non_null()) {
      if (output.is_null()) return refuse(level, slot, {Fault::bug, "null where none may be"});
      return complete(level, slot, type.nullable(), output);
    }
    if (output.is_null()) return answer_.set_null(slot);
    if (type.is_list()) return complete_list(level, slot, type, output);
    const auto& definition = schema_.definition_of(type);
    if (!definition.is_leaf()) return complete_object(level, slot, definition, output);
    const auto* leaf = output.as_leaf();
    if (leaf == nullptr) return refuse(level, slot, {Fault::bug, "no leaf"});
    auto value = serialize(definition, *leaf);
    if (!value) return refuse(level, slot, value.error());
    answer_.set_leaf(slot, *std::move(value));
  }

  void complete_list(Level& level, Slot slot, const Type& type, Output& output) {
    auto* items = output.as_list();
    if (items == nullptr) return refuse(level, slot, {Fault::bug, "no list"});
    answer_.set_list(slot);
    const auto item_type = type.item();
    for (auto& item : *items) {
      const Slot at = answer_.add_item(slot, item_type.is_non_null());
      complete(level, at, item_type, item);
      if (!answer_.is_wanted(slot)) return;  // its first null took the list; one error will do
    }
  }

  void complete_object(Level& level, Slot slot, const TypeDefinition& definition, Output& output) {
    auto* object = output.as_object();
    if (object == nullptr) return refuse(level, slot, {Fault::bug, "no object"});
    const auto* type = definition.is_abstract() ? schema_.type(object->type) : &definition;
    if (type == nullptr || !schema_.is_possible(definition, type->name)) {
      const auto text = "\"" + object->type + "\" is no " + definition.name;
      return refuse(level, slot, {Fault::bug, text});
    }
    answer_.set_object(slot);
    auto& below = level.below[type->name];
    if (below.type == nullptr) {
      below.type = type;
      for (const auto* selection : level.field.selections) {
        below.sets.push_back(&selection->selections);
      }
    }
    below.parents.push_back(std::move(object->handle));
    below.slots.push_back(slot);
  }

  void refuse(const Level& level, Slot slot, const Error& error) {
    if (error.fault == Fault::bug && options_.on_bug) {
      options_.on_bug(level.group.type->name + "." + level.definition.name, error);
    }
    tell(level, slot, error);
    answer_.set_null(slot);
  }

  void tell(const Level& level, Slot slot, const Error& error) {
    if (errors_.size() >= options_.errors) {
      ++untold_;
      return;
    }
    RequestError refused{.message = error.text,
                         .path = answer_.path(slot),
                         .code = std::string(to_string(error.fault))};
    for (const auto* selection : level.field.selections) refused.locations.push_back(selection->at);
    if (error.fault == Fault::bug) refused.message = "Internal error.";
    errors_.push_back(std::move(refused));
  }

  const Schema& schema_;
  const PreparedRequest& request_;
  const ExecutionOptions& options_;
  std::deque<Group> groups_;
  Answer answer_;
  std::vector<RequestError> errors_;
  std::size_t untold_ = 0;
};

}  // namespace

Json to_json(const Response& response) {
  Json json = Json::object();
  for (const auto& error : response.errors) json["errors"].push_back(to_json(error));
  if (response.data) json["data"] = *response.data;
  return json;
}

Response execute(const Schema& schema, const PreparedRequest& request,
                 const ExecutionOptions& options, const std::any& root) {
  return Executor(schema, request, options).run(root);
}

Result<std::any> create_source(const Schema& schema, const PreparedRequest& request,
                               void* context) {
  const auto& operation = request.operation();
  if (operation.kind != OperationKind::subscription) {
    return fail(Fault::invalid, "The operation is no subscription.");
  }
  const auto& root = *schema.root(OperationKind::subscription);
  const auto fields =
      collect_fields(schema, request.document, root, {&operation.selections}, request.variables);
  if (fields.empty()) return fail(Fault::invalid, "The operation leaves out its only field.");
  const auto& selection = *fields.front().selections.front();
  const auto* definition = schema.field(root, selection.name);
  MONITRON_EXPECTS(definition != nullptr && definition->subscribe);
  const auto arguments =
      coerce_arguments(schema, definition->arguments, selection.arguments, request.variables);
  if (!arguments) return fail(arguments.error());
  return definition->subscribe({*arguments, context});
}

}  // namespace monitron::graphql
