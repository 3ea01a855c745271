#pragma once
// PostgreSQL: the smallest handshake is the start of a session, up to where the server wants a
// password; with a user also the login, and a query.

#include "probe/conversation.hpp"
#include "probe/postgresql_messages.hpp"
#include "probe/query_answer.hpp"
#include "probe/scram.hpp"

namespace monitron::probe {

class PostgresqlConversation : public Conversation {
 public:
  PostgresqlConversation(const domain::PostgresqlSettings& settings, SteadyInstant deadline);

  void connected() override;
  void secured(const std::string& complaint) override;

 private:
  std::size_t read(std::string_view bytes) override;
  std::size_t read_tls_answer(std::string_view bytes);
  void start_session();
  void take(const postgresql::Frame& frame);
  void authenticate(std::string_view body);
  void log_in(std::uint32_t method, std::string_view data);
  void log_in_by_sasl(std::uint32_t method, std::string_view data);
  void refused(const postgresql::Complaint& complaint);
  void ready();
  void add_row(std::string_view body);
  void take_parameter(std::string_view body);
  void leave(domain::CheckStatus status, std::string reason);

  const domain::PostgresqlSettings settings_;
  const SteadyInstant deadline_;
  bool asking_for_tls_ = false;
  bool encrypted_ = false;
  bool logged_in_ = false;
  std::optional<SteadyInstant> query_begun_;
  std::optional<ScramClient> scram_;
  bool server_proven_ = false;
  QueryAnswer answer_;
  std::uint64_t answer_bytes_ = 0;
};

}  // namespace monitron::probe
