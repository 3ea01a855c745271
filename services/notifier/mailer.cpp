#include "notifier/mailer.hpp"

#include "base/bytes.hpp"
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "notifier/channels.hpp"
#include "notifier/letters.hpp"
#include "store/alerts.hpp"
#include "store/deliveries.hpp"
#include "store/outbox.hpp"
#include "store/report_views.hpp"

#include <algorithm>
#include <charconv>

namespace monitron::notifier {
namespace {

constexpr std::size_t kMostNotNoted = 10'000;
constexpr int kMostHeldAtOnce = 10'000;
constexpr std::size_t kReleasedAtOnce = 100;  // in a transaction
// Of a claim that is not renewed: whoever held it is dead.
constexpr std::chrono::seconds kLease{30};
constexpr std::chrono::seconds kPause{1};  // until PostgreSQL is tried again

// What the ledger says of a letter; of one about an incident its key is
// "alert.<incident>.<transition>.<recipient>".
store::Delivery delivery_of(const contracts::EmailRequested& email) {
  store::Delivery delivery;
  delivery.key = email.delivery_key;
  delivery.channel = store::DeliveryChannel::email;
  delivery.target = email.to;
  constexpr std::string_view prefix = "alert.";
  const std::string_view key = email.delivery_key;
  if (!key.starts_with(prefix)) return delivery;
  const auto id = Uuid::parse(key.substr(prefix.size(), 36));
  if (!id) return delivery;
  delivery.incident_id = *id;
  const auto rest = key.substr(std::min(key.size(), prefix.size() + 37));
  std::from_chars(rest.data(), rest.data() + rest.size(), delivery.transition);
  return delivery;
}

void write_down(pqxx::work& tx, const contracts::EmailRequested& email,
                const Result<std::string>& sent) {
  auto delivery = delivery_of(email);
  delivery.state = sent ? store::DeliveryState::sent : store::DeliveryState::failed;
  delivery.detail = sent ? *sent : sent.error().text;
  if (note_letter(tx, delivery.key, sent)) return;
  if (!store::note_delivery(tx, delivery) || !delivery.incident_id) return;
  store::note_incident(tx, *delivery.incident_id, "notified",
                       "e-mail to " + email.to +
                           (delivery.transition == 2 ? " that it is over" : "") +
                           (sent ? "" : " failed: " + delivery.detail));
}

store::Delivery held_back(const Uuid& incident, const std::string& reason) {
  store::Delivery delivery;
  // A comment of any length is part of it.
  delivery.key = "alert." + incident.str() + ".held." + to_hex(sha256(reason)).substr(0, 32);
  delivery.incident_id = incident;
  delivery.transition = 1;
  delivery.channel = store::DeliveryChannel::email;
  delivery.target = "operations";
  delivery.state = store::DeliveryState::suppressed;
  delivery.detail = reason;
  return delivery;
}

}  // namespace

Mailer::Mailer(MailerConfig config, db::Pool& database, service::Metrics& metrics,
               const Clock& clock, Silenced silenced)
    : config_(std::move(config)),
      database_(database),
      clock_(clock),
      silenced_(std::move(silenced)),
      sent_(metrics.counter("monitron_notifier_letters_sent_total", "Letters sent.")),
      failed_(
          metrics.counter("monitron_notifier_letters_failed_total", "Letters refused for good.")) {}

Result<void> Mailer::take_alert(const mq::Delivery& delivery) {
  const auto alert = contracts::decode_alert_changed(delivery.message.body);
  if (!alert) return fail(alert.error());
  auto done = database_.transact([&](pqxx::work& tx) {
    if (!store::kNotifierInbox.take(tx, "mail." + delivery.message.message_id)) return;
    if (alert->audience) return;  // one person's own
    if (alert->drill) return;     // they did not ask for it
    if (config_.recipients.empty()) return;
    const auto incident = alert->incident_id.value;
    const auto silence = alert->firing ? silenced_(*alert) : std::nullopt;
    if (silence) {
      store::hold_letter(tx, {incident, contracts::encode(*alert)});
      store::note_delivery(tx, held_back(incident, *silence));
    } else if (alert->firing || !store::drop_held_letter(tx, incident)) {
      ask_for_letters(tx, *alert);
    }
    failpoint("take_alert.before_commit");
  });
  failpoint("take_alert.after_commit");
  return done;
}

void Mailer::ask_for_letters(pqxx::work& tx, const contracts::AlertChanged& alert) {
  for (const auto& recipient : config_.recipients) {
    const auto letter = alert_letter(alert, envelope_of(alert, recipient), config_.public_url);
    store::kNotifierOutbox.append(tx, contracts::to_alert_message(letter));
  }
}

void Mailer::release_held() {
  auto held =
      database_.transact([](pqxx::work& tx) { return store::held_letters(tx, kMostHeldAtOnce); });
  if (!held) return log::warning("letters.held", held.error().text);
  std::erase_if(*held, [&](const auto& one) {
    const auto alert = contracts::decode_alert_changed(one.content);
    return alert && silenced_(*alert);
  });
  const std::span all(*held);
  for (std::size_t begin = 0; begin < all.size(); begin += kReleasedAtOnce) {
    const auto some = all.subspan(begin, std::min(kReleasedAtOnce, all.size() - begin));
    const auto done = database_.transact([&](pqxx::work& tx) { release(tx, some); });
    if (!done) return log::warning("letters.held", done.error().text);
  }
}

// Those that nobody else has released meanwhile.
void Mailer::release(pqxx::work& tx, std::span<const store::HeldLetter> letters) {
  for (const auto& held : letters) {
    const auto alert = contracts::decode_alert_changed(held.content);
    if (store::drop_held_letter(tx, held.incident_id) && alert) ask_for_letters(tx, *alert);
  }
}

Result<void> Mailer::take_letter(const mq::Delivery& delivery) {
  const auto email = contracts::decode_email_requested(delivery.message.body);
  if (!email) return fail(email.error());
  if (const auto id = not_noted(email->delivery_key)) return note(*email, *id);
  auto claim = store::Claim::busy;
  const auto claimed = patiently(
      [&](pqxx::work& tx) { claim = store::claim_delivery(tx, email->delivery_key, kLease); });
  if (!claimed) return claimed;
  if (claim == store::Claim::done) return {};
  if (claim == store::Claim::busy) return fail(Fault::busy, "another one is sending this letter");
  const auto letter = database_.transact([&](pqxx::work& tx) { return letter_of(tx, *email); });
  failpoint("take_letter.before_send");
  // Outside of any transaction: it may take longer than these may.
  const auto sent = letter ? send(*email, *letter) : fail(letter.error());
  failpoint("take_letter.after_send");
  const bool last_try = delivery.message.attempt >= kLetterAttempts;
  if (sent || !is_transient(sent.error().fault) || last_try) return note(*email, sent);
  // What cannot be freed now waits for the end of its lease.
  (void)database_.transact([&](pqxx::work& tx) { store::free_delivery(tx, email->delivery_key); });
  return fail(sent.error());
}

void Mailer::stop_waiting() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
}

