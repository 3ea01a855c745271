#pragma once
// Tells people of the alerts that they subscribed to, in the channels that they named. What an
// alert means for each of them is stored with it (notifications); then it is sent: letters by the
// queue of letters, webhooks from here, one at a time per channel, so that one that is slow or dead
// holds up nobody else. What is not taken is tried again with growing pauses for a day.

#include "auth/vault.hpp"
#include "db/pool.hpp"
#include "http/client.hpp"
#include "mq/consumer.hpp"
#include "notifier/active_silences.hpp"
#include "notifier/webhook.hpp"
#include "probe/outgoing.hpp"
#include "service/runtime.hpp"
#include "store/notifications.hpp"

#include <atomic>
#include <mutex>

namespace monitron::notifier {

struct ChannelsConfig {
  std::vector<std::string> encryption_keys;  // of the secrets of webhooks
  probe::Outgoing outgoing;                  // where webhooks may go
  std::string ca_file{};                     // of webhooks; empty: the system's
  std::string public_url;
};

class Channels {
 public:
  // All outlive it. It works on the runtime's workers, every second and when there is news.
  // `silenced`: what is held back until its silence is over.
  Channels(ChannelsConfig config, db::Pool& database, service::Runtime& runtime, Silenced silenced);

  // For the queue alerts.channels: decides who is to be told.
  Result<void> take(const mq::Delivery& delivery);

  // One round: what is due is sent, what was answered is noted. Threads: any, one at a time.
  void work();

 private:
  struct Answer {
    store::DueNotification asked;
    WebhookVerdict verdict;
  };
  void wake();
  void note_answers();
  void note(const Answer& answer);
  void prepare();
  void note_trouble(const std::string& at, const std::string& text);
  void look_at_held(pqxx::work& tx, Instant now);
  void remind(pqxx::work& tx, Instant now);
  void gather_digests(pqxx::work& tx, Instant now);
  void hold_silenced(pqxx::work& tx, std::vector<store::Notification>& members, Instant now);
  void add_trials(pqxx::work& tx, Instant now);
  Result<bool> send_due();  // whether there was something
  void hand_to_mail(pqxx::work& tx, const store::DueNotification& due);
  void post(const store::DueNotification& due);

  const ChannelsConfig config_;
  const auth::Vault vault_;
  db::Pool& database_;
  service::Runtime& runtime_;
  const Silenced silenced_;
  service::Counter sent_, failed_, retried_;
  std::mutex working_;                          // guards what follows: one round at a time
  std::map<std::string, std::string> trouble_;  // of the last round, by what went wrong
  std::map<Uuid, Instant> left_alone_;          // incidents of which nobody is reminded, until then
  std::atomic<bool> asked_{false};
  std::mutex mutex_;  // guards answers_
  std::vector<Answer> answers_;
  http::Client client_;  // the last one: it answers for all that is open when it goes
};

// What one alert means for the channels; in the transaction that takes it in, once. `silence`: why
// those who would be told that it fires are not.
void note_alert(pqxx::work& tx, const contracts::AlertChanged& alert, Instant now,
                const std::optional<std::string>& silence = {});

// Writes into the ledger and the incidents what has become of a notification that is a letter;
// false: the letter is none.
bool note_letter(pqxx::work& tx, const std::string& key, const Result<std::string>& sent);

}  // namespace monitron::notifier
