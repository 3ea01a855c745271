#include "head/owners.hpp"

#include "contracts/telemetry.hpp"

#include <utility>

namespace monitron::head {

Owners::Changes Owners::define(std::vector<Owner> owners) {
  Changes changes;
  std::unordered_map<Uuid, std::uint32_t> places;
  for (auto& owner : owners) {
    const auto known = places_.find(owner.id);
    if (known != places_.end()) {
      const auto place = known->second;
      if (owners_[place] != owner) changes.altered.push_back(place);
      owners_[place] = std::move(owner);
      places.emplace(owners_[place].id, place);
      continue;
    }
    auto place = static_cast<std::uint32_t>(owners_.size());
    if (free_.empty()) {
      owners_.emplace_back();
    } else {
      place = free_.back();
      free_.pop_back();
    }
    owners_[place] = std::move(owner);
    places.emplace(owners_[place].id, place);
    changes.added.push_back(place);
  }
  for (const auto& [id, place] : places_) {
    if (!places.contains(id)) changes.gone.push_back(place);
  }
  places_ = std::move(places);
  for (const auto place : changes.gone) {
    owners_[place] = {};
    free_.push_back(place);
  }
  return changes;
}

std::optional<std::uint32_t> Owners::find(const Uuid& id) const {
  if (id.is_nil() || id == contracts::kSuite.value) return kNobody;
  const auto found = places_.find(id);
  if (found == places_.end()) return std::nullopt;
  return found->second;
}

promql::Labels Owners::unite(std::uint32_t owner, std::vector<promql::Labels::Pair> own) const {
  auto pairs = owners_[owner].labels.pairs();
  pairs.insert(pairs.end(), std::make_move_iterator(own.begin()),
               std::make_move_iterator(own.end()));
  return promql::Labels(std::move(pairs));
}

promql::Labels Owners::attach(std::uint32_t owner, std::vector<promql::Labels::Pair> own) const {
  auto labels = unite(owner, std::move(own));
  for (const char* name : {"server_id", "check_id"}) {
    const auto attached = owners_[owner].labels.get(name);
    if (!attached.empty()) labels.set(name, attached);
  }
  return labels;
}

Owners::Divided Owners::divide(const promql::Labels& labels) const {
  for (const char* id_label : {"check_id", "server_id"}) {
    const auto id = Uuid::parse(labels.get(id_label));
    const auto place = id && !id->is_nil() ? find(*id) : std::nullopt;
    if (!place || owners_[*place].id_label != id_label) continue;
    Divided divided{*place, {}};
    std::vector<promql::Labels::Pair> own;
    for (const auto& [name, value] : labels.pairs()) {
      if (owners_[*place].labels.get(name) != value) own.emplace_back(name, value);
    }
    if (unite(*place, own) != labels) continue;  // it lacks one that the owner has
    divided.own = promql::Labels(std::move(own));
    return divided;
  }
  return {kNobody, labels};
}

}  // namespace monitron::head
