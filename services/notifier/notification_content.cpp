#include "notifier/notification_content.hpp"

#include "domain/subscription.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace monitron::notifier {

std::string key_of(const Uuid& channel, const contracts::AlertChanged& alert) {
  return channel.str() + "." + alert.incident_id.str() + "." + std::to_string(alert.transition);
}

std::vector<contracts::AlertChanged> alerts_of(const store::Notification& one) {
  std::vector<contracts::AlertChanged> alerts;
  const auto add = [&](const std::string& text) {
    auto alert = contracts::decode_alert_changed(text);
    if (alert) alerts.push_back(std::move(*alert));
  };
  if (one.kind == "test") return alerts;
  if (one.kind != "digest") {
    add(one.content);
    return alerts;
  }
  const auto digest = nlohmann::json::parse(one.content, nullptr, false);
  if (!digest.is_object()) return alerts;
  for (const auto& alert : digest.value("alerts", nlohmann::json::array())) add(alert.dump());
  return alerts;
}

std::string digest_content(const std::vector<store::Notification>& members) {
  std::vector<contracts::AlertChanged> alerts;
  for (const auto& one : members) {
    auto alert = contracts::decode_alert_changed(one.content);
    if (alert) alerts.push_back(std::move(*alert));
  }
  std::stable_sort(alerts.begin(), alerts.end(), [](const auto& a, const auto& b) {
    return domain::rank_of_severity(a.severity) > domain::rank_of_severity(b.severity);
  });
  auto list = nlohmann::json::array();
  for (const auto& alert : alerts) list.push_back(nlohmann::json::parse(contracts::encode(alert)));
  return nlohmann::json({{"alerts", std::move(list)}}).dump();
}

bool is_readable(const store::Notification& one) {
  return one.kind == "test" || !alerts_of(one).empty();
}

contracts::EmailRequested letter_of(const store::DueNotification& due,
                                    const std::string& public_url) {
  const auto alerts = alerts_of(due);
  Envelope envelope{due.target, due.key, ""};
  if (due.kind == "test") return trial_letter(due.channel_name, envelope);
  if (due.kind == "digest") return digest_letter(alerts, envelope, public_url);
  auto first = alerts.at(0);
  first.transition = 1;
  envelope.thread = key_of(due.channel_id, first);
  const auto kind = due.kind == "reminder" ? LetterKind::reminder : LetterKind::news;
  return alert_letter(alerts.at(0), envelope, public_url, kind);
}

}  // namespace monitron::notifier
