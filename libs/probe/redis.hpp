#pragma once
// Redis: PING, after AUTH where there is a password, and a few numbers of INFO where they are
// allowed. All is said at once and ends with QUIT, so that the server closes.

#include "probe/conversation.hpp"

namespace monitron::probe {

class RedisConversation : public Conversation {
 public:
  explicit RedisConversation(const domain::RedisSettings& settings);

  bool begins_with_tls() const override { return settings_.use_tls; }
  void connected() override;
  void closed(const std::string& how) override;

 private:
  enum class Question { auth, ping, info, quit };

  std::size_t read(std::string_view bytes) override;
  void take_login(char type, std::string_view text);
  void take_pong(char type, std::string_view text);
  void take_info(std::string_view info);

  const domain::RedisSettings settings_;
  std::vector<Question> asked_;
  std::size_t answered_ = 0;
  std::string note_;  // up, with this to be said
  bool pong_ = false;
};

}  // namespace monitron::probe
