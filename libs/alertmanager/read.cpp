#include "alertmanager/read.hpp"

#include "alertmanager/silences.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace monitron::alertmanager {
namespace {

using nlohmann::json;

constexpr int kDeepest = 16;

// Nothing when it is no JSON, or too deep for what walks through it.
json parsed(std::string_view text) {
  bool too_deep = false;
  const json::parser_callback_t watch = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > kDeepest;
    return !too_deep;
  };
  auto value = json::parse(text, watch, false);
  if (too_deep || value.is_discarded()) return nullptr;
  return value;
}

tl::unexpected<Error> not_understood() {
  return fail(Fault::unavailable, "the answer is not Alertmanager's");
}

std::string text_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool flag_in(const json& object, const char* name, bool otherwise) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() ? found->get<bool>() : otherwise;
}

const json& object_in(const json& object, const char* name) {
  static const json none = json::object();
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : none;
}

Labels labels_in(const json& object, const char* name) {
  Labels labels;
  for (const auto& [key, value] : object_in(object, name).items()) {
    if (value.is_string()) labels[key] = value.get<std::string>();
  }
  return labels;
}

std::vector<std::string> texts_in(const json& object, const char* name) {
  std::vector<std::string> texts;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return texts;
  for (const auto& value : *found) {
    if (value.is_string()) texts.push_back(value.get<std::string>());
  }
  return texts;
}

KnownAlert alert_of(const json& value) {
  KnownAlert alert;
  alert.fingerprint = text_in(value, "fingerprint");
  alert.labels = labels_in(value, "labels");
  alert.annotations = labels_in(value, "annotations");
  const auto& status = object_in(value, "status");
  alert.state = text_in(status, "state");
  alert.silenced_by = texts_in(status, "silencedBy");
  alert.inhibited_by = texts_in(status, "inhibitedBy");
  return alert;
}

Silence silence_of(const json& value) {
  Silence silence;
  silence.id = text_in(value, "id");
  silence.starts_at = parse_rfc3339(text_in(value, "startsAt")).value_or(Instant{});
  silence.ends_at = parse_rfc3339(text_in(value, "endsAt")).value_or(Instant{});
  silence.created_by = text_in(value, "createdBy");
  silence.comment = text_in(value, "comment");
  silence.state = text_in(object_in(value, "status"), "state");
  const auto matchers = value.find("matchers");
  if (matchers == value.end() || !matchers->is_array()) return silence;
  for (const auto& one : *matchers) {
    if (!one.is_object()) continue;
    // Before 0.22 there was no isEqual.
    silence.matchers.push_back({text_in(one, "name"), text_in(one, "value"),
                                flag_in(one, "isRegex", false), flag_in(one, "isEqual", true)});
  }
  return silence;
}

template <class Item, class Read>
Result<std::vector<Item>> read_list(std::string_view answer, Read read) {
  const auto list = parsed(answer);
  if (!list.is_array()) return not_understood();
  std::vector<Item> items;
  for (const auto& value : list) {
    if (value.is_object()) items.push_back(read(value));
  }
  return items;
}

constexpr std::string_view kTried = "alertmanager_notifications_total{";
constexpr std::string_view kFailed = "alertmanager_notifications_failed_total{";
constexpr std::string_view kIntegration =
    "integration=\"";  // no value has this: quotes are escaped
constexpr std::size_t kLongestIntegration = 100;

std::string_view integration_of(std::string_view line) {
  if (!line.starts_with(kTried) && !line.starts_with(kFailed)) return {};
  const auto from = line.find(kIntegration);
  if (from == std::string_view::npos) return {};
  line.remove_prefix(from + kIntegration.size());
  const auto name = line.substr(0, line.find('"'));
  return name.size() <= kLongestIntegration ? name : std::string_view();
}

std::optional<double> value_of(std::string_view line) {
  const auto end = line.rfind("} ");
  if (end == std::string_view::npos) return std::nullopt;
  const auto value = parse_number<double>(trim(line.substr(end + 2)));
  return value && std::isfinite(*value) && *value >= 0 ? value : std::nullopt;
}

}  // namespace

Result<std::vector<KnownAlert>> read_alerts(std::string_view answer) {
  return read_list<KnownAlert>(answer, alert_of);
}

Result<std::vector<Silence>> read_silences(std::string_view answer) {
  return read_list<Silence>(answer, silence_of);
}

Result<std::string> read_silence_id(std::string_view answer) {
  const auto value = parsed(answer);
  if (!value.is_object()) return not_understood();
  auto id = text_in(value, "silenceID");
  if (id.empty()) return not_understood();
  return id;
}

std::string text_of(const WantedSilence::Copies& copies) {
  auto value = json::object();
  for (const auto& [peer, copy] : copies) {
    value[peer] = {{"id", copy.id}, {"version", copy.version}, {"over", copy.over}};
  }
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

WantedSilence::Copies read_copies(std::string_view text) {
  WantedSilence::Copies copies;
  const auto value = parsed(text);
  if (!value.is_object()) return copies;
  for (const auto& [peer, copy] : value.items()) {
    if (!copy.is_object()) continue;
    const auto version = copy.find("version");
    if (version == copy.end() || !version->is_number_integer()) continue;
    copies[peer] = {text_in(copy, "id"), version->get<int>(), flag_in(copy, "over", false)};
  }
  return copies;
}

Result<bool> read_clustered(std::string_view answer) {
  const auto value = parsed(answer);
  if (!value.is_object()) return not_understood();
  const auto status = text_in(object_in(value, "cluster"), "status");
  if (status.empty()) return not_understood();
  return status != "disabled";
}

SendCountsByIntegration read_sends(std::string_view metrics) {
  SendCountsByIntegration all;
  while (!metrics.empty()) {
    const auto line = metrics.substr(0, metrics.find('\n'));
    metrics.remove_prefix(std::min(line.size() + 1, metrics.size()));
    const auto integration = integration_of(line);
    const auto value = value_of(line);
    if (integration.empty() || !value) continue;
    if (line.starts_with(kTried)) all[std::string(integration)].tried += *value;
    if (line.starts_with(kFailed)) all[std::string(integration)].failed += *value;
  }
  return all;
}

}  // namespace monitron::alertmanager
