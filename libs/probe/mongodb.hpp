#pragma once
// MongoDB: what a server says of itself to "hello" (to "isMaster", where it is too old for that).
// No login is needed for it.

#include "probe/conversation.hpp"
#include "probe/mongodb_messages.hpp"

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

  const domain::MongodbSettings settings_;
  std::int32_t asked_ = 0;
};

}  // namespace monitron::probe
