// The built api with a real broker and a real database: its start, what it streams, what it does
// when the broker dies and when it is told to stop.

#include "testkit/program.hpp"

#include "auth/vault.hpp"
#include "contracts/report_requested.hpp"
#include "contracts/telemetry.hpp"
#include "contracts/topology.hpp"
#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "mq/consumer.hpp"
#include "mq/publisher.hpp"
#include "store/checks.hpp"
#include "suite.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/private_broker.hpp"
#include "testkit/web_socket.hpp"

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <future>
#include <pqxx/pqxx>
#include <set>
#include <thread>
#include <unistd.h>

namespace monitron::api {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;
using testkit::WebSocket;

int free_ports(int count) {
  const auto tool = std::string(MONITRON_SOURCE_DIR) + "/tools/servers/free_ports ";
  FILE* pipe = popen((tool + std::to_string(count)).c_str(), "r");
  int base = 0;
  EXPECT_EQ(std::fscanf(pipe, "%d", &base), 1);
  pclose(pipe);
  return base;
}

// A monitron-api with a database of its own.
class LiveApi {
 public:
  explicit LiveApi(const std::string& broker, int bcrypt_cost = 12)
      : database(testkit::fresh_database()), base_(free_ports(4)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "api-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    program.emplace(
        "monitron-api", std::vector<std::string>{}, log(),
        std::vector<std::string>{
            "DATABASE_URL=" + database, "RABBITMQ_URL=" + broker,
            "JWT_SECRET=0123456789abcdef0123456789abcdef",
            "ENCRYPTION_KEY=fedcba9876543210fedcba9876543210", "PORT=3999",
            "ADMIN_EMAIL=" + std::string(kAdminEmail),
            "ADMIN_PASSWORD=" + std::string(kAdminPassword), "MONITRON_API_ADDRESS=" + at(0),
            "MONITRON_API_STREAM_ADDRESS=" + at(1), "MONITRON_API_PROBES_ADDRESS=" + at(2),
            "MONITRON_API_QUERY_ADDRESS=" + at(3),
            "MONITRON_API_BCRYPT_COST=" + std::to_string(bcrypt_cost)});
    EXPECT_TRUE(eventually(60s, [&] {
      const auto ready = http::fetch({.url = "http://" + at(2) + "/readyz"});
      return ready && ready->status == 200;
    })) << testkit::read_file(log());
  }
  ~LiveApi() {
    program.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string log() const { return folder_ + "/log"; }
  int stream_port() const { return base_ + 1; }

  Answer ask(http::Method method, const std::string& path, const std::string& token = "",
             const Json& body = nullptr, HeaderList headers = {}) const {
    http::ClientRequest request{.method = method, .url = "http://" + at(0) + path};
    request.headers = std::move(headers);
    request.headers.emplace_back("Content-Type", "application/json");
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    if (!body.is_null()) request.body = body.dump();
    const auto answer = http::fetch(request);
    if (!answer) return {.text = answer.error().text};
    return {answer->status, answer->content_type, answer->body,
            Json::parse(answer->body, nullptr, false), answer->headers};
  }
  Answer post(const std::string& path, const std::string& token, const Json& body) const {
    return ask(http::Method::post, path, token, body);
  }
  Answer login() const {
    return post("/api/v1/auth/login", "", {{"email", kAdminEmail}, {"password", kAdminPassword}});
  }
  std::string token() const { return login().json.value("access_token", ""); }

  std::unique_ptr<WebSocket> open(const std::string& query, const HeaderList& headers = {}) const {
    return std::make_unique<WebSocket>(stream_port(), "/api/v1/stream?" + query, headers);
  }
  std::string ticket(const std::string& token) const {
    return post("/api/v1/stream/tickets", token, nullptr).json.value("ticket", "");
  }

  const std::string database;
  std::optional<testkit::Program> program;

 private:
  std::string at(int offset) const { return "127.0.0.1:" + std::to_string(base_ + offset); }
  int base_;
  std::string folder_;
};

// `count` samples of one source, as the door of ingest puts them on the broker.
contracts::Message samples(const SourceId& source, int count) {
  const std::vector<contracts::Series> series = {{"node_load1", {{"host", std::string(100, 'h')}}}};
  contracts::Block block;
  block.dictionary = contracts::pack_dictionary(series);
  block.series_count = 1;
  for (int i = 0; i < count; ++i) block.frames.push_back({i, {double(i)}});
  contracts::Envelope envelope;
  envelope.batches = {{.id = {.source = source}, .blocks = {block}}};
  return contracts::to_message(envelope, contracts::metric_key(source));
}

std::set<std::string> ready_roles(const Json& health) {
  std::set<std::string> roles;
  for (const auto& role : health["roles"]) {
    if (role["ready"].get<int>() > 0) roles.insert(role["role"].get<std::string>());
  }
  return roles;
}

class ApiProgram : public ::testing::Test {
 protected:
  static void TearDownTestSuite() { broker_.reset(); }
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    if (!broker_) broker_ = std::make_unique<testkit::PrivateBroker>();
    publisher_ = std::make_unique<mq::Publisher>(
        mq::PublisherConfig{.endpoint = *mq::parse_endpoint(broker_->url()),
                            .topology = contracts::durable_topology(),
                            .name = "api_test"});
  }
  // Sends until the client hears of it: its subscription begins a moment after the handshake.
  std::string heard(WebSocket& socket, const SourceId& source) {
    for (int i = 0; i < 200; ++i) {
      if (!publisher_->publish_and_wait(samples(source, 1))) continue;  // the broker starts again
      if (auto text = socket.receive(50ms)) return *text;
    }
    return "";
  }

