#include "notifier/channels.hpp"

#include "base/bytes.hpp"
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "contracts/topology.hpp"
#include "domain/subscription.hpp"
#include "notifier/notification_content.hpp"
#include "store/alerts.hpp"
#include "store/channels.hpp"
#include "store/deliveries.hpp"
#include "store/incidents.hpp"
#include "store/outbox.hpp"

#include <nlohmann/json.hpp>

namespace monitron::notifier {
namespace {

using domain::kDigestWindow;
using std::chrono::seconds;

// Longer than a webhook may take: then nobody is at it any more.
constexpr seconds kLease{30};
const std::string kInbox = "channels.";
constexpr int kMostInDigest = 500;
constexpr int kMostHeldAtOnce = 500;
constexpr seconds kHeld{5};  // until it is looked at again
constexpr seconds kLongestPauseOfOthers{60};
constexpr std::string_view kCritical = "critical";
const std::string kFired = "fired";
constexpr int kMostReminded = 500;  // at once
constexpr seconds kLeftAlone{30};   // until it is looked at again whether somebody is at it

domain::TellableAlert tellable(const contracts::AlertChanged& alert) {
  domain::TellableAlert one{alert.rule_id.value, std::nullopt, alert.severity, alert.labels,
                            alert.drill};
  if (alert.audience) one.audience = alert.audience->value;
  one.labels["alertname"] = alert.rule_name;
  one.labels["severity"] = alert.severity;
  return one;
}

store::Notification notification_of(const Uuid& channel, const contracts::AlertChanged& alert,
                                    Instant now) {
  store::Notification one;
  one.key = key_of(channel, alert);
  one.channel_id = channel;
  one.incident_id = alert.incident_id.value;
  one.kind = alert.firing ? kFired : "resolved";
  one.content = contracts::encode(alert);
  one.created_at = now;
  return one;
}

// The end of something that began lately and was not taken in yet: messages that are tried again
// come later than those behind them.
bool overtakes(pqxx::work& tx, const contracts::AlertChanged& alert, Instant now) {
  if (alert.firing || alert.starts_at < now - std::chrono::hours(1)) return false;
  auto beginning = alert;
  beginning.firing = true;
  beginning.transition = 1;
  return !store::kNotifierInbox.has(tx, kInbox + contracts::to_message(beginning).message_id);
}

// At once, or with the next digest when that was too much lately.
struct Turn {
  bool into_digest = false;
  Instant due;
};
Turn turn_of(pqxx::work& tx, const store::Notification& one, int digest_above, bool is_critical,
             Instant now) {
  if (digest_above == 0) return {false, now};
  // What begins waits for nothing but other beginnings.
  for (const std::string& kind : std::set<std::string>{kFired, one.kind}) {
    const auto lately = store::told_lately(tx, one.channel_id, kind, now - kDigestWindow);
    if (!domain::goes_into_digest(digest_above, lately.count)) continue;
    const auto end = lately.first + kDigestWindow;
    return {true, is_critical ? std::min(end, now + domain::kCriticalWaits) : end};
  }
  return {false, now};
}

void tell(pqxx::work& tx, const store::Notification& one, int digest_above, bool is_critical,
          Instant now) {
  const auto turn = turn_of(tx, one, digest_above, is_critical, now);
  if (one.kind == kFired && !turn.into_digest) store::tell_end_before(tx, one, now);
  store::add_notification(tx, one, turn.into_digest, turn.due);
}

// As the channel's subscriptions have it now; as usual when none of them wants this alert any more.
int digest_above_of(const std::vector<domain::Telling>& wanted, const Uuid& channel) {
  for (const auto& telling : wanted) {
    if (telling.channel_id == channel) return telling.digest_above;
  }
  return domain::Subscription().digest_above;
}

// Into the incident, too, once for each reason.
void write_down_silence(pqxx::work& tx, const Uuid& incident, const std::string& reason) {
  store::Delivery delivery;
  // A comment of any length is part of it.
  delivery.key = "channels." + incident.str() + "." + to_hex(sha256(reason)).substr(0, 32);
  delivery.incident_id = incident;
  delivery.transition = 1;
  delivery.channel = store::DeliveryChannel::webhook;
  delivery.target = "subscribers";
  delivery.state = store::DeliveryState::suppressed;
  delivery.detail = reason;
  store::note_delivery(tx, delivery);
}

void tell_firing(pqxx::work& tx, const contracts::AlertChanged& alert, Instant now,
                 const std::optional<std::string>& silence) {
  const auto all = domain::tellings(store::active_subscriptions(tx), tellable(alert));
  for (const auto& telling : all) {
    auto one = notification_of(telling.channel_id, alert, now);
    one.send_resolved = telling.send_resolved;
    if (silence) {
      store::hold_notification(tx, one, now + kHeld, *silence);
    } else {
      tell(tx, one, telling.digest_above, alert.severity == kCritical, now);
    }
  }
  if (silence && !all.empty()) write_down_silence(tx, alert.incident_id.value, *silence);
}

// Whoever was told that it began, whatever is subscribed to by now.
void tell_resolved(pqxx::work& tx, const contracts::AlertChanged& alert, Instant now) {
  store::drop_held(tx, alert.incident_id.value);
  store::drop_reminders(tx, alert.incident_id.value);
  const auto told = store::channels_told(tx, alert.incident_id.value);
  if (told.empty()) return;
  const auto now_wanted = domain::tellings(store::active_subscriptions(tx), tellable(alert));
  for (const auto& channel : told) {
    const auto one = notification_of(channel.channel_id, alert, now);
    if (channel.waits_for_digest) {
      store::add_notification(tx, one, true, now + kDigestWindow);
      continue;
    }
    tell(tx, one, digest_above_of(now_wanted, channel.channel_id), false, now);
  }
}

std::set<Uuid> open_ones(pqxx::work& tx, const std::vector<store::LastWord>& words) {
  std::set<Uuid> asked;
  for (const auto& word : words) asked.insert(word.incident_id);
  std::set<Uuid> open;
  for (const auto& one : store::find_incidents(tx, {asked.begin(), asked.end()})) {
    if (one.state.status == domain::IncidentStatus::open) open.insert(one.id);
  }
  return open;
}

std::vector<Uuid> keys_of(const std::map<Uuid, Instant>& all) {
  std::vector<Uuid> keys;
  keys.reserve(all.size());
  for (const auto& [key, at] : all) keys.push_back(key);
  return keys;
}

int transition_of(const std::string& kind) { return kind == "resolved" ? 2 : 1; }

// The end of a notification, as the ledger and people read it.
struct Ending {
  store::DeliveryChannel channel = store::DeliveryChannel::webhook;
  bool sent = false;
  std::string detail{};
};

void note_in_incident(pqxx::work& tx, const store::EndedNotification& ended,
                      const store::EndedNotification::Told& told, const Ending& ending) {
  const bool email = ending.channel == store::DeliveryChannel::email;
  auto text = std::string(email ? "e-mail" : "webhook") + " \"" + ended.channel_name + "\"";
  if (ended.notification.kind == "digest") text += " (digest)";
  if (told.kind == "resolved") text += " that it is over";
  if (!ending.sent) text += " failed: " + ending.detail;
  store::note_incident(tx, told.incident_id, told.kind == "reminder" ? "reminded" : "notified",
                       text);
}

void write_down(pqxx::work& tx, const store::EndedNotification& ended, const Ending& ending) {
  const auto& one = ended.notification;
  store::Delivery delivery;
  delivery.channel = ending.channel;
  delivery.target = ended.channel_name;
  delivery.state = ending.sent ? store::DeliveryState::sent : store::DeliveryState::failed;
  delivery.detail = ending.detail;
  for (const auto& told : ended.told) {
    delivery.incident_id = told.incident_id;
    delivery.transition = transition_of(told.kind);
    delivery.key = one.key;
    if (one.kind == "digest") {
      delivery.key += "." + told.incident_id.str() + "." + std::to_string(delivery.transition);
    }
    if (store::note_delivery(tx, delivery)) note_in_incident(tx, ended, told, ending);
  }
  if (one.incident_id) return;
  delivery.key = one.key;
  delivery.incident_id.reset();
  delivery.transition = 0;
  store::note_delivery(tx, delivery);
}

}  // namespace

void note_alert(pqxx::work& tx, const contracts::AlertChanged& alert, Instant now,
                const std::optional<std::string>& silence) {
  if (alert.firing) return tell_firing(tx, alert, now, silence);
  tell_resolved(tx, alert, now);
}

bool note_letter(pqxx::work& tx, const std::string& key, const Result<std::string>& sent) {
  const auto& detail = sent ? *sent : sent.error().text;
  const auto ended = store::end_notification(tx, key, sent.has_value(), detail);
  if (ended) write_down(tx, *ended, {store::DeliveryChannel::email, sent.has_value(), detail});
  return ended.has_value();
}

Channels::Channels(ChannelsConfig config, db::Pool& database, service::Runtime& runtime,
                   Silenced silenced)
    : config_(std::move(config)),
      vault_(config_.encryption_keys),
      database_(database),
      runtime_(runtime),
      silenced_(std::move(silenced)),
      sent_(runtime.metrics().counter("monitron_notifier_webhooks_sent_total",
                                      "Messages that webhooks have taken.")),
      failed_(runtime.metrics().counter("monitron_notifier_webhooks_failed_total",
                                        "Messages of webhooks that were given up.")),
      retried_(runtime.metrics().counter("monitron_notifier_webhooks_retried_total",
                                         "Tries of webhooks that are to be repeated.")),
      client_(runtime.loop()) {
  runtime_.every(seconds(1), [this] { work(); });
}

void Channels::wake() {
  if (asked_.exchange(true)) return;
  if (!runtime_.workers().run([this] { work(); })) asked_ = false;
}

Result<void> Channels::take(const mq::Delivery& delivery) {
  const auto alert = contracts::decode_alert_changed(delivery.message.body);
  if (!alert) return fail(alert.error());
  const bool patient =
      delivery.message.attempt <= static_cast<int>(contracts::retry_steps().size());
  auto done = database_.transact([&](pqxx::work& tx) -> Result<void> {
    // Who is to hear of the end is known when the beginning was taken in.
    if (patient && overtakes(tx, *alert, runtime_.clock().now())) {
      return fail(Fault::unavailable, "its beginning was not taken in yet");
    }
    if (!store::kNotifierInbox.take(tx, kInbox + delivery.message.message_id)) return {};
    note_alert(tx, *alert, runtime_.clock().now(), silenced_(*alert));
    failpoint("channels.before_commit");
    return {};
  });
  failpoint("channels.after_commit");
  if (done) wake();
  return done;
}

void Channels::work() {
  asked_ = true;
  while (asked_) {
    const std::unique_lock one(working_, std::try_to_lock);
    if (!one) return;
    asked_ = false;
    note_answers();
    prepare();
    auto more = send_due();
    while (more && *more) more = send_due();
    note_trouble("sending", more ? std::string() : more.error().text);
  }
}

// Once for each.
void Channels::note_trouble(const std::string& at, const std::string& text) {
  if (std::exchange(trouble_[at], text) == text || text.empty()) return;
  log::warning("channels.waiting", text, {{"at", at}});
}

void Channels::note_answers() {
  std::vector<Answer> answers;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(answers_);
  }
  for (const auto& answer : answers) note(answer);
}

