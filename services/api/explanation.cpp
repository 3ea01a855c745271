#include "api/explanation.hpp"

#include "api/listing.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using store::Delivery;
using store::DeliveryChannel;
using store::DeliveryState;
using namespace std::chrono_literals;

constexpr int kFiring = 1;  // transitions, as in alert.changed
constexpr int kResolved = 2;
constexpr auto kOnTheirWay = 1min;  // until then deliveries may still be under way

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string member(const Json& json, const char* name) {
  if (!json.is_object()) return "";
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string span(std::chrono::seconds time) {
  const auto count = std::max<std::int64_t>(time.count(), 0);
  if (count < 120) return std::to_string(count) + " s";
  if (count < 7200) return std::to_string(count / 60) + " min";
  return std::to_string(count / 3600) + " h";
}

// Sentences end once.
std::string sentence(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text + ".";
}

// What is told without a channel is known by its address.
bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

std::string way_of(const Delivery& delivery) {
  switch (delivery.channel) {
    case DeliveryChannel::alertmanager:
      return "Alertmanager at " + delivery.target;
    case DeliveryChannel::alertmanager_receiver:
      return "Alertmanager's receiver " + delivery.target;
    case DeliveryChannel::email:
      return "e-mail " +
             (has(delivery.target, "@") ? "to " + delivery.target : quoted(delivery.target));
    case DeliveryChannel::webhook:
      return "webhook " + (has(delivery.target, "://") ? delivery.target : quoted(delivery.target));
  }
  return delivery.target;
}

using Rows = std::vector<const Delivery*>;

template <class Where>
Rows rows_where(const AlertFacts& facts, int transition, Where where) {
  Rows rows;
  for (const auto& one : facts.deliveries) {
    if (one.transition == transition && where(one)) rows.push_back(&one);
  }
  return rows;
}

// Somebody was told, as far as can be known.
bool reached(const Delivery& delivery) {
  return delivery.state == DeliveryState::delivered || delivery.state == DeliveryState::sent;
}
bool held_back(const Delivery& delivery) { return delivery.state == DeliveryState::suppressed; }
bool accepted(const Delivery& delivery) { return delivery.state == DeliveryState::accepted; }
bool failed(const Delivery& delivery) { return delivery.state == DeliveryState::failed; }

// Each once, however often it was used.
std::string ways_of(const Rows& rows) {
  constexpr std::size_t most = 5;
  std::vector<std::string> ways;
  for (const auto* row : rows) {
    auto way = way_of(*row);
    if (std::find(ways.begin(), ways.end(), way) == ways.end()) ways.push_back(std::move(way));
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(ways.size(), most); ++i) {
    text += (i == 0 ? "" : ", ") + ways[i];
  }
  if (ways.size() > most) text += " and " + std::to_string(ways.size() - most) + " more";
  return text;
}

std::string details_of(const Rows& rows) {
  const auto& first = *rows.front();
  return way_of(first) + (first.detail.empty() ? "" : ": " + first.detail);
}

std::string because(const store::Incident& incident) {
  return " because of " + quoted(incident.rule_name) + ": " + incident.title +
         (incident.text.empty() ? "" : " (" + incident.text + ")");
}

std::string told_of_the_end(const AlertFacts& facts) {
  const auto& state = facts.incident->state;
  if (!state.resolved_at) return "";
  const auto told = rows_where(facts, kResolved, reached);
  const auto when = " It was resolved at " + to_text(*state.resolved_at);
  if (!told.empty()) return when + ", which was told too.";
  if (facts.now - *state.resolved_at < kOnTheirWay) return when + ", which is being told.";
  const auto taken = rows_where(facts, kResolved, accepted);
  if (!taken.empty()) return when + ", which Alertmanager was told.";
  return when + "; of that nobody is known to have been told.";
}

// Its webhook came; of what else the receiver has, Alertmanager alone knows whether it arrived.
bool by_receiver(const Delivery& delivery) {
  return delivery.channel == DeliveryChannel::alertmanager_receiver;
}
bool by_itself(const Delivery& delivery) { return reached(delivery) && !by_receiver(delivery); }

std::string could_not_send(const AlertFacts& facts) {
  const auto unsent = rows_where(facts, kFiring, [](const Delivery& one) {
    return one.channel == DeliveryChannel::alertmanager && failed(one);
  });
  return unsent.empty() ? "" : " " + sentence("Alertmanager " + unsent.front()->detail);
}

std::string paged(const AlertFacts& facts, const Rows& told) {
  const auto at = to_text(told.front()->at);
  const auto own = rows_where(facts, kFiring, by_itself);
  const auto end = because(*facts.incident);
  const auto text = own.empty() ? sentence(ways_of(told) + " was notified at " + at + end) +
                                      " Whether that reached people Alertmanager alone knows."
                                : sentence("Told at " + at + ": " + ways_of(told) + "," + end);
  return text + could_not_send(facts);
}

// Of what opened an incident: it was meant to be told.
std::string verdict_of_incident(const AlertFacts& facts) {
  const auto& incident = *facts.incident;
  const auto end = told_of_the_end(facts);
  if (const auto told = rows_where(facts, kFiring, reached); !told.empty()) {
    return paged(facts, told) + end;
  }
  if (const auto held = rows_where(facts, kFiring, held_back); !held.empty()) {
    const auto& first = *held.front();
    return sentence("Nobody was paged, because it was " +
                    (first.detail.empty() ? "held back by " + way_of(first) : first.detail)) +
           end;
  }
  if (const auto taken = rows_where(facts, kFiring, accepted); !taken.empty()) {
    return sentence("Nobody is known to have been paged: " + ways_of(taken) + " took it at " +
                    to_text(taken.front()->at) +
                    ", and has not said that it notified a receiver (its webhook may not be set "
                    "up)") +
           could_not_send(facts) + end;
  }
  if (facts.now - incident.state.opened_at < kOnTheirWay) {
    return sentence("Nobody was paged yet: it began at " + to_text(incident.state.opened_at) +
                    ", and what tells people of it is on its way") +
           end;
  }
  if (const auto lost = rows_where(facts, kFiring, failed); !lost.empty()) {
    return sentence("Nobody was paged, because each delivery failed; " + details_of(lost)) + end;
  }
  return "Nobody was paged, because there was nobody to tell: no Alertmanager took it, and no "
         "e-mail or webhook was asked for." +
         end;
}

std::string verdict_of_suppressed(const Json& by) {
  const auto kind = member(by, "kind");
  const auto name = member(by, "name");
  const auto text = member(by, "text");
  const auto tail = text.empty() ? "" : ": " + text;
  if (kind == "maintenance") {
    return sentence("Nobody was paged, because of the maintenance window " + quoted(name) + tail);
  }
  if (kind == "dependency") {
    return sentence("Nobody was paged, because it depends on something that is down (" +
                    quoted(name) + ")" + tail);
  }
  return sentence(
      "Nobody was paged yet: it waits until it is known whether what it depends on is "
      "up" +
      tail);
}

std::string verdict_of_current(const AlertFacts& facts) {
  const auto by = facts.alert.find("suppressed_by");
  if (by != facts.alert.end() && by->is_object()) return verdict_of_suppressed(*by);
  const auto since = parse_rfc3339(member(facts.alert, "active_since")).value_or(facts.now);
  if (member(facts.alert, "state") != "pending") {
    return "Nobody was paged yet: it has just begun to fire.";
  }
  const std::chrono::seconds wait(facts.for_seconds);
  return sentence("Nobody was paged yet: it has held for " +
                  span(std::chrono::duration_cast<std::chrono::seconds>(facts.now - since)) +
                  ", and the rule asks for " + span(wait) + " (until " + to_text(since + wait) +
                  ")");
}

// What the gate said when it was held back; null: it never was.
Json last_gate(const AlertFacts& facts) {
  for (auto one = facts.decisions.rbegin(); one != facts.decisions.rend(); ++one) {
    if (one->change != "suppressed") continue;
    const auto inputs = json_or_null(one->inputs);
    const auto gate = inputs.is_object() ? inputs.find("gate") : inputs.end();
    if (gate != inputs.end() && gate->is_object()) return *gate;
    return {{"text", one->text}};
  }
  return nullptr;
}

int asked_for_seconds(const AlertFacts& facts) {
  for (const auto& one : facts.decisions) {
    const auto inputs = json_or_null(one.inputs);
    const auto rule = inputs.is_object() ? inputs.find("rule") : inputs.end();
    if (rule == inputs.end() || !rule->is_object()) continue;
    const auto found = rule->find("for_seconds");
    if (found != rule->end() && found->is_number_integer()) return found->get<int>();
  }
  return facts.for_seconds;
}

// It ended without an incident.
std::string verdict_of_unheard(const AlertFacts& facts) {
  const auto& last = facts.decisions.back();
  const auto end = " It ended at " + to_text(last.at) + ".";
  if (const auto gate = last_gate(facts); !gate.is_null()) return verdict_of_suppressed(gate) + end;
  const auto held =
      std::chrono::duration_cast<std::chrono::seconds>(last.at - facts.decisions.front().at);
  return sentence("Nobody was paged, because it held for " + span(held) +
                  " only; the rule asks for " +
                  span(std::chrono::seconds(asked_for_seconds(facts)))) +
         end;
}

std::string said(const std::string& what, const std::string& text) {
  return text.empty() ? what + "." : what + ": " + sentence(text);
}

std::string text_of(const store::AlertDecision& decision, const Json& inputs) {
  const auto& change = decision.change;
  if (change == "pending") return said("Its condition began to hold", decision.text);
  if (change == "fired") return said("It fired", decision.text);
  if (change == "suppressed") {
    const auto gate = inputs.is_object() ? inputs.find("gate") : inputs.end();
    const auto why = gate == inputs.end() ? decision.text : member(*gate, "text");
    return said("It fires, and is held back", why);
  }
  if (change == "retold") return said("It became another trouble", decision.text);
  if (change == "keeping") return said("Its condition ceased; it is kept firing", decision.text);
  if (change == "resumed") return said("Its condition holds again", decision.text);
  if (change == "resolved") return said("It ended", decision.text);
  if (change == "cleared") return said("It is no more, and nobody was told of it", decision.text);
  return said(change, decision.text);
}

bool is_about_acts(const store::IncidentEntry& entry) {
  return !entry.by.empty() || entry.kind == "acknowledgement_ended";
}

ExplainStep step_of(const store::IncidentEntry& entry) {
  std::string text = entry.by;
  if (entry.kind == "acknowledged") text += " acknowledged it";
  if (entry.kind == "unacknowledged") text += " took the acknowledgement back";
  if (entry.kind == "assigned") {
    text += " assigned it to " + (entry.assignee ? entry.assignee->name : "nobody");
  }
  if (entry.kind == "noted") text += " noted";
  if (entry.kind == "acknowledgement_ended") text = "The acknowledgement ended";
  return {entry.at, entry.kind, said(text, entry.text), Json::object()};
}

}  // namespace