  static std::unique_ptr<testkit::PrivateBroker> broker_;
  std::unique_ptr<mq::Publisher> publisher_;
};

std::unique_ptr<testkit::PrivateBroker> ApiProgram::broker_;

// M-205…M-208, M-198: the four lines; health names every role that nobody fills.
TEST_F(ApiProgram, StartsAndSaysSo) {
  const LiveApi api(broker_->url());
  const auto log = testkit::read_file(api.log());
  for (const auto* line :
       {"Successfully connected to database!", "Database migrations applied successfully!",
        "RabbitMQ connected successfully!", "Server is running on port 3999"}) {
    EXPECT_NE(log.find(line), std::string::npos) << line << "\n" << log;
  }
  EXPECT_EQ(log.find(kAdminPassword), std::string::npos);
  EXPECT_TRUE(eventually(20s, [&] {
    const auto health = api.ask(http::Method::get, "/health");
    EXPECT_EQ(health.status, 503);
    return ready_roles(health.json) == std::set<std::string>{"api"};
  }));
}

// R-015…R-017: what the door publishes is on the stream at once, for scripts and for browsers.
TEST_F(ApiProgram, StreamsWhatTheBrokerBrings) {
  const LiveApi api(broker_->url());
  const auto token = api.token();
  const auto source = SourceId::make();
  const auto server = "server_id=" + source.str();
  auto script = api.open(server, {{"Authorization", "Bearer " + token}});
  ASSERT_EQ(script->status(), 101);
  EXPECT_EQ(Json::parse(heard(*script, source))["metric_name"], "node_load1");

  const auto ticket = api.ticket(token);
  auto browser = api.open(server + "&format=batch&ticket=" + ticket);
  const auto batch = Json::parse(heard(*browser, source));
  ASSERT_TRUE(batch.is_array());
  EXPECT_EQ(batch[0]["server_id"], source.str());
  auto replay = api.open(server + "&ticket=" + ticket);
  EXPECT_FALSE(replay->receive());
  EXPECT_EQ(replay->close_code(), 1008);

  while (script->receive(100ms)) {
  }
  const auto sent = std::chrono::steady_clock::now();
  ASSERT_TRUE(publisher_->publish_and_wait(samples(source, 1)));
  ASSERT_TRUE(script->receive());
  EXPECT_LT(std::chrono::steady_clock::now() - sent, 500ms);
}

