#include "domain/alert_gate.hpp"

#include "base/label_name.hpp"

#include <algorithm>

namespace monitron::domain {
namespace {

constexpr int kDeepest = 1000;  // dependencies one behind the other

std::string quoted(const std::string& name) { return '"' + name + '"'; }

// The check that the labels are of; nil: of none.
Uuid check_of(const LabelSet& labels) {
  const auto found = labels.find("check_id");
  return found == labels.end() ? Uuid{} : Uuid::parse(found->second).value_or(Uuid{});
}

}  // namespace

std::string_view to_string(GateKind kind) {
  switch (kind) {
    case GateKind::maintenance:
      return "maintenance";
    case GateKind::dependency:
      return "dependency";
    case GateKind::waiting:
      return "waiting";
  }
  return "maintenance";
}

std::optional<GateKind> parse_gate_kind(std::string_view text) {
  for (const auto kind : {GateKind::maintenance, GateKind::dependency, GateKind::waiting}) {
    if (text == to_string(kind)) return kind;
  }
  return std::nullopt;
}

void AlertGate::Index::add(const LabelSet& selector, std::size_t place) {
  const auto& [name, value] = *selector.begin();
  places_[as_label_name(name) + '\0' + value].push_back(place);
}

std::vector<std::size_t> AlertGate::Index::find(const LabelSet& labels) const {
  std::vector<std::size_t> found;
  if (places_.empty()) return found;
  for (const auto& [name, value] : labels) {
    const auto places = places_.find(name + '\0' + value);
    if (places == places_.end()) continue;
    found.insert(found.end(), places->second.begin(), places->second.end());
  }
  return found;
}

void AlertGate::define(std::vector<GateWindow> windows, std::vector<GateDependency> dependencies) {
  windows_ = std::move(windows);
  over_everything_.clear();
  windows_by_label_ = {};
  for (std::size_t i = 0; i < windows_.size(); ++i) {
    if (windows_[i].everything) {
      over_everything_.push_back(i);
    } else if (!windows_[i].selector.empty()) {
      windows_by_label_.add(windows_[i].selector, i);
    }
  }
  dependencies_ = std::move(dependencies);
  dependencies_by_label_ = {};
  dependencies_by_check_.clear();
  parent_ids_.clear();
  for (std::size_t i = 0; i < dependencies_.size(); ++i) {
    const auto& one = dependencies_[i];
    parent_ids_.insert(one.parents.begin(), one.parents.end());
    if (one.child_check_id) {
      dependencies_by_check_[*one.child_check_id].push_back(i);
    } else if (!one.children.empty()) {
      dependencies_by_label_.add(one.children, i);
    }
  }
  std::erase_if(parents_, [&](const auto& parent) { return !is_parent(parent.first); });
}

bool AlertGate::see(const Uuid& check, GateParent state) {
  const auto [parent, is_new] = parents_.try_emplace(check);
  const bool was_up = is_new || parent->second.status == CheckStatus::up;
  parent->second = std::move(state);
  return !was_up && parent->second.status == CheckStatus::up;
}

bool AlertGate::is_behind(const LabelSet& labels, const Uuid& check,
                          const std::unordered_set<Uuid>& parents) const {
  const auto dependencies = dependencies_of(labels, check);
  return std::any_of(dependencies.begin(), dependencies.end(), [&](const auto* dependency) {
    return std::any_of(dependency->parents.begin(), dependency->parents.end(),
                       [&](const Uuid& parent) { return parents.contains(parent); });
  });
}

const GateWindow* AlertGate::window_over(const LabelSet& labels, Instant now) const {
  const GateWindow* last = nullptr;
  const auto look = [&](const GateWindow& window) {
    if (now < window.from || now >= window.to) return;
    if (last == nullptr || window.to > last->to) last = &window;
  };
  for (const auto place : over_everything_) look(windows_[place]);
  for (const auto place : windows_by_label_.find(labels)) {
    if (selects(windows_[place].selector, labels)) look(windows_[place]);
  }
  return last;
}

std::vector<const GateDependency*> AlertGate::dependencies_of(const LabelSet& labels,
                                                              const Uuid& check) const {
  auto places = dependencies_by_label_.find(labels);
  if (const auto own = dependencies_by_check_.find(check); own != dependencies_by_check_.end()) {
    places.insert(places.end(), own->second.begin(), own->second.end());
  }
  std::vector<const GateDependency*> found;
  for (const auto place : places) {
    const auto& one = dependencies_[place];
    const bool is_its_own =
        std::find(one.parents.begin(), one.parents.end(), check) != one.parents.end();
    if (!is_its_own && selects(one.children, labels)) found.push_back(&one);
  }
  return found;
}

// Whether something is up, as far as an alert is concerned.
struct AlertGate::Reach {
  enum { up, undecided, down } state = up;
  Instant since{};                             // up: since when
  std::vector<Uuid> by{};                      // checks that are down, or of which it is not known
  const GateDependency* dependency = nullptr;  // by which it is not up
};

class AlertGate::Walk {
 public:
  Walk(const AlertGate& gate, const GateQuestion& question, Instant now)
      : gate_(gate), question_(question), now_(now), asking_(check_of(question.labels)) {}

  Reach of_alert() {
    note_own_labels();
    return of_all(question_.labels, asking_, 0);
  }
  std::string about(const Reach& reach) const;

 private:
  void note_own_labels();
  bool leads_back(const Uuid& from) const;
  Reach of_all(const LabelSet& labels, const Uuid& check, int depth);
  Reach of(const GateDependency& dependency, int depth);
  Reach of_parent(const Uuid& id, int depth);
  Reach judge(const Uuid& id, const GateParent& parent, int depth);

