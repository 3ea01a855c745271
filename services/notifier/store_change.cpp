#include "notifier/store_change.hpp"

#include "notifier/drill_beat.hpp"
#include "rules/template.hpp"
#include "store/alert_decisions.hpp"
#include "store/alerts.hpp"
#include "store/outbox.hpp"

namespace monitron::notifier {
namespace {

using domain::AlertChange;

store::AlertDecision decision_of(const Change& change) {
  const auto& held_back_by = change.alert.suppressed_by;
  return {.alert_id = change.alert.id,
          .rule_id = change.rule.id,
          .rule_name = change.rule.name,
          .title = change.alert.title,
          .at = change.at,
          .change = std::string(domain::to_string(change.change)),
          .text = held_back_by ? held_back_by->text : change.alert.text,
          .inputs = change.inputs.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

// Of the check that it is about, as domain::Trouble has it.
std::string condition_of(const Change& change) { return change.inputs.value("state", ""); }

}  // namespace

contracts::AlertChanged message_of(const Change& change) {
  contracts::AlertChanged message;
  message.incident_id = IncidentId{change.alert.incident_id};
  message.firing = change.change == AlertChange::fired;
  message.transition = message.firing ? 1 : 2;
  message.rule_id = RuleId{change.rule.derived_from.value_or(change.rule.id)};
  if (change.rule.audience) message.audience = UserId{*change.rule.audience};
  message.rule_name = change.rule.name;
  message.drill = change.rule.kind == kDrillKind;
  message.severity = change.rule.severity;
  message.title = change.alert.title;
  message.text = change.alert.text;
  message.labels = change.alert.labels;
  message.annotations = rules::filled(change.rule.annotations, change.alert.labels,
                                      rules::told_value(change.alert.value));
  message.value = change.alert.value;
  message.at = change.at;
  message.starts_at = change.at;
  return message;
}

std::optional<contracts::AlertChanged> store_change(pqxx::work& tx, const Change& change) {
  if (change.change == AlertChange::none) return {};
  auto message = message_of(change);
  const bool goes_on =
      change.change == AlertChange::retold || change.change == AlertChange::refreshed;
  if (!goes_on) store::note_decision(tx, decision_of(change));
  switch (change.change) {
    case AlertChange::none:
      return {};
    case AlertChange::pending:
    case AlertChange::refreshed:
    case AlertChange::suppressed:
    case AlertChange::keeping:
    case AlertChange::resumed:
      store::put_alert(tx, change.alert);
      return {};
    case AlertChange::cleared:
      store::drop_alert(tx, change.alert.id);
      return {};
    case AlertChange::fired: {
      auto alert = change.alert;
      const auto open = store::open_incident(tx, alert.id, message, condition_of(change));
      alert.incident_id = open.id;
      store::put_alert(tx, alert);
      if (!open.is_new) return {};
      break;
    }
    case AlertChange::retold:
      store::put_alert(tx, change.alert);
      if (store::retell_incident(tx, change.alert.id, message, condition_of(change))) {
        // What is told anew is decided anew when it is worse or better than before.
        store::note_decision(tx, decision_of(change));
      }
      return {};
    case AlertChange::resolved: {
      store::drop_alert(tx, change.alert.id);
      const auto resolved = store::resolve_incident(tx, change.alert.id, message);
      if (!resolved) return {};
      message.incident_id = IncidentId{resolved->id};
      message.starts_at = resolved->opened_at;
      message.at = std::max(message.at, message.starts_at);
      // By these it was known when it began, whatever has become of the rule since.
      message.rule_name = resolved->rule_name;
      message.severity = resolved->severity;
      message.labels = resolved->labels;
      message.audience = resolved->audience;
      message.drill = resolved->drill;
      break;
    }
  }
  store::kNotifierOutbox.append(tx, contracts::to_message(message));
  return message;
}

}  // namespace monitron::notifier
