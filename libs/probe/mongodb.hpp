#pragma once
// MongoDB: what a server says of itself to "hello" (to "isMaster", where it is too old for that),
// which needs no login, and then a login (SCRAM-SHA-256) if there is a user.

#include "probe/conversation.hpp"
#include "probe/mongodb_messages.hpp"
#include "probe/scram.hpp"

namespace monitron::probe {

class MongodbConversation : public Conversation {
 public:
  explicit MongodbConversation(const domain::MongodbSettings& settings);

  bool begins_with_tls() const override { return settings_.use_tls; }
  void connected() override;

 private:
  std::size_t read(std::string_view bytes) override;
  void refused(const std::vector<mongodb::Field>& fields);
  void judge(const std::vector<mongodb::Field>& fields);
  void log_in();
  void go_on_logging_in(const std::vector<mongodb::Field>& fields);
  void say_to_login(const std::vector<mongodb::Field>& fields, std::string_view words);

  const domain::MongodbSettings settings_;
  std::int32_t asked_ = 0;
  std::optional<ScramClient> scram_;  // while it logs in
  bool answered_ = false;
  bool server_proven_ = false;
};

}  // namespace monitron::probe
