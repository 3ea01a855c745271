#pragma once
// The answer while it grows, level by level. Null where null must not be takes the place around it.
// https://spec.graphql.org/October2021/#sec-Handling-Field-Errors

#include "graphql/execution.hpp"

#include <deque>

namespace monitron::graphql {

class Answer {
 public:
  using Slot = std::size_t;  // a place in the answer; 0 is "data"

  Answer() { slots_.emplace_back(); }

  // A place below another one, in the order in which they are added: a field or an item.
  Slot add_field(Slot parent, const std::string& response_key, bool non_null);
  Slot add_item(Slot parent, bool non_null);

  void set_leaf(Slot slot, Json value) { slots_[slot].value = std::move(value); }
  void set_object(Slot slot) { slots_[slot].value = Json::object(); }
  void set_list(Slot slot) { slots_[slot].value = Json::array(); }
  void set_null(Slot slot);  // and what is around it, as far as that must not be null

  // False when it, or what is around it, has become null: nothing more is needed there.
  bool is_wanted(Slot slot) const;
  Json path(Slot slot) const;

  // Ends it. Without recursion, however deep it is.
  Json take();

 private:
  struct Place {
    Slot parent = 0;
    const std::string* key = nullptr;  // of a field; null: an item
    std::size_t index = 0;             // of an item
    bool non_null = false;
    bool lost = false;
    std::vector<Slot> children{};
    Json value{};
  };
  static void join(Place& place, Place& below);

  std::deque<Place> slots_;
};

}  // namespace monitron::graphql