// What cannot be noted is sent again once its lease is over, with the same key.
void Channels::note(const Answer& answer) {
  const auto& asked = answer.asked;
  const auto& verdict = answer.verdict;
  const auto now = runtime_.clock().now();
  const bool too_old = now - asked.created_at > domain::kTriedFor;
  const bool again =
      verdict.outcome == WebhookOutcome::retry || verdict.outcome == WebhookOutcome::unreachable;
  const bool sent = verdict.outcome == WebhookOutcome::sent;
  const auto noted = database_.transact([&](pqxx::work& tx) {
    if (again && !too_old) {
      const auto pause = domain::pause_after(asked.attempts);
      // Not all at the same moment, when many wait for the same server.
      const auto most = 200 * static_cast<double>(pause.count());
      const auto spread = std::chrono::milliseconds(static_cast<int>(random_unit() * most));
      store::retry_notification(tx, asked.key, now + pause + spread, verdict.detail);
      if (verdict.outcome == WebhookOutcome::unreachable) {
        store::pause_channel(tx, asked.channel_id, now + std::min(pause, kLongestPauseOfOthers));
      }
      return;
    }
    const auto ended = store::end_notification(tx, asked.key, sent, verdict.detail);
    if (!ended) return;
    write_down(tx, *ended, {store::DeliveryChannel::webhook, sent, verdict.detail});
  });
  failpoint("webhook.after_commit");
  if (!noted) log::warning("webhook.not_noted", noted.error().text, {{"key", asked.key}});
  if (sent) return sent_.add();
  if (again && !too_old) return retried_.add();
  failed_.add();
  log::warning("webhook.failed", verdict.detail,
               {{"key", asked.key}, {"to", without_path(asked.target)}});
}