TEST_F(ApiProgram, ASlowClientIsToldWhatItMissed) {
  const LiveApi api(broker_->url());
  const HeaderList login = {{"Authorization", "Bearer " + api.token()}};
  const auto source = SourceId::make();
  auto slow = api.open("", login);
  auto quick = api.open("topics=checks", login);
  ASSERT_NE(heard(*slow, source), "");
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(publisher_->publish_and_wait(samples(source, 5'000)));
  bool told = false;
  while (!told) {
    const auto text = slow->receive(2s);
    ASSERT_TRUE(text) << "closed with " << slow->close_code();
    told = text->starts_with(R"({"type":"dropped","count":)");
  }
  EXPECT_FALSE(quick->closed());
}

// What was asked for while the broker is dead is sent when it is back; the stream goes on too.
TEST_F(ApiProgram, OutlivesTheBroker) {
  const LiveApi api(broker_->url());
  const auto token = api.token();
  const auto source = SourceId::make();
  auto stream = api.open("", {{"Authorization", "Bearer " + token}});
  ASSERT_NE(heard(*stream, source), "");
  broker_->kill();
  const Json report = {
      {"format", "csv"}, {"from", "2026-11-01T00:00:00Z"}, {"to", "2026-11-02T00:00:00Z"}};
  const HeaderList key = {{"Idempotency-Key", "once"}};
  const auto made = api.ask(http::Method::post, "/api/v1/reports", token, report, key);
  ASSERT_EQ(made.status, 202) << made.text;
  const auto again = api.ask(http::Method::post, "/api/v1/reports", token, report, key);
  EXPECT_EQ(again.json["id"], made.json["id"]);
  broker_->start();

  std::mutex mutex;
  std::set<std::string> asked;  // what was not confirmed in time may come twice, as the same
  mq::Consumer jobs({.endpoint = *mq::parse_endpoint(broker_->url()),
                     .topology = contracts::durable_topology(),
                     .queue = "jobs.report",
                     .name = "api_test jobs"},
                    [&](const mq::Delivery& delivery) -> Result<void> {
                      const auto job = contracts::decode_report_requested(delivery.message.body);
                      const std::lock_guard lock(mutex);
                      asked.insert(job ? job->report_id.str() : job.error().text);
                      return {};
                    });
  EXPECT_TRUE(eventually(60s, [&] {
    const std::lock_guard lock(mutex);
    return !asked.empty();
  }));
  EXPECT_NE(heard(*stream, source), "");
  const std::lock_guard lock(mutex);
  EXPECT_EQ(asked, std::set<std::string>{made.json["id"].get<std::string>()});
}

// A test in a place that has no checker is a message without a queue.
TEST_F(ApiProgram, AMessageThatNoQueueTakesHoldsUpNoOther) {
  const LiveApi api(broker_->url());
  const auto token = api.token();
  const Json test = {{"kind", "tcp"},
                     {"target", "127.0.0.1:1"},
                     {"timeout_seconds", 1},
                     {"locations", {"nowhere"}}};
  std::vector<std::future<int>> tests;  // each is answered when nobody has run it in its time
  for (int i = 0; i < 25; ++i) {
    tests.push_back(std::async(
        std::launch::async, [&] { return api.post("/api/v1/checks/test", token, test).status; }));
  }
  for (auto& one : tests) ASSERT_EQ(one.get(), 202);
  const Json report = {
      {"format", "csv"}, {"from", "2026-11-01T00:00:00Z"}, {"to", "2026-11-02T00:00:00Z"}};
  const auto made = api.post("/api/v1/reports", token, report);
  ASSERT_EQ(made.status, 202) << made.text;
  db::Pool database({.url = api.database, .application_name = "api_test"});
  const auto sent = [&](const char* type) {
    return database
        .transact([&](pqxx::work& tx) {
          return tx
              .exec_params1(
                  "SELECT count(*) FROM api_outbox WHERE type = $1 AND sent_at IS NOT NULL",
                  type)[0]
              .as<int>();
        })
        .value_or(-1);
  };
  EXPECT_TRUE(eventually(30s, [&] { return sent("report.requested") == 1; }));
  EXPECT_EQ(sent("check.test"), 0);
}

// SIGTERM while logins are being hashed: each of them is answered, and the exit is a good one.
TEST_F(ApiProgram, AnswersWhatIsInFlightBeforeItEnds) {
  LiveApi api(broker_->url(), 13);
  const auto token = api.token();
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] { good += api.login().status == 200 ? 1 : 0; });
  }
  // By the time these are answered the logins, sent before, are in hand.
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(api.ask(http::Method::get, "/api/v1/me", token).status, 200);
  }
  EXPECT_EQ(api.program->terminate(20s), 0);
  for (auto& client : clients) client.join();
  EXPECT_EQ(good, 4);
}

