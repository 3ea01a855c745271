#pragma once
// SMTP (RFC 5321): waits for the greeting before it talks, says EHLO, STARTTLS where asked for, and
// always QUIT.

#include "probe/conversation.hpp"

namespace monitron::probe {

class SmtpConversation : public Conversation {
 public:
  SmtpConversation(const domain::SmtpSettings& settings, SteadyInstant deadline);

  bool begins_with_tls() const override { return settings_.use_tls; }
  void connected() override;
  void secured(const std::string& complaint) override;
  void closed(const std::string& how) override;
  void out_of_time() override;

 private:
  enum class Await { greeting, ehlo, helo, starttls, farewell };
  struct Reply {
    int code = 0;
    std::string text;  // its lines, without codes
  };

  std::size_t read(std::string_view bytes) override;
  void take(const Reply& reply);
  void take_extensions(const std::string& text);
  void refuse(const Reply& reply);
  void leave(domain::CheckStatus status, std::string reason);

  const domain::SmtpSettings settings_;
  Await await_ = Await::greeting;
  domain::CheckStatus verdict_ = domain::CheckStatus::up;  // once it has said QUIT
  std::string reason_;
};

}  // namespace monitron::probe
