#pragma once
// Where an incident stands, as a fold over what happened to it. Pure: how it began and its events
// in the order in which they happened in, its status now out. What contradicts the status (to
// acknowledge what is resolved) is refused, and changes nothing.
//
// An acknowledgement ends
// * when it is taken back;
// * at its `expires_at`;
// * unless it is sticky, when the trouble gets worse than it was when it was acknowledged: a
//   severity above it (info < warning < critical), or the same severity and a condition above it
//   (anything else < warning < flapping < unknown < down);
// * with the incident. Of a resolved incident the acknowledgement is the one that was in effect
//   when it was resolved.
// Another acknowledgement takes the place of the one in effect.

#include "base/clock.hpp"
#include "base/ids.hpp"

#include <optional>
#include <span>
#include <string>
#include <variant>

namespace monitron::domain {

enum class IncidentStatus { open, acknowledged, resolved };
std::string_view to_string(IncidentStatus status);

// How bad it is.
struct Trouble {
  std::string severity{};   // info, warning, critical
  std::string condition{};  // of the check that it is about: warning, flapping, unknown, down
  bool operator==(const Trouble&) const = default;
};
bool is_worse(const Trouble& now, const Trouble& before);

struct Person {
  Uuid id{};
  std::string name{};
  bool operator==(const Person&) const = default;
};

struct Retold {
  Trouble trouble{};
};
struct Acknowledged {
  std::string by{};
  std::string comment{};
  std::optional<Instant> expires_at{};  // none: it does not
  bool sticky = false;
};
struct Unacknowledged {};
struct Assigned {
  std::optional<Person> to{};  // none: to nobody
};
struct Noted {};
struct Resolved {};

struct IncidentEvent {
  Instant at{};
  std::variant<Retold, Acknowledged, Unacknowledged, Assigned, Noted, Resolved> what{};
};

struct Acknowledgement {
  std::string by{};
  std::string comment{};
  Instant at{};
  std::optional<Instant> expires_at{};
  bool sticky = false;
  Trouble trouble{};  // as it was then
  bool operator==(const Acknowledgement&) const = default;
};

struct Incident {
  Instant opened_at{};
  Trouble trouble{};
  bool drill = false;  // a rehearsal

  IncidentStatus status = IncidentStatus::open;
  Instant since{};  // of the status
  std::optional<Acknowledgement> acknowledgement{};
  std::optional<Instant> first_acknowledged_at{};
  std::optional<Instant> resolved_at{};
  std::optional<Person> assignee{};

  // From its beginning to its first acknowledgement, be it in effect or not any more; nothing when
  // nobody ever acknowledged it. Never negative: clocks of two machines may differ.
  std::optional<std::chrono::milliseconds> time_to_acknowledge() const;
  // Nothing while it is not resolved.
  std::optional<std::chrono::milliseconds> time_to_resolve() const;

  bool operator==(const Incident&) const = default;
};

// As it is when it has just begun.
Incident begun(Instant opened_at, Trouble trouble, bool drill = false);

// Time alone: an acknowledgement whose time is over ends.
void pass(Incident& incident, Instant now);

// Fault: conflict, saying why; nothing is changed then but by the time that passed.
// * acknowledging, or taking an acknowledgement back: what is resolved;
// * acknowledging until a time that is over; taking back where none is in effect;
// * retelling or resolving what is resolved.
Result<void> apply(Incident& incident, const IncidentEvent& event);

// What is refused is left out.
Incident fold(Incident begun, std::span<const IncidentEvent> events, Instant now);

}  // namespace monitron::domain
