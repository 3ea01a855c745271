#include "notifier/mailer.hpp"

#include "base/log.hpp"
#include "notifier/letters.hpp"
#include "store/alerts.hpp"
#include "store/outbox.hpp"
#include "store/report_views.hpp"

namespace monitron::notifier {
namespace {

// "alert.<incident>.<transition>.<recipient>"
std::optional<Uuid> incident_of(const std::string& delivery_key) {
  constexpr std::string_view prefix = "alert.";
  if (!delivery_key.starts_with(prefix)) return std::nullopt;
  const auto id = Uuid::parse(std::string_view(delivery_key).substr(prefix.size(), 36));
  return id ? std::optional(*id) : std::nullopt;
}

}  // namespace

Mailer::Mailer(MailerConfig config, db::Pool& database, service::Metrics& metrics,
               const Clock& clock)
    : config_(std::move(config)),
      database_(database),
      clock_(clock),
      sent_(metrics.counter("monitron_notifier_letters_sent_total", "Letters sent.")),
      failed_(
          metrics.counter("monitron_notifier_letters_failed_total", "Letters refused for good.")) {}

Result<void> Mailer::take_alert(const mq::Delivery& delivery) {
  const auto alert = contracts::decode_alert_changed(delivery.message.body);
  if (!alert) return fail(alert.error());
  return database_.transact([&](pqxx::work& tx) {
    if (!store::kNotifierInbox.take(tx, "mail." + delivery.message.message_id)) return;
    for (const auto& recipient : config_.recipients) {
      store::kNotifierOutbox.append(
          tx, contracts::to_alert_message(alert_letter(*alert, recipient, config_.public_url)));
    }
  });
}

Result<void> Mailer::take_letter(const mq::Delivery& delivery) {
  const auto email = contracts::decode_email_requested(delivery.message.body);
  if (!email) return fail(email.error());
  const auto known = database_.transact(
      [&](pqxx::work& tx) { return store::is_delivered(tx, email->delivery_key); });
  if (!known) return fail(known.error());
  if (*known) return {};
  if (!config_.server) return note(*email, false, "no mail server is set: EMAIL_HOST is empty");
  const auto letter = letter_of(*email);
  if (!letter && is_transient(letter.error().fault)) return fail(letter.error());
  if (!letter) return note(*email, false, letter.error().text);
  const auto sent = mail::send(*config_.server, *letter);
  if (!sent && is_transient(sent.error().fault)) return sent;  // tried again, with growing pauses
  return note(*email, sent.has_value(), sent ? letter->message_id : sent.error().text);
}

Result<mail::Letter> Mailer::letter_of(const contracts::EmailRequested& email) {
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
    auto file = database_.transact(
        [&](pqxx::work& tx) { return store::find_report_file(tx, attachment.file_id); });
    if (!file) return fail(file.error());
    if (!*file) return fail(Fault::not_found, "the file " + attachment.name + " is gone");
    letter.files.push_back({attachment.name, attachment.content_type, std::move((*file)->bytes)});
  }
  return letter;
}

Result<void> Mailer::note(const contracts::EmailRequested& email, bool sent,
                          const std::string& detail) {
  (sent ? sent_ : failed_).add();
  if (!sent) log::error("letter.failed", detail, {{"delivery_key", email.delivery_key}});
  return database_.transact([&](pqxx::work& tx) {
    store::note_delivery(tx, email.delivery_key, email.to, sent, detail);
    if (const auto incident = incident_of(email.delivery_key)) {
      store::note_incident(
          tx, *incident, "notified",
          sent ? "e-mail to " + email.to : "e-mail to " + email.to + " failed: " + detail);
    }
  });
}

}  // namespace monitron::notifier
