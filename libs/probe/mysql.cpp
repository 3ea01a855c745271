#include "probe/mysql.hpp"

#include <algorithm>

namespace monitron::probe {

using domain::CheckStatus;
using mysql::Complaint;

namespace {

constexpr std::string_view kNative = "mysql_native_password";
constexpr std::string_view kSha2 = "caching_sha2_password";
constexpr std::string_view kPlain = "mysql_clear_password";
constexpr std::uint64_t kAnswerBytes = 4 << 20;
constexpr char kQuit = 1;
constexpr char kQuery = 3;

// Complaints of a server that is in no state to serve anybody: too many connections (of all, of
// one user), no memory, no threads, stopping.
bool serves_nobody(std::uint16_t code) {
  constexpr std::uint16_t kCodes[] = {1040, 1041, 1037, 1038, 1053, 1135, 1203};
  return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

// The host is blocked; the host is not allowed.
bool refuses_us(std::uint16_t code) { return code == 1129 || code == 1130; }

std::string text_of(const Complaint& complaint) {
  return complaint.text.substr(0, kServiceTextBytes) + " (" + std::to_string(complaint.code) + ")";
}

}  // namespace

MysqlConversation::MysqlConversation(const domain::MysqlSettings& settings, SteadyInstant deadline)
    : settings_(settings), deadline_(deadline) {}

std::size_t MysqlConversation::read(std::string_view bytes) {
  const auto packet = mysql::read_packet(bytes);
  if (packet.state == Framing::broken) return end_as_strange();
  if (packet.state != Framing::whole) return 0;
  sequence_ = packet.sequence;
  take(packet.payload);
  return packet.size;
}

void MysqlConversation::take(std::string_view payload) {
  switch (place_) {
    case Place::greeting:
      return greet(payload);
    case Place::login:
      return take_login(payload);
    case Place::preparing:
      return take_preparation(payload);
    case Place::query:
      return take_query_answer(payload);
    case Place::columns:
      if (mysql::is_end_of_rows(payload)) place_ = Place::rows;
      return;
    case Place::rows:
      return take_row(payload);
  }
}

void MysqlConversation::greet(std::string_view payload) {
  if (mysql::is_complaint(payload)) return refused(mysql::read_complaint(payload));
  const auto greeting = mysql::read_greeting(payload);
  if (!greeting) return void(end_as_strange());
  greeting_ = *greeting;
  detail("server_version", greeting_.version);
  place_ = Place::login;
  stage(settings_.username.empty() ? "finishing the handshake" : "logging in");
  if (!settings_.use_tls) return log_in();
  if ((greeting_.capabilities & mysql::kTls) == 0) {
    settle(CheckStatus::down, "the server offers no TLS");
    return log_in();
  }
  reply(mysql::tls_request(mysql::kProtocol41 | mysql::kSecureConnection | mysql::kPluginAuth |
                           mysql::kTls));
  ++sequence_;
  begin_tls();
}

void MysqlConversation::secured(const std::string& complaint) {
  if (!complaint.empty()) settle(CheckStatus::down, complaint);
  encrypted_ = true;
  log_in();
}

void MysqlConversation::log_in() {
  mysql::Login login;
  login.capabilities =
      mysql::kLongPassword | mysql::kProtocol41 | mysql::kTransactions | mysql::kSecureConnection;
  login.capabilities |= greeting_.capabilities & mysql::kPluginAuth;
  if (encrypted_) login.capabilities |= mysql::kTls;
  login.user = anonymous() ? "monitron" : settings_.username;
  if (greeting_.plugin != kNative && greeting_.plugin != kSha2) greeting_.plugin = kNative;
  login.plugin = greeting_.plugin;
  if (!anonymous()) {
    login.proof = proof();
    login.database = settings_.database;
    if (!login.database.empty()) login.capabilities |= mysql::kConnectWithDatabase;
  }
  reply(mysql::login(login));
}

std::string MysqlConversation::proof() const {
  const auto& password = settings_.password.text;
  return greeting_.plugin == kSha2 ? mysql::sha2_proof(password, greeting_.nonce)
                                   : mysql::native_proof(password, greeting_.nonce);
}

void MysqlConversation::take_login(std::string_view payload) {
  if (mysql::is_complaint(payload)) return refused(mysql::read_complaint(payload));
  if (payload.empty()) return void(end_as_strange());
  if (payload[0] == '\0') return logged_in();
  if (payload[0] == '\x01') return more_of_login(payload.substr(1));
  const auto wish = mysql::read_plugin_switch(payload);
  if (!wish) return void(end_as_strange());
  switch_plugin(*wish);
}

void MysqlConversation::switch_plugin(const mysql::PluginSwitch& wish) {
  greeting_.plugin = wish.plugin;
  greeting_.nonce = wish.nonce;
  const bool known = wish.plugin == kNative || wish.plugin == kSha2;
  if (!anonymous() && wish.plugin == kPlain && encrypted_) {
    return reply(settings_.password.text + '\0');
  }
  if (!anonymous() && !known) {
    settle(CheckStatus::unknown, "login: the server wants a way of authentication (" +
                                     wish.plugin.substr(0, 100) + ") that is not known here" +
                                     (wish.plugin == kPlain ? " without TLS" : ""));
  }
  reply(anonymous() ? std::string() : proof());
}

// Of caching_sha2_password: 3, the server knows this proof; 4, it must see the password itself.
// Nobody proves without TLS whose key it is that would seal a password.
void MysqlConversation::more_of_login(std::string_view payload) {
  if (greeting_.plugin != kSha2 || payload.empty()) return void(end_as_strange());
  if (payload == "\x03") return;
  if (anonymous()) return reply("");
  if (payload != "\x04") return void(end_as_strange());
  if (encrypted_) return reply(settings_.password.text + '\0');
  settle(CheckStatus::unknown, "login: the server wants the password, which is sent by TLS only");
  reply("");
}

void MysqlConversation::refused(const Complaint& complaint) {
  if (settled_) return end(settled_->status, settled_->reason);
  detail("server_message", text_of(complaint));
  if (serves_nobody(complaint.code)) return end(CheckStatus::down, text_of(complaint));
  if (!settings_.username.empty()) return end(CheckStatus::down, "login: " + text_of(complaint));
  if (refuses_us(complaint.code)) {
    return end(CheckStatus::up, "the server answers, but refuses us: " + text_of(complaint));
  }
  end(CheckStatus::up);
}

void MysqlConversation::logged_in() {
  if (settled_) return leave(settled_->status, settled_->reason);
  if (anonymous() || settings_.query.empty()) return leave(CheckStatus::up, "");
  stage("running the query");
  place_ = Place::preparing;
  ask_next();
}

void MysqlConversation::take_preparation(std::string_view payload) {
  if (prepared_ == 1 && mysql::is_complaint(payload)) {
    return leave(CheckStatus::down, "query: " + text_of(mysql::read_complaint(payload)));
  }
  ask_next();  // without a limit of time where the server knows none
}

// A query may only read, and only as long as the check has time.
void MysqlConversation::ask_next() {
  const auto left = deadline_ - std::chrono::steady_clock::now();
  const auto ms = std::max<std::int64_t>(
      1, std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
  switch (prepared_++) {
    case 0:
      return command(kQuery, "SET SESSION TRANSACTION READ ONLY");
    case 1:
      return command(kQuery, greeting_.version.find("MariaDB") == std::string::npos
                                 ? "SET SESSION max_execution_time = " + std::to_string(ms)
                                 : "SET SESSION max_statement_time = " +
                                       std::to_string(static_cast<double>(ms) / 1e3));
    default:
      break;
  }
  place_ = Place::query;
  query_begun_ = std::chrono::steady_clock::now();
  command(kQuery, settings_.query);
}

void MysqlConversation::take_query_answer(std::string_view payload) {
  if (mysql::is_complaint(payload)) {
    return leave(CheckStatus::down, "query: " + text_of(mysql::read_complaint(payload)));
  }
  if (!payload.empty() && payload[0] == '\0') return judge_query();  // done, no rows
  if (!payload.empty() && payload[0] == '\xfb') {
    return end(CheckStatus::unknown, "query: the server asks for a file of ours");
  }
  ByteReader reader(payload);
  const auto columns = mysql::read_number(reader);
  if (!columns || !reader.good()) return void(end_as_strange());
  place_ = Place::columns;
}

void MysqlConversation::take_row(std::string_view payload) {
  if (mysql::is_end_of_rows(payload)) return judge_query();
  if (mysql::is_complaint(payload)) {
    return leave(CheckStatus::down, "query: " + text_of(mysql::read_complaint(payload)));
  }
  const auto value = mysql::first_column(payload);
  if (!value) return void(end_as_strange());
  answer_bytes_ += payload.size() + 4;
  if (answer_bytes_ > kAnswerBytes) {
    return end(CheckStatus::down, "query: more than 4 MiB of answer");
  }
  answer_.add_row(*value);
}

void MysqlConversation::judge_query() {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - query_begun_;
  value("probe_mysql_query_seconds", took.count());
  value("probe_mysql_query_rows", static_cast<double>(answer_.rows));
  if (const auto number = number_of(answer_)) value("probe_mysql_query_value", *number);
  auto judgement = judge(answer_, settings_.expected);
  leave(judgement.status, std::move(judgement.reason));
}

void MysqlConversation::reply(std::string_view payload) {
  say(mysql::packet(static_cast<std::uint8_t>(sequence_ + 1), payload));
}

void MysqlConversation::command(char code, std::string_view text) {
  say(mysql::packet(0, code + std::string(text)));
}

void MysqlConversation::settle(CheckStatus status, std::string reason) {
  settled_ = Judgement{status, std::move(reason)};
}

void MysqlConversation::leave(CheckStatus status, std::string reason) {
  command(kQuit, "");
  end(status, std::move(reason));
}

}  // namespace monitron::probe