  const AlertGate& gate_;
  const GateQuestion& question_;
  const Instant now_;
  const Uuid asking_;
  LabelSet own_labels_;  // of the alert and not of its check: those of its rule
  std::unordered_map<Uuid, Reach> known_;
};

// Its check's alerts and those of other checks may get the same labels from a rule.
void AlertGate::Walk::note_own_labels() {
  const auto self = gate_.parents_.find(asking_);
  if (self == gate_.parents_.end()) return;
  for (const auto& [name, value] : question_.labels) {
    if (!self->second.labels.contains(name)) own_labels_[name] = value;
  }
}

// Whether that check depends on the one that asks.
bool AlertGate::Walk::leads_back(const Uuid& from) const {
  if (!gate_.is_parent(asking_)) return false;
  std::unordered_set<Uuid> seen{from};
  std::vector<Uuid> open{from};
  while (!open.empty()) {
    const auto id = open.back();
    open.pop_back();
    if (id == asking_) return true;
    const auto check = gate_.parents_.find(id);
    if (check == gate_.parents_.end()) continue;
    auto labels = check->second.labels;
    labels.insert(own_labels_.begin(), own_labels_.end());
    for (const auto* dependency : gate_.dependencies_of(labels, id)) {
      for (const auto& parent : dependency->parents) {
        if (seen.insert(parent).second) open.push_back(parent);
      }
    }
  }
  return false;
}

// Every dependency must be met.
AlertGate::Reach AlertGate::Walk::of_all(const LabelSet& labels, const Uuid& check, int depth) {
  Reach worst;
  if (depth > kDeepest) return worst;
  for (const auto* dependency : gate_.dependencies_of(labels, check)) {
    auto one = of(*dependency, depth);
    one.dependency = dependency;
    const auto since = std::max(worst.since, one.since);
    if (one.state > worst.state || (one.state == worst.state && one.since > worst.since)) {
      worst = std::move(one);
    }
    worst.since = since;
    if (worst.state == Reach::down) break;
  }
  return worst;
}

// One parent that is up is enough.
AlertGate::Reach AlertGate::Walk::of(const GateDependency& dependency, int depth) {
  std::optional<Reach> best;
  for (const auto& id : dependency.parents) {
    if (!gate_.parents_.contains(id)) continue;
    auto one = depth == 0 && leads_back(id) ? Reach{} : of_parent(id, depth);
    if (!best || one.state < best->state) {
      best = std::move(one);
    } else if (one.state == best->state) {
      best->since = std::min(best->since, one.since);
      best->by.insert(best->by.end(), one.by.begin(), one.by.end());
    }
  }
  return best.value_or(Reach{});
}

AlertGate::Reach AlertGate::Walk::of_parent(const Uuid& id, int depth) {
  const auto [known, is_new] = known_.try_emplace(id);  // up, where it comes round in a ring
  if (!is_new) return known->second;
  auto reach = judge(id, gate_.parents_.at(id), depth);
  known_[id] = reach;
  return reach;
}

AlertGate::Reach AlertGate::Walk::judge(const Uuid& id, const GateParent& parent, int depth) {
  if (parent.status == CheckStatus::down) return {Reach::down, {}, {id}};
  const bool is_known = parent.slot >= question_.since && !parent.failing;
  const bool is_up = parent.status == CheckStatus::up;
  const Instant up_since = is_up ? parent.since : Instant{};
  if (is_up && is_known) return {Reach::up, up_since, {}};
  auto reach = of_all(parent.labels, id, depth + 1);
  if (reach.state != Reach::up) return reach;
  reach.since = std::max(reach.since, up_since);
  const auto patience = std::min<std::chrono::seconds>(parent.patience, kLongestWait);
  const bool may_become_known = now_ < std::max(question_.since, reach.since) + patience;
  if (!is_known && may_become_known) return {Reach::undecided, reach.since, {id}};
  return reach;
}

// The first few by their names.
std::string AlertGate::Walk::about(const Reach& reach) const {
  std::string names;
  for (std::size_t i = 0; i < reach.by.size(); ++i) {
    if (i == 3) return names + " and others";
    names += (i == 0 ? "" : ", ") + quoted(gate_.parents_.at(reach.by[i]).name);
  }
  return names;
}

std::optional<GateShut> AlertGate::decide(const GateQuestion& question, Instant now) const {
  if (const auto* window = window_over(question.labels, now)) {
    return GateShut{GateKind::maintenance, window->id, window->name,
                    "maintenance " + quoted(window->name) + " until " + to_text(window->to)};
  }
  if (dependencies_.empty()) return std::nullopt;
  Walk walk(*this, question, now);
  const auto reach = walk.of_alert();
  if (reach.dependency == nullptr) return std::nullopt;
  GateShut shut{GateKind::dependency, reach.dependency->id, reach.dependency->name};
  if (reach.state == Reach::down) {
    shut.text = "depends on " + walk.about(reach) + ": down";
    return shut;
  }
  shut.kind = GateKind::waiting;
  if (reach.state == Reach::undecided) {
    shut.text = "waits for the next results of " + walk.about(reach) + ", which it depends on";
    shut.awaited = reach.by;
    return shut;
  }
  const auto patience = std::max<std::chrono::seconds>(kLongestWait, 2 * question.period);
  if (question.evidence > reach.since || now >= reach.since + patience) return std::nullopt;
  shut.text =
      "is looked at again first: what it depends on is up again since " + to_text(reach.since);
  if (const auto check = check_of(question.labels); !check.is_nil()) shut.awaited = {check};
  return shut;
}

}  // namespace monitron::domain
