// Checks of a real MariaDB.

#include "../target.hpp"
#include "testkit/tool_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;

namespace {

const Keys& authority() {
  static const Keys keys = make_keys("Test CA", -1, 400);
  return keys;
}

// Connects to a port of loopback as 127.0.0.8: MariaDB never blocks 127.0.0.1.
int connect_as_another_host(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in own{}, server{};
  own.sin_family = server.sin_family = AF_INET;
  inet_pton(AF_INET, "127.0.0.8", &own.sin_addr);
  inet_pton(AF_INET, "127.0.0.1", &server.sin_addr);
  server.sin_port = htons(static_cast<std::uint16_t>(port));
  if (bind(fd, reinterpret_cast<sockaddr*>(&own), sizeof(own)) != 0 ||
      connect(fd, reinterpret_cast<sockaddr*>(&server), sizeof(server)) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

// Carries bytes between two sockets until one of them ends.
void relay(int a, int b) {
  for (;;) {
    pollfd both[] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
    if (poll(both, 2, 5000) <= 0) return;
    for (const int side : {0, 1}) {
      if (both[side].revents == 0) continue;
      char bytes[16'384];
      const auto size = read(both[side].fd, bytes, sizeof(bytes));
      if (size <= 0) return;
      write_all(both[1 - side].fd, {bytes, static_cast<std::size_t>(size)});
    }
  }
}

class MysqlServer : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const Keys keys = make_keys("db.example", -1, 100, &authority());
    server_ = std::make_unique<testkit::ToolServer>("mariadb", 1);
    server_->prepare({std::to_string(server_->port()),
                      write_file("mariadb_certificate.pem", keys.certificate_pem),
                      write_file("mariadb_key.pem", keys.key_pem)});
    server_->start();
    sql("CREATE DATABASE shop; CREATE TABLE shop.jobs (id INT); INSERT INTO shop.jobs VALUES "
        "(7), (8); CREATE USER ada@'%' IDENTIFIED BY 'engine'; GRANT ALL ON shop.* TO ada@'%'; "
        "CREATE USER sock@'%' IDENTIFIED VIA ed25519 USING PASSWORD('x')");
  }
  static void TearDownTestSuite() { server_.reset(); }

  static void sql(const std::string& statements) {
    const std::string tool = MONITRON_SOURCE_DIR "/tools/servers/mariadb sql ";
    ASSERT_EQ(std::system((tool + server_->directory() + " \"" + statements + "\"").c_str()), 0);
  }
  static domain::CheckDefinition check(int port = 0) {
    return check_of(CheckKind::mysql,
                    "127.0.0.1:" + std::to_string(port == 0 ? server_->port() : port));
  }
  static domain::CheckDefinition login(const std::string& query = {}) {
    auto made = check();
    auto& settings = made.use<domain::MysqlSettings>();
    settings.username = "ada";
    settings.password.text = "engine";
    settings.database = "shop";
    settings.query = query;
    return made;
  }

  static std::unique_ptr<testkit::ToolServer> server_;
};

std::unique_ptr<testkit::ToolServer> MysqlServer::server_;

}  // namespace

// C-002, M-029.
TEST_F(MysqlServer, AnswersWithoutALogin) {
  const auto outcome = run_once(check());
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_NE(outcome.details.at("server_version").find("MariaDB"), std::string::npos);
  EXPECT_NE(outcome.details.at("server_message").find("1045"), std::string::npos);
}

TEST_F(MysqlServer, LogsInAndAsks) {
  EXPECT_EQ(run_once(login()).reason, "");
  auto asking = login("SELECT count(*) FROM jobs");
  asking.use<domain::MysqlSettings>().expected = "^2$";
  const auto outcome = run_once(asking);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_mysql_query_value"), 2);
  const auto rows = run_once(login("SELECT id FROM jobs ORDER BY id"));
  EXPECT_EQ(value_of(rows, "probe_mysql_query_rows"), 2);
  EXPECT_EQ(value_of(rows, "probe_mysql_query_value"), 7);
}

TEST_F(MysqlServer, TellsWhatIsWrongWithALoginOrQuery) {
  auto wrong = login();
  wrong.use<domain::MysqlSettings>().password.text = "guess";
  const auto refused = run_once(wrong);
  EXPECT_EQ(refused.status, CheckStatus::down);
  EXPECT_NE(refused.reason.find("1045"), std::string::npos) << refused.reason;
  EXPECT_EQ(refused.reason.find("guess"), std::string::npos);
  EXPECT_NE(run_once(login("SELECT nonsense")).reason.find("1054"), std::string::npos);
  const auto harmless = run_once(login("DELETE FROM jobs"));
  EXPECT_EQ(harmless.status, CheckStatus::down);
  EXPECT_NE(harmless.reason.find("1792"), std::string::npos) << harmless.reason;
  auto foreign = login();
  foreign.use<domain::MysqlSettings>().username = "sock";
  EXPECT_EQ(run_once(foreign).status, CheckStatus::unknown);
}

TEST_F(MysqlServer, SpeaksTls) {
  auto encrypted = login("SHOW STATUS LIKE 'Ssl_version'");
  auto& settings = encrypted.use<domain::MysqlSettings>();
  settings.use_tls = true;
  settings.tls.ca_certificate = authority().certificate_pem;
  const auto other_name = run_once(encrypted);
  EXPECT_EQ(other_name.status, CheckStatus::down);
  EXPECT_NE(other_name.reason.find("certificate"), std::string::npos) << other_name.reason;
  settings.tls.server_name = "db.example";
  const auto outcome = run_once(encrypted);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_TRUE(outcome.phases.tls.has_value());
  EXPECT_EQ(outcome.details.at("certificate_common_name"), "db.example");
}

// The server blocks a host after 100 handshakes that were not finished. Ours are, whether they say
// nobody's name, meet a certificate that is not trusted, or know a password.
TEST_F(MysqlServer, ChecksDoNotGetTheirHostBlocked) {
  const int server = server_->port();
  const Target relayed([server](int fd) {
    const int onward = connect_as_another_host(server);
    if (onward < 0) return;
    relay(fd, onward);
    close(onward);
  });
  auto anonymous = check(relayed.port()), distrusting = anonymous, known = login();
  known.target = anonymous.target;
  distrusting.use<domain::MysqlSettings>().use_tls = true;
  for (int i = 0; i < 120; ++i) {
    const auto outcome = run_once(anonymous);
    ASSERT_EQ(outcome.status, CheckStatus::up) << i << ": " << outcome.reason;
    ASSERT_NE(outcome.details.at("server_message").find("1045"), std::string::npos);
  }
  for (int i = 0; i < 120; ++i) {
    const auto outcome = run_once(distrusting);
    ASSERT_EQ(outcome.status, CheckStatus::down);
    ASSERT_NE(outcome.reason.find("certificate"), std::string::npos) << i << outcome.reason;
  }
  EXPECT_EQ(run_once(known).status, CheckStatus::up);
  // Whoever only looks at the greeting is blocked: the trap is there.
  for (int i = 0; i < 101; ++i) {
    const int fd = connect_as_another_host(server);
    char byte = 0;
    ASSERT_EQ(read(fd, &byte, 1), 1);
    close(fd);
  }
  const auto blocked = run_once(anonymous);
  EXPECT_EQ(blocked.status, CheckStatus::up);
  EXPECT_NE(blocked.reason.find("1129"), std::string::npos) << blocked.reason;
  EXPECT_EQ(run_once(known).status, CheckStatus::down);
}

}  // namespace monitron::probe
