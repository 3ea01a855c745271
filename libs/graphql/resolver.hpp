#pragma once
// Where the values of fields come from.
//
// A field is resolved once per level of a request, for all objects of one type that stand there: a
// resolver gets all parents and gives one result for each. So a list of 100 hosts with their checks
// is two reads of a database, not 101, without a cache or a loader that waits for the others; and
// no resolver, however long its list, is called again for the next item.

#include "graphql/request_error.hpp"

#include <any>
#include <functional>
#include <utility>

namespace monitron::graphql {

class Schema;

// A value of a field: null, a leaf (scalar or enum), an object that the fields below it get as
// their parent, or a list of such.
class Output {
 public:
  struct Object {
    std::any handle;
    std::string type{};  // its name; needed where the field's type is an interface or a union
  };
  using List = std::vector<Output>;

  static Output null() { return {}; }
  static Output leaf(Json value) {
    Output output;
    output.kind_ = value.is_null() ? Kind::null : Kind::leaf;
    output.leaf_ = std::move(value);
    return output;
  }
  static Output object(std::any handle, std::string type = "") {
    Output output;
    output.kind_ = Kind::object;
    output.object_ = {std::move(handle), std::move(type)};
    return output;
  }
  static Output list(List items) {
    Output output;
    output.kind_ = Kind::list;
    output.items_ = std::move(items);
    return output;
  }

  bool is_null() const { return kind_ == Kind::null; }
  // What it is not, is null.
  const Json* as_leaf() const { return kind_ == Kind::leaf ? &leaf_ : nullptr; }
  Object* as_object() { return kind_ == Kind::object ? &object_ : nullptr; }
  List* as_list() { return kind_ == Kind::list ? &items_ : nullptr; }

 private:
  enum class Kind { null, leaf, object, list };
  Output() = default;

  Kind kind_ = Kind::null;
  Json leaf_;
  Object object_;
  List items_;
};

struct FieldCall {
  const Schema& schema;
  const std::vector<const std::any*>& parents;  // never empty
  const Json& arguments;                        // an object: coerced, defaults filled in
  void* context;                                // of the request: whoever asks, database, clock …

  // The parent at `index`, which the resolver of the field above made as a `Parent`.
  template <class Parent>
  const Parent& parent(std::size_t index) const {
    const auto* parent = std::any_cast<Parent>(parents.at(index));
    MONITRON_EXPECTS(parent != nullptr);
    return *parent;
  }
};

// One result per parent, in their order; another count is a bug. A fault `bug` reaches clients
// without its text. Resolvers run on the thread that executes the request, and do not throw.
using Resolved = std::vector<Result<Output>>;
using Resolver = std::function<Resolved(const FieldCall&)>;

// The same error for every parent.
inline Resolved all_failed(const FieldCall& call, const Error& error) {
  Resolved results;
  for (std::size_t i = 0; i < call.parents.size(); ++i) results.emplace_back(fail(error));
  return results;
}

// For what the parent itself holds: `get` takes (const Parent&) and gives an Output or a Result of
// one.
template <class Parent, class Get>
Resolver each(Get get) {
  return [get = std::move(get)](const FieldCall& call) {
    Resolved results;
    for (std::size_t i = 0; i < call.parents.size(); ++i) {
      results.emplace_back(get(call.parent<Parent>(i)));
    }
    return results;
  };
}

// For fields of a root, which has one parent: `get` takes (const FieldCall&).
template <class Get>
Resolver once(Get get) {
  return [get = std::move(get)](const FieldCall& call) {
    Resolved results;
    for (std::size_t i = 0; i < call.parents.size(); ++i) results.emplace_back(get(call));
    return results;
  };
}

// Makes the source of a subscription's events: whatever the caller's transport reads them from.
struct SubscribeCall {
  const Json& arguments;
  void* context;
};
using Subscriber = std::function<Result<std::any>(const SubscribeCall&)>;

}  // namespace monitron::graphql