// M-151, M-152: one line of JSON for each request, with who asked, what, how it ended and how long
// it took.
TEST_F(ApiProgram, EachRequestIsLogged) {
  const LiveApi live(broker_->url());
  const auto token = live.token();
  const HeaderList known = {{"X-Request-Id", "asked-by-a-test"}, {"X-Forwarded-For", "192.0.2.9"}};
  EXPECT_EQ(live.ask(http::Method::get, "/api/v1/instances/" + Uuid::make().str() + "?fields=name",
                     token, nullptr, known)
                .status,
            404);
  Json line;
  EXPECT_TRUE(eventually(10s, [&] {
    std::istringstream log(testkit::read_file(live.log()));
    for (std::string text; std::getline(log, text);) {
      const auto json = Json::parse(text, nullptr, false);
      if (!json.is_object()) ADD_FAILURE() << "no JSON: " << text;
      if (json.value("request_id", "") == "asked-by-a-test") line = json;
    }
    return !line.is_null();
  }));
  const auto caller = live.ask(http::Method::get, "/api/v1/me", token).json.value("id", "");
  EXPECT_EQ(line["event"], "request.served");
  EXPECT_EQ(line["service"], "api");
  EXPECT_EQ(line["method"], "GET");
  EXPECT_EQ(line["route"], "/api/v1/instances/:id");
  EXPECT_EQ(line["status"], 404);
  EXPECT_GT(line["latency_ms"].get<double>(), 0);
  EXPECT_EQ(line["caller"], "user:" + caller);
  EXPECT_EQ(line["peer"], "192.0.2.9");
  EXPECT_TRUE(parse_rfc3339(line["ts"].get<std::string>())) << line;
}

// A database with sealed secrets of `count` checks and a webhook, and the program that rotates
// them.
class SealedSuite {
 public:
  explicit SealedSuite(int count)
      : url_(testkit::fresh_database()), pool_({.url = url_, .application_name = "program_test"}) {
    EXPECT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    EXPECT_TRUE(pool_.transact([&](pqxx::work& tx) {
      for (int i = 0; i < count; ++i) {
        store::Check check{.id = Uuid::make(), .name = "c", .kind = "http", .target = "http://a"};
        const auto sealed = *kOld.seal("s3cret", "check:" + check.id.str());
        check.settings = R"({"http": {"password": ")" + sealed + "\"}}";
        ids_.push_back(store::insert_check(tx, check).id);
      }
      const auto user = Uuid::make(), hook = Uuid::make();
      tx.exec_params(
          "INSERT INTO users (id, email, name, role, password_hash) "
          "VALUES ($1, 'a@b.c', 'a', 'admin', '$2b$')",
          user.str());
      tx.exec_params(
          "INSERT INTO channels (id, user_id, name, kind, target, secret) "
          "VALUES ($1, $2, 'h', 'webhook', 'https://h', $3)",
          hook.str(), user.str(), *kOld.seal("hook", "channel:" + hook.str()));
    }));
    std::string pattern = (std::filesystem::temp_directory_path() / "rotate-XXXXXX").string();
    log_ = std::string(mkdtemp(pattern.data())) + "/log";
  }
  ~SealedSuite() { std::filesystem::remove_all(std::filesystem::path(log_).parent_path()); }

  std::unique_ptr<testkit::Program> rotate(const std::vector<std::string>& more = {},
                                           const std::string& old_keys = kOldKey) const {
    std::vector<std::string> arguments = {"rotate-secrets"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<testkit::Program>(
        "monitron-api", arguments, log_,
        std::vector<std::string>{"DATABASE_URL=" + url_,
                                 "JWT_SECRET=0123456789abcdef0123456789abcdef",
                                 "ENCRYPTION_KEY=" + kNewKey, "ENCRYPTION_KEYS_OLD=" + old_keys});
  }
  // How many of all secrets `vault` opens.
  int opened_by(const auth::Vault& vault) {
    int count = 0;
    EXPECT_TRUE(pool_.transact([&](pqxx::work& tx) {
      for (const auto& row :
           tx.exec("SELECT 'check:' || id, settings->'http'->>'password' "
                   "FROM checks UNION SELECT 'channel:' || id, secret FROM channels")) {
        if (vault.open(row[1].c_str(), row[0].c_str())) ++count;
      }
    }));
    return count;
  }
  std::string output() const { return testkit::read_file(log_); }
  db::Pool& pool() { return pool_; }
  const std::string& url() const { return url_; }
  const Uuid& check(std::size_t index) const { return ids_[index]; }

  static inline const std::string kOldKey = std::string(32, 'o'), kNewKey = std::string(32, 'n');
  static inline const auth::Vault kOld{kOldKey}, kNew{kNewKey};

 private:
  const std::string url_;
  db::Pool pool_;
  std::string log_;
  std::vector<Uuid> ids_;
};