std::string verdict_of(const AlertFacts& facts) {
  const std::string drill =
      facts.incident && facts.incident->state.drill ? "This is a drill. " : "";
  if (facts.incident) return drill + verdict_of_incident(facts);
  if (facts.alert.is_object()) return verdict_of_current(facts);
  if (!facts.decisions.empty()) return verdict_of_unheard(facts);
  return "Nobody was paged: nothing is known of it any more.";
}

std::vector<ExplainStep> steps_of(const AlertFacts& facts) {
  std::vector<ExplainStep> steps;
  for (const auto& decision : facts.decisions) {
    auto inputs = json_or_null(decision.inputs);
    auto text = text_of(decision, inputs);
    steps.push_back({decision.at, decision.change, std::move(text), std::move(inputs)});
  }
  for (const auto& entry : facts.timeline) {
    if (is_about_acts(entry)) steps.push_back(step_of(entry));
  }
  std::stable_sort(steps.begin(), steps.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  if (facts.alert.is_object()) {
    const auto state = member(facts.alert, "state");
    const auto text = said("Now it is " + state, member(facts.alert, "text"));
    steps.push_back(
        {facts.now, "now", text, {{"value", facts.alert.value("value", Json(nullptr))}}});
  }
  return steps;
}

Json delivery_json(const Delivery& delivery) {
  return {{"at", to_rfc3339(delivery.at)},
          {"transition", delivery.transition == kResolved ? "resolved" : "firing"},
          {"channel", to_string(delivery.channel)},
          {"target", delivery.target},
          {"state", to_string(delivery.state)},
          {"detail", delivery.detail}};
}

Json explanation_json(const AlertFacts& facts) {
  Json steps = Json::array();
  for (const auto& step : steps_of(facts)) {
    steps.push_back({{"at", to_rfc3339(step.at)},
                     {"kind", step.kind},
                     {"text", step.text},
                     {"inputs", step.inputs}});
  }
  Json delivery = Json::array();
  for (const auto& one : facts.deliveries) delivery.push_back(delivery_json(one));
  return {{"alert", facts.alert},
          {"incident_id", facts.incident ? Json(facts.incident->id.str()) : Json(nullptr)},
          {"verdict", verdict_of(facts)},
          {"steps", std::move(steps)},
          {"delivery", std::move(delivery)}};
}

}  // namespace monitron::api
