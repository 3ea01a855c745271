// Stream: from messages of the broker to events.

#include "api/answer.hpp"
#include "api/stream.hpp"
#include "base/log.hpp"
#include "contracts/check_results.hpp"
#include "contracts/check_state_changed.hpp"
#include "contracts/incident_changed.hpp"
#include "contracts/job_changed.hpp"
#include "domain/metric_types.hpp"
#include "series/check_outcomes.hpp"
#include "store/checks.hpp"
#include "store/live_state.hpp"

namespace monitron::api {
namespace {

constexpr std::size_t kMaxChecks = 200'000;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The text of an event, made when the first client wants it.
std::function<const std::string&()> once(std::function<std::string()> make) {
  return [make = std::move(make), text = std::make_shared<std::string>()]() -> const std::string& {
    if (text->empty()) *text = make();
    return *text;
  };
}

std::string check_event(const domain::CheckResult& result, const domain::VerdictStep& step,
                        const domain::CheckStates& after) {
  // The same members as a stored result has, so that it can be shown as one.
  auto shown = Json::parse(series::result_json(result));
  return dump({{"type", "check"},
               {"check_id", result.check_id.str()},
               {"location", result.location},
               {"location_status", to_string(step.at.state.status)},
               {"status", to_string(after.status)},
               {"previous_status", to_string(step.previous)},
               {"flapping", after.flapping},
               {"warning", after.warning},
               {"result_status", to_string(result.outcome.status)},
               {"result_warning", result.outcome.warning},
               {"duration_seconds", shown["duration_seconds"]},
               {"reason", shown["reason"]},
               {"phases", shown["phases"]},
               {"values", shown["values"]},
               {"scheduled_at", to_rfc3339(result.slot)},
               {"timestamp", to_rfc3339(result.started_at)}});
}

std::string value_of(const domain::LabelSet& labels, const char* name) {
  const auto found = labels.find(name);
  return found == labels.end() ? "" : found->second;
}

domain::LabelSet texts_of(const Json& object) {
  domain::LabelSet texts;
  if (!object.is_object()) return texts;
  for (const auto& [name, value] : object.items()) {
    if (value.is_string()) texts[name] = value.get<std::string>();
  }
  return texts;
}

// `object` with its type in front.
std::string typed(const char* type, const std::string& object) {
  return R"({"type":")" + std::string(type) + R"(",)" + object.substr(1);
}

}  // namespace

void Stream::take(const contracts::Message& message) {
  if (contracts::is_telemetry(message.type)) {
    take_envelope(message.body);
  } else if (message.type == contracts::CheckResults::contract.type) {
    take_results(message.body);
  } else if (message.type == contracts::CheckStateChanged::contract.type) {
    take_state(message);
  } else if (message.type == "alert.changed") {
    take_alert(message);
  } else if (message.type == contracts::IncidentChanged::contract.type) {
    take_incident(message.body);
  } else if (message.type == contracts::JobChanged::contract.type) {
    take_job(message.body);
  }
}

void Stream::take_envelope(const std::string& body) {
  if (!anybody(Topic::metrics)) return;
  const auto envelope = contracts::decode_envelope(body);
  if (!envelope) {
    log::warning("stream.undecodable", envelope.error().text);
    return;
  }
  for (const auto& batch : envelope->batches) {
    const auto source = batch.id.source.str();
    for (const auto& block : batch.blocks) {
      const auto series = series_.series_of(source, block.dictionary);
      if (series) send_block(source, *series, block);
    }
  }
}

void Stream::send_block(const std::string& source, const std::vector<LiveSeries>& series,
                        const contracts::Block& block) {
  const auto emit = [&](std::size_t index, double value, std::int64_t time_ms) {
    if (index >= series.size() || contracts::is_absent(value)) return;
    const auto& one = series[index];
    send({.topic = Topic::metrics,
          .source = source,
          .metric_type = one.metric_type,
          .metric_name = one.metric_name,
          .labels = &one.labels,
          .text = once([&one, value, time_ms] { return metric_event(one, value, time_ms); })});
  };
  for (const auto& frame : block.frames) {
    for (std::size_t i = 0; i < frame.values.size(); ++i) emit(i, frame.values[i], frame.time_ms);
  }
  for (const auto& point : block.points) emit(point.series, point.value, point.time_ms);
}

// States are followed here as the writer follows them; a check seen for the first time starts from
// what the database says.
void Stream::take_results(const std::string& body) {
  const auto results = contracts::decode_check_results(body);
  if (!results) {
    log::warning("stream.undecodable", results.error().text);
    return;
  }
  const bool labels_matter = this->labels_matter();
  for (const auto& result : results->results) {
    if (result.test_id) continue;
    auto* states = states_of(result);
    if (states == nullptr || !domain::runs_from(*states, result.location)) continue;
    const auto step = domain::advance(*states, result);
    if (step.at.refuted) continue;
    const auto known = labels_matter ? labels_.find(result.check_id.value)
                                     : Result<std::optional<domain::LabelSet>>();
    const auto* labels = known && *known ? &**known : nullptr;
    send({.topic = Topic::checks,
          .source = result.check_id.str(),
          .instance = result.instance_id ? result.instance_id->str() : "",
          .labels = labels,
          .text = once([&] { return check_event(result, step, *states); })});
  }
}

Result<std::optional<domain::LabelSet>> Stream::look_up(const Uuid& check) {
  const auto found =
      context_.database.transact([&](pqxx::work& tx) { return store::find_check(tx, check); });
  if (!found) return fail(found.error());
  if (!*found) return std::optional<domain::LabelSet>();
  return std::optional<domain::LabelSet>((*found)->labels);
}

// Where a check runs from is read when a result says that it is elsewhere, or from more or fewer
// places, than known here: places that it still has are not forgotten, however rarely heard of.
domain::CheckStates* Stream::states_of(const domain::CheckResult& result) {
  const auto& id = result.check_id.value;
  const bool fresh = !checks_.contains(id);
  if (fresh && checks_.size() > kMaxChecks) checks_.clear();
  auto& [states, locations] = checks_[id];
  const bool same = locations == result.locations && domain::runs_from(states, result.location);
  if (!fresh && same) return &states;
  const auto stored = context_.database.transact([&](pqxx::work& tx) {
    return std::pair{store::find_check(tx, id),
                     fresh ? store::counted_states(tx, id) : std::map<Uuid, domain::CheckStates>{}};
  });
  if (!stored) {
    if (!fresh) return &states;
    checks_.erase(id);  // rather nothing than a state from nowhere
    return nullptr;
  }
  locations = result.locations;
  if (const auto found = stored->second.find(id); found != stored->second.end()) {
    states = found->second;
  }
  if (stored->first) domain::run_from(states, stored->first->locations);
  return &states;
}

// As it was stored and told to all.
void Stream::take_state(const contracts::Message& message) {
  const auto state = Json::parse(message.body, nullptr, false);
  if (!state.is_object()) return;
  const auto text = [&](const char* name) {
    const auto found = state.find(name);
    return found == state.end() || !found->is_string() ? "" : found->get<std::string>();
  };
  const auto labels = texts_of(state.value("labels", Json::object()));
  send({.topic = Topic::states,
        .id = message.message_id,
        .source = text("check_id"),
        .instance = text("server_id"),
        .labels = &labels,
        .text = once([&] { return typed("state", message.body); })});
}

void Stream::take_alert(const contracts::Message& message) {
  const auto json = Json::parse(message.body, nullptr, false);
  if (!json.is_object()) return;
  const auto member = [&](const char* name) {
    const auto found = json.find(name);
    return found == json.end() ? Json(nullptr) : *found;
  };
  Json event = {{"type", "alert"}, {"id", message.message_id}};
  for (const auto* name : {"incident_id", "rule_name", "state", "severity", "labels"}) {
    event[name] = member(name);
  }
  event["timestamp"] = member("at").is_null() ? member("timestamp") : member("at");
  const auto audience = member("audience");
  const auto labels = texts_of(event["labels"]);
  send({.topic = Topic::alerts,
        .id = message.message_id,
        .source = value_of(labels, "check_id"),
        .instance = value_of(labels, "server_id"),
        .labels = &labels,
        .audience = audience.is_string() ? audience.get<std::string>() : "",
        .text = once([&event] { return dump(event); })});
}

void Stream::take_incident(const std::string& body) {
  const auto change = contracts::decode_incident_changed(body);
  if (!change) {
    log::warning("stream.undecodable", change.error().text);
    return;
  }
  const auto id = change->change_id.str();
  send({.topic = Topic::alerts,
        .id = id,
        .source = value_of(change->labels, "check_id"),
        .instance = value_of(change->labels, "server_id"),
        .labels = &change->labels,
        .audience = change->audience ? change->audience->str() : "",
        .text = once([&] {
          return dump({{"type", "incident"},
                       {"id", id},
                       {"incident_id", change->incident_id.str()},
                       {"action", change->action},
                       {"state", change->state},
                       {"by", change->by},
                       {"labels", change->labels},
                       {"timestamp", to_rfc3339(change->at)}});
        })});
}

void Stream::take_job(const std::string& body) {
  const auto change = contracts::decode_job_changed(body);
  if (!change) {
    log::warning("stream.undecodable", change.error().text);
    return;
  }
  const auto id = change->change_id.str();
  send({.topic = Topic::jobs,
        .id = id,
        .source = change->job_id.str(),
        .audience = change->actor_id,
        .text = once([&] {
          return dump({{"type", "job"},
                       {"id", id},
                       {"job_id", change->job_id.str()},
                       {"kind", change->kind},
                       {"state", change->state},
                       {"progress",
                        {{"done", change->progress},
                         {"total", change->total ? Json(*change->total) : Json(nullptr)}}},
                       {"timestamp", to_rfc3339(change->at)}});
        })});
}

}  // namespace monitron::api
