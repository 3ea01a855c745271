// POST /alertmanager/notifications: Alertmanager's webhook (version 4). What it says goes to the
// notifier, which keeps the ledger.

#include "api/alertmanager.hpp"
#include "api/resource.hpp"
#include "base/bytes.hpp"
#include "contracts/alertmanager_notified.hpp"
#include "store/outbox.hpp"

namespace monitron::api {
namespace {

constexpr std::size_t kLongestReceiver = 256;

std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Outcome<void> check_token(const Context& context, const http::Request& request) {
  const auto& token = context.config.webhook_token;
  if (token.empty()) {
    return refuse(Fault::not_found,
                  "notifications are not taken: MONITRON_ALERTMANAGER_WEBHOOK_TOKEN is not set");
  }
  if (equal_in_constant_time(request.header("authorization"), "Bearer " + token)) return {};
  return refuse(http::Problem{.status = 401, .detail = "this needs the webhook's token"});
}

// Alerts of others, and our Watchdog, are of no incident.
std::optional<contracts::AlertmanagerNotified::Told> told_of(const Json& alert) {
  if (!alert.is_object()) return std::nullopt;
  const auto annotations = alert.find("annotations");
  if (annotations == alert.end() || !annotations->is_object()) return std::nullopt;
  const auto incident = Uuid::parse(text_in(*annotations, "incident_id"));
  if (!incident) return std::nullopt;
  return contracts::AlertmanagerNotified::Told{IncidentId{*incident},
                                               text_in(alert, "status") != "resolved"};
}

Outcome<contracts::AlertmanagerNotified> read_notification(const Json& body) {
  std::vector<http::FieldError> errors;
  contracts::AlertmanagerNotified notified;
  if (text_in(body, "version") != "4") {
    errors.push_back({"version", "invalid", "must be \"4\": Alertmanager's webhook"});
  }
  notified.receiver = text_in(body, "receiver");
  if (notified.receiver.empty() || notified.receiver.size() > kLongestReceiver) {
    errors.push_back({"receiver", "invalid", "must be a text of 1 to 256 bytes"});
  }
  notified.group_key = text_in(body, "groupKey").substr(0, 1000);
  const auto alerts = body.find("alerts");
  if (alerts == body.end() || !alerts->is_array() ||
      alerts->size() > contracts::AlertmanagerNotified::kMostIncidents) {
    errors.push_back({"alerts", "invalid", "must be a list of at most 10000 alerts"});
  }
  if (!errors.empty()) return refuse_fields(std::move(errors));
  for (const auto& alert : *alerts) {
    if (const auto told = told_of(alert)) notified.told.push_back(*told);
  }
  return notified;
}

Outcome<http::Response> take(Context& context, const http::Request& request) {
  if (const auto good = check_token(context, request); !good) {
    return tl::unexpected(good.error());
  }
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  const auto notified = read_notification(*body);
  if (!notified) return tl::unexpected(notified.error());
  if (notified->told.empty()) return http::Response{.status = 204};
  const auto kept = in_transaction(context.database, [&](pqxx::work& tx) {
    store::kApiOutbox.append(tx, contracts::to_message(*notified));
  });
  if (!kept) return tl::unexpected(kept.error());
  return http::Response{.status = 204};
}

}  // namespace

void add_notification_routes(http::Router& router, Context& context) {
  mount(router, http::Method::post, kNotificationsPath, "",
        [&context](const auto& request) { return take(context, request); });
}

}  // namespace monitron::api
