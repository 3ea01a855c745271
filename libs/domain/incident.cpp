#include "domain/incident.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace monitron::domain {
namespace {

// The place of `name` among `names`, from 1; 0 for others.
template <std::size_t Size>
std::size_t rank_of(const std::array<std::string_view, Size>& names, std::string_view name) {
  const auto* const found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? 0 : static_cast<std::size_t>(found - names.begin()) + 1;
}

auto rank_of(const Trouble& trouble) {
  static constexpr std::array<std::string_view, 3> severities = {"info", "warning", "critical"};
  static constexpr std::array<std::string_view, 4> conditions = {"warning", "flapping", "unknown",
                                                                 "down"};
  return std::tuple(rank_of(severities, trouble.severity), rank_of(conditions, trouble.condition));
}

tl::unexpected<Error> refuse(std::string why) { return fail(Fault::conflict, std::move(why)); }

void set_status(Incident& incident, IncidentStatus status, Instant since) {
  incident.status = status;
  incident.since = since;
}

void reopen(Incident& incident, Instant at) {
  incident.acknowledgement.reset();
  set_status(incident, IncidentStatus::open, at);
}

class Step {
 public:
  Step(Incident& incident, Instant at) : incident_(incident), at_(at) {}

  Result<void> operator()(const Retold& retold) const {
    if (is_resolved()) return refuse("it is resolved");
    const auto& acknowledgement = incident_.acknowledgement;
    incident_.trouble = retold.trouble;
    if (acknowledgement && !acknowledgement->sticky &&
        is_worse(retold.trouble, acknowledgement->trouble)) {
      reopen(incident_, at_);
    }
    return {};
  }

  Result<void> operator()(const Acknowledged& given) const {
    if (is_resolved()) return refuse("it is resolved");
    if (given.expires_at && *given.expires_at <= at_) {
      return refuse("the time until which it is acknowledged is over");
    }
    incident_.acknowledgement = Acknowledgement{given.by,         given.comment, at_,
                                                given.expires_at, given.sticky,  incident_.trouble};
    if (!incident_.first_acknowledged_at) incident_.first_acknowledged_at = at_;
    set_status(incident_, IncidentStatus::acknowledged, at_);
    return {};
  }

  Result<void> operator()(const Unacknowledged&) const {
    if (is_resolved()) return refuse("it is resolved");
    if (!incident_.acknowledgement) return refuse("it is not acknowledged");
    reopen(incident_, at_);
    return {};
  }

  Result<void> operator()(const Assigned& assigned) const {
    incident_.assignee = assigned.to;
    return {};
  }

  Result<void> operator()(const Noted&) const { return {}; }

  Result<void> operator()(const Resolved&) const {
    if (is_resolved()) return refuse("it is resolved");
    incident_.resolved_at = std::max(at_, incident_.opened_at);
    set_status(incident_, IncidentStatus::resolved, *incident_.resolved_at);
    return {};
  }

 private:
  bool is_resolved() const { return incident_.status == IncidentStatus::resolved; }

  Incident& incident_;
  Instant at_;
};

}  // namespace

std::string_view to_string(IncidentStatus status) {
  switch (status) {
    case IncidentStatus::open:
      return "open";
    case IncidentStatus::acknowledged:
      return "acknowledged";
    case IncidentStatus::resolved:
      return "resolved";
  }
  return "open";
}

bool is_worse(const Trouble& now, const Trouble& before) { return rank_of(now) > rank_of(before); }

std::optional<std::chrono::milliseconds> Incident::time_to_acknowledge() const {
  if (!first_acknowledged_at) return std::nullopt;
  return std::max(*first_acknowledged_at - opened_at, std::chrono::milliseconds(0));
}

std::optional<std::chrono::milliseconds> Incident::time_to_resolve() const {
  if (!resolved_at) return std::nullopt;
  return *resolved_at - opened_at;
}

Incident begun(Instant opened_at, Trouble trouble, bool drill) {
  Incident incident;
  incident.opened_at = incident.since = opened_at;
  incident.trouble = std::move(trouble);
  incident.drill = drill;
  return incident;
}

void pass(Incident& incident, Instant now) {
  const auto& acknowledgement = incident.acknowledgement;
  if (incident.status != IncidentStatus::acknowledged || !acknowledgement->expires_at) return;
  const auto end = *acknowledgement->expires_at;
  if (end <= now) reopen(incident, end);
}

Result<void> apply(Incident& incident, const IncidentEvent& event) {
  pass(incident, event.at);
  return std::visit(Step(incident, event.at), event.what);
}

Incident fold(Incident begun, std::span<const IncidentEvent> events, Instant now) {
  for (const auto& event : events) (void)apply(begun, event);
  pass(begun, now);
  return begun;
}

}  // namespace monitron::domain
