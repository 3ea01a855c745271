// Which conversation is for which kind of check.

#include "probe/conversation.hpp"
#include "probe/kafka.hpp"
#include "probe/mongodb.hpp"
#include "probe/mysql.hpp"
#include "probe/postgresql.hpp"
#include "probe/rabbitmq.hpp"
#include "probe/redis.hpp"
#include "probe/smtp.hpp"
#include "probe/ssh.hpp"

namespace monitron::probe {

namespace {

struct Maker {
  SteadyInstant deadline;

  using Made = std::unique_ptr<Conversation>;
  Made operator()(const domain::PostgresqlSettings& settings) const {
    return std::make_unique<PostgresqlConversation>(settings, deadline);
  }
  Made operator()(const domain::MysqlSettings& settings) const {
    return std::make_unique<MysqlConversation>(settings, deadline);
  }
  Made operator()(const domain::RedisSettings& settings) const {
    return std::make_unique<RedisConversation>(settings);
  }
  Made operator()(const domain::MongodbSettings& settings) const {
    return std::make_unique<MongodbConversation>(settings);
  }
  Made operator()(const domain::RabbitmqSettings& settings) const {
    return std::make_unique<RabbitmqConversation>(settings);
  }
  Made operator()(const domain::KafkaSettings& settings) const {
    return std::make_unique<KafkaConversation>(settings);
  }
  Made operator()(const domain::SmtpSettings& settings) const {
    return std::make_unique<SmtpConversation>(settings, deadline);
  }
  Made operator()(const domain::SshSettings& settings) const {
    return std::make_unique<SshConversation>(settings, deadline);
  }
  template <class Other>
  Made operator()(const Other&) const {
    return nullptr;
  }
};

}  // namespace

std::unique_ptr<Conversation> make_conversation(const domain::CheckDefinition& check,
                                                SteadyInstant deadline) {
  return std::visit(Maker{deadline}, check.settings);
}

}  // namespace monitron::probe
