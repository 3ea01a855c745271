// Servers of MySQL and MariaDB: with and without a login, with and without TLS.

#include "probe/mysql_messages.hpp"
#include "talk.hpp"

MONITRON_FUZZ(mysql) {
  using namespace monitron;
  fuzz::Input input(bytes);
  domain::MysqlSettings settings;
  settings.use_tls = input.flag();
  if (input.flag()) {
    settings.username = "user";
    settings.password.text = "pencil";
    settings.query = "SELECT 1";
  }
  const auto body = input.rest();
  if (const auto greeting = probe::mysql::read_greeting(body)) {
    fuzz::must(greeting->nonce.size() <= 20, "a nonce too long");
  }
  (void)probe::mysql::read_complaint(body);
  (void)probe::mysql::read_plugin_switch(body);
  (void)probe::mysql::first_column(body);
  fuzz::talk_with(fuzz::check_with(settings), input);
}
