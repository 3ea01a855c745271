// Which conversation is for which kind of check.

#include "probe/conversation.hpp"
#include "probe/mysql.hpp"
#include "probe/postgresql.hpp"
#include "probe/redis.hpp"
#include "probe/smtp.hpp"
#include "probe/ssh.hpp"

namespace monitron::probe {

std::unique_ptr<Conversation> make_conversation(const domain::CheckDefinition& check,
                                                SteadyInstant deadline) {
  using domain::CheckKind;
  switch (check.kind()) {
    case CheckKind::postgresql:
      return std::make_unique<PostgresqlConversation>(check.as<domain::PostgresqlSettings>(),
                                                      deadline);
    case CheckKind::mysql:
      return std::make_unique<MysqlConversation>(check.as<domain::MysqlSettings>(), deadline);
    case CheckKind::redis:
      return std::make_unique<RedisConversation>(check.as<domain::RedisSettings>(), deadline);
    case CheckKind::smtp:
      return std::make_unique<SmtpConversation>(check.as<domain::SmtpSettings>(), deadline);
    case CheckKind::ssh:
      return std::make_unique<SshConversation>(check.as<domain::SshSettings>(), deadline);
    default:
      return nullptr;
  }
}

}  // namespace monitron::probe