// Each by itself: what goes wrong with one keeps neither the others nor the sending.
void Channels::prepare() {
  const auto now = runtime_.clock().now();
  const auto step = [&](const char* name, const auto& body) {
    const auto done = database_.transact([&](pqxx::work& tx) { body(tx); });
    note_trouble(name, done ? std::string() : done.error().text);
  };
  step("suppressing", [&](pqxx::work& tx) { store::suppress_notifications(tx, now); });
  step("silences", [&](pqxx::work& tx) { look_at_held(tx, now); });
  step("reminders", [&](pqxx::work& tx) { remind(tx, now); });
  step("digests", [&](pqxx::work& tx) { gather_digests(tx, now); });
  step("trials", [&](pqxx::work& tx) { add_trials(tx, now); });
}

void Channels::add_trials(pqxx::work& tx, Instant now) {
  for (const auto& test : store::new_channel_tests(tx)) {
    store::Notification one;
    one.key = test.channel_id.str() + ".test." + test.id.str();
    one.channel_id = test.channel_id;
    one.kind = "test";
    one.content = "{}";
    one.created_at = now;
    store::add_notification(tx, one, false, now);
  }
}

// When the silence is over and it still goes on, it is told as if it had begun now.
void Channels::look_at_held(pqxx::work& tx, Instant now) {
  const auto all = store::due_held(tx, now, kMostHeldAtOnce);
  if (all.empty()) return;
  const auto subscriptions = store::active_subscriptions(tx);
  for (const auto& held : all) {
    const auto alert = contracts::decode_alert_changed(held.content);
    if (!alert) {  // nobody can tell it
      store::drop_held(tx, held.incident_id.value_or(Uuid{}));
      continue;
    }
    if (silenced_(*alert)) {
      store::hold_on(tx, held.key, now + kHeld);
      continue;
    }
    const auto wanted = domain::tellings(subscriptions, tellable(*alert));
    const auto turn = turn_of(tx, held, digest_above_of(wanted, held.channel_id),
                              alert->severity == kCritical, now);
    store::release_held(tx, held.key, now, turn.into_digest, turn.due);
  }
}

