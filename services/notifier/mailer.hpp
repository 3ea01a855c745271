#pragma once
// Writes letters about alerts and sends all letters of the suite. A letter is sent once; only when
// this program dies between the server's answer and the note of it, it is sent again, with the same
// Message-ID. While the note cannot be written (PostgreSQL is away) the answer is kept in memory.
// Threads: any.

#include "contracts/email_requested.hpp"
#include "db/pool.hpp"
#include "mail/smtp.hpp"
#include "mq/consumer.hpp"
#include "notifier/active_silences.hpp"
#include "service/metrics.hpp"
#include "store/silenced.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>

namespace monitron::notifier {

// A letter that the mail server does not take for now is tried for about a day.
inline constexpr int kLetterAttempts = 150;

struct MailerConfig {
  std::optional<mail::Server> server;  // none: nothing can be sent
  mail::Address from;
  std::vector<std::string> recipients;  // of alerts
  std::string public_url;
};

class Mailer {
 public:
  // `silenced`: what is held back until its silence is over.
  Mailer(MailerConfig config, db::Pool& database, service::Metrics& metrics, const Clock& clock,
         Silenced silenced);

  // Of what was held back and is silenced no more. Every few seconds.
  void release_held();
  // For the queue alerts.mail: asks for one letter per recipient.
  Result<void> take_alert(const mq::Delivery& delivery);
  // So that nobody else sends what is under way here. Every few seconds.
  void renew_claims();
  // For the queues jobs.email.*: sends one letter, which may take a minute, and waits as long as
  // PostgreSQL is away. Fault busy: it is another one's turn, or it was told to wait no longer.
  Result<void> take_letter(const mq::Delivery& delivery);
  void stop_waiting();  // for PostgreSQL, now and later. Threads: any.

 private:
  void release(pqxx::work& tx, std::span<const store::HeldLetter> letters);
  void ask_for_letters(pqxx::work& tx, const contracts::AlertChanged& alert);
  Result<void> patiently(const std::function<void(pqxx::work&)>& body);
  std::optional<std::string> not_noted(const std::string& key);
  Result<std::string> send(const contracts::EmailRequested& email, const mail::Letter& letter);
  Result<mail::Letter> letter_of(pqxx::work& tx, const contracts::EmailRequested& email);
  Result<void> note(const contracts::EmailRequested& email, const Result<std::string>& sent);

  const MailerConfig config_;
  db::Pool& database_;
  const Clock& clock_;
  const Silenced silenced_;
  service::Counter sent_, failed_;
  std::condition_variable stopped_;
  std::mutex mutex_;  // guards what follows
  bool stopping_ = false;
  std::set<std::string> under_way_;              // delivery keys
  std::map<std::string, std::string> sent_ids_;  // by delivery key: sent, and not noted yet
};

}  // namespace monitron::notifier
