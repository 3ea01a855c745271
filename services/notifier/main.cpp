// notifier: decides about alerts, feeds Alertmanager, sends e-mail. This file only joins the parts.

#include "base/log.hpp"
#include "notifier/alertmanager_role.hpp"
#include "notifier/channels.hpp"
#include "notifier/config.hpp"
#include "notifier/drills.hpp"
#include "notifier/job_consumer.hpp"
#include "notifier/letter_queue.hpp"
#include "notifier/mailer.hpp"
#include "presence/presence.hpp"
#include "relay/relay.hpp"
#include "series/sample_source.hpp"
#include "store/alert_decisions.hpp"
#include "store/deliveries.hpp"
#include "store/drills.hpp"
#include "store/old_rows.hpp"

using namespace monitron;
using namespace std::chrono_literals;

namespace {

int drop_old_messages(pqxx::work& tx) { return store::kNotifierInbox.drop_old(tx); }

// One table must not keep the others from being tidied, nor much that has piled up all of it.
void drop_what_is_old(db::Pool& database) {
  for (auto* drop : {drop_old_messages, store::drop_old_deliveries, store::drop_old_claims,
                     store::drop_old_decisions, store::drop_unheard_decisions,
                     store::drop_old_notifications, store::drop_old_drills}) {
    Result<int> dropped = 0;
    do dropped = database.transact([&](pqxx::work& tx) { return drop(tx); });
    while (dropped && *dropped >= store::kDroppedAtOnce);
    if (!dropped) log::warning("old.kept", dropped.error().text);
  }
  (void)database.transact([](pqxx::work& tx) { store::give_up_lost_letters(tx); });
}

}  // namespace

int main(int argc, char** argv) {
  if (const auto code = service::handle_flags(argc, argv, "notifier")) return *code;
  const auto config = notifier::Config::load();
  if (!config) return service::refuse(config.error());
  log::start("notifier", config->log_level);

  // Built from the ground up, torn down in reverse: a line may use only the lines above it.
  service::Runtime runtime(config->runtime);
  db::Pool database(config->database);
  mq::Publisher publisher(
      {.endpoint = config->broker, .topology = contracts::durable_topology(), .name = "notifier"});
  const relay::Relay relay(runtime, database, config->database.url, publisher,
                           store::kNotifierOutbox);
  series::SampleSource storage({.database_url = config->database.url,
                                .application_name = "monitron-notifier",
                                .connections = 2});
  notifier::Evaluator evaluator({config->database.url, config->broker, {config->head_bytes}},
                                database, storage, publisher, runtime);
  const notifier::AlertmanagerRole alertmanager(*config, runtime, database, publisher, evaluator);
  const notifier::Drills drills({.has_alertmanager = !config->alertmanagers.peers.empty(),
                                 .leading = [&] { return evaluator.leading(); },
                                 .sends_looked_at = [&] { return alertmanager.sends_looked_at(); }},
                                database, publisher, runtime);
  const notifier::ActiveSilences silences(
      {config->alertmanagers.peers, config->database.url, [&] { return evaluator.leading(); }},
      database, runtime);
  const auto silenced = [&](const auto& alert) { return silences.about(alert); };
  notifier::Mailer mailer(
      {config->mail_server, config->mail_from, config->mail_to, config->public_url}, database,
      runtime.metrics(), runtime.clock(), silenced);
  notifier::Channels channels(
      {config->encryption_keys, config->outgoing, config->webhook_ca_file, config->public_url},
      database, runtime, silenced);

  const mq::Consumer mails(notifier::alert_consumer(config->broker, "alerts.mail"),
                           [&](const auto& delivery) { return mailer.take_alert(delivery); });
  const mq::Consumer subscribed(notifier::alert_consumer(config->broker, "alerts.channels"),
                                [&](const auto& delivery) { return channels.take(delivery); });
  notifier::LetterQueue urgent(config->broker, "jobs.email.high", mailer);
  notifier::LetterQueue others(config->broker, "jobs.email.low", mailer);
  runtime.on_stop([&] {
    urgent.drain(config->runtime.grace / 2 - 1s);
    others.drain(config->runtime.grace / 2 - 1s);
  });

  runtime.every(5s, [&] { mailer.release_held(); });
  runtime.every(5s, [&] { mailer.renew_claims(); });
  runtime.every(5s, [&] { (void)evaluator.store_evaluations(); });
  runtime.every(1h, [&] { drop_what_is_old(database); });
  runtime.ready_when("postgres", [&] { return database.ping(); });
  runtime.ready_when("rabbitmq", [&]() -> Result<void> {
    const bool all = publisher.connected() && evaluator.connected() && alertmanager.connected() &&
                     mails.connected() && subscribed.connected() && urgent.connected() &&
                     others.connected();
    if (all) return {};
    return fail(Fault::unavailable, "not connected");
  });
  const presence::Presence presence(runtime, database, "notifier");
  return runtime.run();  // until SIGTERM
}
