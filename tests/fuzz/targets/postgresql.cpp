// Servers of PostgreSQL: with and without a login, with and without TLS.

#include "probe/postgresql_messages.hpp"
#include "talk.hpp"

MONITRON_FUZZ(postgresql) {
  using namespace monitron;
  fuzz::Input input(bytes);
  domain::PostgresqlSettings settings;
  settings.use_tls = input.flag();
  if (input.flag()) {
    settings.username = "user";
    settings.password.text = "pencil";
    settings.query = "SELECT 1";
    settings.expected = "^1";
  }
  const auto body = input.rest();
  (void)probe::postgresql::read_frame(body);
  (void)probe::postgresql::read_complaint(body);
  (void)probe::postgresql::read_parameter(body);
  (void)probe::postgresql::first_column(body);
  fuzz::talk_with(fuzz::check_with(settings), input);
}
