#pragma once
// MySQL and MariaDB. A server counts handshakes that were begun and not finished, and refuses the
// whole host after some (max_connect_errors, 100): every conversation finishes its handshake. One
// that has nothing to say any more logs in as nobody, without a password, and is turned away.

#include "probe/conversation.hpp"
#include "probe/mysql_messages.hpp"
#include "probe/query_answer.hpp"

namespace monitron::probe {

class MysqlConversation : public Conversation {
 public:
  MysqlConversation(const domain::MysqlSettings& settings, SteadyInstant deadline);

  void connected() override { stage("waiting for the greeting"); }
  void secured(const std::string& complaint) override;

 private:
  enum class Place { greeting, login, preparing, query, columns, rows };

  std::size_t read(std::string_view bytes) override;
  void take(std::string_view payload);
  void greet(std::string_view payload);
  void log_in();
  void take_login(std::string_view payload);
  void switch_plugin(const mysql::PluginSwitch& wish);
  void more_of_login(std::string_view payload);
  void refused(const mysql::Complaint& complaint);
  void logged_in();
  void take_preparation(std::string_view payload);
  void ask_next();
  void take_query_answer(std::string_view payload);
  void take_row(std::string_view payload);
  void judge_query();

  bool anonymous() const { return settings_.username.empty() || settled_; }
  std::string proof() const;
  void reply(std::string_view payload);
  void command(char code, std::string_view text);
  // The verdict; it is told when the handshake is finished.
  void settle(domain::CheckStatus status, std::string reason);
  void leave(domain::CheckStatus status, std::string reason);

  const domain::MysqlSettings settings_;
  const SteadyInstant deadline_;
  Place place_ = Place::greeting;
  std::uint8_t sequence_ = 0;  // of the packet that came last
  mysql::Greeting greeting_;
  bool encrypted_ = false;
  std::optional<Judgement> settled_;
  std::size_t prepared_ = 0;
  SteadyInstant query_begun_;
  QueryAnswer answer_;
  std::uint64_t answer_bytes_ = 0;
};

}  // namespace monitron::probe