// Of what is still wrong and nobody has acknowledged.
void Channels::remind(pqxx::work& tx, Instant now) {
  const auto subscriptions = store::active_subscriptions(tx);
  std::map<Uuid, seconds> pauses;  // the shortest of each channel
  for (const auto& one : subscriptions) {
    if (one.remind.count() == 0) continue;
    const auto [place, is_new] = pauses.try_emplace(one.channel_id, one.remind);
    if (!is_new) place->second = std::min(place->second, one.remind);
  }
  std::erase_if(left_alone_, [&](const auto& one) { return one.second <= now; });
  const auto words = store::last_words(tx, pauses, keys_of(left_alone_), now, kMostReminded);
  const auto open = open_ones(tx, words);
  for (const auto& word : words) {
    const auto alert = contracts::decode_alert_changed(word.content);
    const bool is_open = open.contains(word.incident_id);
    if (!is_open || !alert || silenced_(*alert)) {
      left_alone_[word.incident_id] = now + kLeftAlone;
      continue;
    }
    for (const auto& telling : domain::tellings(subscriptions, tellable(*alert))) {
      const bool due = telling.channel_id == word.channel_id && telling.remind.count() > 0 &&
                       word.at + telling.remind <= now;
      if (!due) continue;
      auto one = notification_of(word.channel_id, *alert, now);
      one.kind = "reminder";
      one.key += ".r" + std::to_string(word.reminders + 1);
      tell(tx, one, telling.digest_above, false, now);
    }
  }
}

