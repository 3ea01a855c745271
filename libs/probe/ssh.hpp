#pragma once
// SSH: the exchange of banners (RFC 4253 §4.2), then a disconnect in order, so that the server does
// not wait for a login that never comes.

#include "probe/conversation.hpp"

namespace monitron::probe {

class SshConversation : public Conversation {
 public:
  SshConversation(const domain::SshSettings& settings, SteadyInstant deadline);

  void connected() override;
  void closed(const std::string& how) override;
  void out_of_time() override;

 private:
  std::size_t read(std::string_view bytes) override;
  void judge(std::string_view banner);

  const domain::SshSettings settings_;
  std::string words_;  // what came before the banner
  bool leaving_ = false;
  domain::CheckStatus verdict_ = domain::CheckStatus::up;
  std::string reason_;
};

}  // namespace monitron::probe
