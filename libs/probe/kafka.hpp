#pragma once
// Kafka: which versions the server speaks, a login (SASL) if there is a user, the brokers and
// partitions of its cluster, and how far groups of consumers are behind: their offsets from the
// brokers that keep them, the latest ones from the leaders of the partitions.

#include "probe/conversation.hpp"
#include "probe/kafka_login.hpp"
#include "probe/kafka_messages.hpp"

#include <deque>

namespace monitron::probe {

class KafkaConversation : public Conversation {
 public:
  explicit KafkaConversation(const domain::KafkaSettings& settings);

  bool begins_with_tls() const override { return settings_.use_tls; }
  void connected() override;
  void closed(const std::string& how) override;

 private:
  // What is still to be asked, and whom.
  struct Question {
    kafka::Api api;
    std::int32_t node = -1;  // -1: whoever is on the line
    std::string group{};
    std::vector<kafka::Partition> partitions{};
    std::string words{};  // of the login
  };

  std::size_t read(std::string_view bytes) override;
  void ask_next();
  void ask(const Question& question);
  std::string body_of(const Question& question, std::int16_t version) const;
  void take(std::string_view body);
  void take_versions(std::string_view body);
  void take_handshake(std::string_view body);
  void take_authenticated(std::string_view body);
  void log_in_with(std::string words);
  void take_metadata(std::string_view body);
  void take_coordinator(std::string_view body);
  void take_fetched(std::string_view body);
  void take_latest(std::string_view body);
  void judge_cluster();
  void trouble_of_group(const std::string& group, std::int16_t error);
  void ask_leaders();
  void judge_lag();
  void judge_group(const std::string& group,
                   const std::map<kafka::Partition, std::int64_t>& committed);
  void complain(const std::string& complaint);

  const domain::KafkaSettings settings_;
  std::deque<Question> questions_;  // the first is the one that was asked
  std::map<std::int16_t, kafka::Range> versions_;
  std::int16_t version_ = 0;  // of the question
  std::int32_t correlation_ = 0;
  std::int32_t here_ = -1;  // the broker on the line
  std::optional<KafkaLogin> login_;
  std::size_t visits_ = 0;
  kafka::Metadata metadata_;
  std::map<std::string, std::map<kafka::Partition, std::int64_t>> committed_;
  std::map<kafka::Partition, std::int64_t> latest_;
  bool leaders_asked_ = false;
  std::size_t topic_series_ = 0;
  std::size_t unmeasured_ = 0;
  std::string complaints_;
};

}  // namespace monitron::probe