// S16: all secrets go to the key of today; a dry run only counts.
// S-16.
TEST_F(ApiProgram, SecretsAreSealedAnew) {
  SealedSuite sealed(3);
  EXPECT_EQ(sealed.rotate({"--dry-run"})->wait_for_end(), 0) << sealed.output();
  EXPECT_NE(sealed.output().find("4 secrets of older keys, 0 sealed anew"), std::string::npos)
      << sealed.output();
  EXPECT_EQ(sealed.opened_by(SealedSuite::kOld), 4);
  EXPECT_EQ(sealed.rotate()->wait_for_end(), 0);
  EXPECT_NE(sealed.output().find("4 secrets of older keys, 4 sealed anew"), std::string::npos)
      << sealed.output();
  EXPECT_EQ(sealed.opened_by(SealedSuite::kNew), 4);
  EXPECT_EQ(sealed.rotate()->wait_for_end(), 0);
  EXPECT_NE(sealed.output().find("0 secrets of older keys"), std::string::npos);
  EXPECT_EQ(sealed.rotate({"--nonsense"})->wait_for_end(), 64);
}

TEST_F(ApiProgram, SecretsThatNoKeyOpensAreNamedAndKept) {
  SealedSuite sealed(1);
  EXPECT_EQ(sealed.rotate({}, "")->wait_for_end(), 1);
  EXPECT_NE(sealed.output().find("no key opens secrets of check:" + sealed.check(0).str()),
            std::string::npos)
      << sealed.output();
  EXPECT_EQ(sealed.opened_by(SealedSuite::kOld), 2);
}

// S16: killed in the middle it leaves every secret readable, and goes on when started again.
// S-16.
TEST_F(ApiProgram, ARotationThatIsKilledGoesOn) {
  SealedSuite sealed(350);
  pqxx::connection other(sealed.url());
  pqxx::work holds(other);
  holds.exec_params("SELECT FROM checks WHERE id = $1 FOR UPDATE", sealed.check(250).str());
  const auto first = sealed.rotate();
  EXPECT_TRUE(eventually(20s, [&] {
    return sealed.pool()
               .transact([](pqxx::work& tx) {
                 return tx
                     .exec1(
                         "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                         "AND wait_event_type = 'Lock'")[0]
                     .as<int>();
               })
               .value_or(0) == 1;
  })) << sealed.output();
  first->kill_hard();
  holds.abort();
  EXPECT_EQ(sealed.opened_by(SealedSuite::kNew), 200);
  EXPECT_EQ(sealed.opened_by(auth::Vault({SealedSuite::kNewKey, SealedSuite::kOldKey})), 351);
  EXPECT_EQ(sealed.rotate()->wait_for_end(), 0) << sealed.output();
  EXPECT_NE(sealed.output().find("151 secrets of older keys, 151 sealed anew"), std::string::npos);
  EXPECT_EQ(sealed.opened_by(SealedSuite::kNew), 351);
}

}  // namespace
}  // namespace monitron::api
