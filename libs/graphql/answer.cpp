#include "graphql/answer.hpp"

#include <algorithm>

namespace monitron::graphql {

Answer::Slot Answer::add_field(Slot parent, const std::string& response_key, bool non_null) {
  const Slot slot = slots_.size();
  slots_[parent].children.push_back(slot);
  slots_.push_back({.parent = parent, .key = &response_key, .non_null = non_null});
  return slot;
}

Answer::Slot Answer::add_item(Slot parent, bool non_null) {
  const Slot slot = slots_.size();
  auto& siblings = slots_[parent].children;
  slots_.push_back({.parent = parent, .index = siblings.size(), .non_null = non_null});
  siblings.push_back(slot);
  return slot;
}

void Answer::set_null(Slot slot) {
  while (slots_[slot].non_null) slot = slots_[slot].parent;
  slots_[slot].lost = true;
}

bool Answer::is_wanted(Slot slot) const {
  while (slot != 0 && !slots_[slot].lost) slot = slots_[slot].parent;
  return !slots_[slot].lost;
}

Json Answer::path(Slot slot) const {
  std::vector<Json> parts;
  for (; slot != 0; slot = slots_[slot].parent) {
    const auto& place = slots_[slot];
    parts.push_back(place.key == nullptr ? Json(place.index) : Json(*place.key));
  }
  Json path = Json::array();
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) path.push_back(std::move(*part));
  return path;
}

Json Answer::take() {
  // What is below a place was added after it.
  for (auto place = slots_.rbegin(); place != slots_.rend(); ++place) {
    if (place->lost) {
      place->value = Json();
    } else {
      for (const Slot child : place->children) join(*place, slots_[child]);
    }
    place->children.clear();
  }
  return std::move(slots_.front().value);
}

void Answer::join(Place& place, Place& below) {
  if (below.key == nullptr) {
    place.value.push_back(std::move(below.value));
  } else {
    place.value.emplace(*below.key, std::move(below.value));
  }
}

}  // namespace monitron::graphql