// While PostgreSQL is away a letter is kept here: nothing is wrong with it, and thousands that went
// back and forth would only keep the broker busy.
Result<void> Mailer::patiently(const std::function<void(pqxx::work&)>& body) {
  for (bool first = true;; first = false) {
    auto done = database_.transact(body);
    if (done || !is_transient(done.error().fault)) return done;
    if (first) log::warning("letter.waits", done.error().text);
    std::unique_lock lock(mutex_);
    if (stopped_.wait_for(lock, kPause, [this] { return stopping_; })) {
      return fail(Fault::busy, done.error().text);
    }
  }
}

void Mailer::renew_claims() {
  std::vector<std::string> keys;
  {
    const std::lock_guard lock(mutex_);
    keys.assign(under_way_.begin(), under_way_.end());
  }
  if (keys.empty()) return;
  const auto done =
      database_.transact([&](pqxx::work& tx) { store::renew_claims(tx, keys, kLease); });
  if (!done) log::warning("letters.claims", done.error().text, {{"letters", keys.size()}});
}

// The Message-ID of what was sent and stands nowhere yet: it is not sent again.
std::optional<std::string> Mailer::not_noted(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto known = sent_ids_.find(key);
  return known == sent_ids_.end() ? std::nullopt : std::optional(known->second);
}

// The Message-ID it was sent with.
Result<std::string> Mailer::send(const contracts::EmailRequested& email,
                                 const mail::Letter& letter) {
  if (!config_.server) {
    return fail(Fault::invalid, "no mail server is set: EMAIL_HOST is empty");
  }
  {
    const std::lock_guard lock(mutex_);
    under_way_.insert(email.delivery_key);
  }
  const auto sent = mail::send(*config_.server, letter);
  const std::lock_guard lock(mutex_);
  under_way_.erase(email.delivery_key);
  if (!sent) return fail(sent.error());
  sent_.add();
  if (sent_ids_.size() >= kMostNotNoted) sent_ids_.erase(sent_ids_.begin());
  sent_ids_[email.delivery_key] = letter.message_id;
  return letter.message_id;
}

Result<mail::Letter> Mailer::letter_of(pqxx::work& tx, const contracts::EmailRequested& email) {
  mail::Letter letter;
  const auto to = mail::parse_address(email.to);
  if (!to) return fail(to.error().in("to"));
  letter.from = config_.from;
  letter.to = *to;
  letter.subject = email.subject;
  letter.text = email.text;
  letter.html = email.html;
  letter.date = clock_.now();
  letter.message_id = mail::message_id_of(email.delivery_key, config_.from);
  if (!email.thread.empty()) letter.thread_id = mail::message_id_of(email.thread, config_.from);
  for (const auto& attachment : email.attachments) {
    auto file = store::find_report_file(tx, attachment.file_id);
    if (!file) return fail(Fault::not_found, "the file " + attachment.name + " is gone");
    letter.files.push_back({attachment.name, attachment.content_type, std::move(file->bytes)});
  }
  return letter;
}

Result<void> Mailer::note(const contracts::EmailRequested& email, const Result<std::string>& sent) {
  auto noted = patiently([&](pqxx::work& tx) {
    write_down(tx, email, sent);
    store::free_delivery(tx, email.delivery_key);
  });
  failpoint("take_letter.after_commit");
  if (!noted) return noted;
  if (!sent) {
    failed_.add();
    log::error("letter.failed", sent.error().text, {{"delivery_key", email.delivery_key}});
  }
  const std::lock_guard lock(mutex_);
  sent_ids_.erase(email.delivery_key);
  return {};
}

}  // namespace monitron::notifier
