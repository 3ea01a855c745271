// Brokers of Kafka, with and without a group whose lag is asked for, with and without a login; and
// each of their answers.

#include "probe/kafka_messages.hpp"
#include "talk.hpp"

MONITRON_FUZZ(kafka) {
  using namespace monitron;
  fuzz::Input input(bytes);
  domain::KafkaSettings settings;
  if (input.flag()) {
    settings.groups = {"billing"};
    settings.max_lag = 100;
  }
  const auto body = input.rest();
  (void)probe::kafka::read_answer(body);
  (void)probe::kafka::read_api_versions(body);
  for (std::int16_t version = 0; version <= 8; ++version) {
    if (const auto metadata = probe::kafka::read_metadata(version, body)) {
      fuzz::must(metadata->leaders.size() <= body.size(), "more partitions than bytes");
      fuzz::must(metadata->offline <= metadata->leaders.size(), "more are away than there are");
    }
    (void)probe::kafka::read_coordinator(version, body);
    (void)probe::kafka::read_fetched(version, body);
    (void)probe::kafka::read_latest(version, body);
  }
  (void)probe::kafka::read_handshake(body);
  (void)probe::kafka::read_authenticated(body);
  fuzz::talk_with(fuzz::check_with(settings), input);
  settings.username = "ada";
  settings.sasl_mechanism = "PLAIN";
  fuzz::talk_with(fuzz::check_with(settings), input);
}