void Channels::gather_digests(pqxx::work& tx, Instant now) {
  for (const auto& channel : store::due_digests(tx, now)) {
    auto members = store::waiting_for_digest(tx, channel, kMostInDigest);
    hold_silenced(tx, members, now);
    if (members.empty()) continue;
    if (members.size() == 1) {
      store::send_alone(tx, members[0].key, now);
      continue;
    }
    store::Notification digest;
    digest.key = channel.str() + ".digest." + Uuid::make().str();
    digest.channel_id = channel;
    digest.kind = "digest";
    digest.created_at = now;
    digest.content = digest_content(members);
    store::add_notification(tx, digest, false, now);
    store::put_into_digest(tx, members, digest.key);
  }
}

// What a silence has covered since it began to wait, unless it is over anyway.
void Channels::hold_silenced(pqxx::work& tx, std::vector<store::Notification>& members,
                             Instant now) {
  std::set<Uuid> over;
  for (const auto& one : members) {
    if (one.kind == "resolved" && one.incident_id) over.insert(*one.incident_id);
  }
  std::erase_if(members, [&](const auto& one) {
    if (one.kind == "resolved" || !one.incident_id || over.contains(*one.incident_id)) return false;
    const auto alert = contracts::decode_alert_changed(one.content);
    const auto silence = alert ? silenced_(*alert) : std::nullopt;
    if (!silence) return false;
    store::hold_waiting(tx, one.key, now + kHeld, *silence);
    write_down_silence(tx, *one.incident_id, *silence);
    return true;
  });
}

Result<bool> Channels::send_due() {
  const auto now = runtime_.clock().now();
  std::vector<store::DueNotification> webhooks;
  bool some = false;
  const auto claimed = database_.transact([&](pqxx::work& tx) {
    webhooks.clear();
    const auto all = store::claim_notifications(tx, now, now + kLease);
    some = !all.empty();
    for (const auto& due : all) {
      if (!is_readable(due)) {
        store::end_notification(tx, due.key, false, "it cannot be read");
      } else if (due.channel_kind == "email") {
        hand_to_mail(tx, due);
      } else if (due.channel_kind == "webhook") {
        webhooks.push_back(due);
      }
    }
  });
  if (!claimed) return fail(claimed.error());
  if (some) failpoint("webhook.before_send");
  for (const auto& due : webhooks) post(due);
  return some;
}

// From here on the queue of letters sees to it (Mailer).
void Channels::hand_to_mail(pqxx::work& tx, const store::DueNotification& due) {
  store::kNotifierOutbox.append(tx,
                                contracts::to_alert_message(letter_of(due, config_.public_url)));
  store::hand_over_notification(tx, due.key);
}

void Channels::post(const store::DueNotification& due) {
  const auto answered = [this, due](const Result<http::Response>& response) {
    {
      const std::lock_guard lock(mutex_);
      answers_.push_back({due, verdict_of(response)});
    }
    failpoint("webhook.after_send");
    wake();
  };
  const auto secret = vault_.open(due.secret, store::channel_secret_context(due.channel_id));
  // Of another key, perhaps: whoever gives us ours again is not to find pages lost.
  if (!secret) return answered(fail(Fault::unavailable, secret.error().text));
  const WebhookMessage message{due.key, due.kind, alerts_of(due)};
  const auto body = webhook_body(message, config_.public_url);
  auto request = webhook_request(due.target, message, body,
                                 webhook_signature(*secret, runtime_.clock().now(), body));
  request.ca_file = config_.ca_file;
  request.may_reach = [this](const sockaddr* address) {
    return config_.outgoing.may_reach(probe::Address::of(address));
  };
  client_.send(std::move(request), answered);
}

}  // namespace monitron::notifier
