#include "probe/postgresql.hpp"

#include <algorithm>

namespace monitron::probe {

using domain::CheckStatus;
using postgresql::Complaint;
using postgresql::Frame;

namespace {

constexpr std::string_view kScram = "SCRAM-SHA-256";
constexpr std::uint64_t kAnswerBytes = 4 << 20;

// Classes of SQLSTATE that say that the server is in no state to serve anybody: no resources (too
// many clients), starting or stopping, trouble of its own.
bool serves_nobody(std::string_view code) {
  constexpr std::string_view kClasses[] = {"53", "57", "58", "XX", "F0"};
  return std::any_of(std::begin(kClasses), std::end(kClasses),
                     [&](auto begin) { return code.starts_with(begin); });
}

std::string text_of(const Complaint& complaint) {
  const std::string text = complaint.text.substr(0, kServiceTextBytes);
  return complaint.code.empty() ? text : text + " (" + complaint.code.substr(0, 5) + ")";
}

}  // namespace

PostgresqlConversation::PostgresqlConversation(const domain::PostgresqlSettings& settings,
                                               SteadyInstant deadline)
    : settings_(settings), deadline_(deadline) {}

void PostgresqlConversation::connected() {
  if (!settings_.use_tls) return start_session();
  stage("asking for TLS");
  asking_for_tls_ = true;
  say(postgresql::ssl_request());
}

std::size_t PostgresqlConversation::read_tls_answer(std::string_view bytes) {
  if (bytes[0] == 'S') {
    asking_for_tls_ = false;
    begin_tls();
    return 1;
  }
  if (bytes[0] != 'N') return end_as_strange();
  end(CheckStatus::down, "the server offers no TLS");
  return 1;
}

void PostgresqlConversation::secured(const std::string& complaint) {
  if (!complaint.empty()) return end(CheckStatus::down, complaint);
  encrypted_ = true;
  start_session();
}

void PostgresqlConversation::start_session() {
  stage(settings_.username.empty() ? "waiting for the server" : "logging in");
  std::vector<std::pair<std::string, std::string>> parameters{
      {"user", settings_.username.empty() ? "monitron" : settings_.username},
      {"application_name", "monitron"}};
  if (!settings_.database.empty()) parameters.emplace_back("database", settings_.database);
  if (!settings_.username.empty() && !settings_.query.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    parameters.emplace_back("default_transaction_read_only", "on");
    parameters.emplace_back("statement_timeout",
                            std::to_string(std::max<std::int64_t>(left.count(), 1)));
  }
  say(postgresql::startup(parameters));
}

std::size_t PostgresqlConversation::read(std::string_view bytes) {
  if (asking_for_tls_) return read_tls_answer(bytes);
  const auto frame = postgresql::read_frame(bytes);
  if (frame.state == Framing::broken) {
    const auto error = postgresql::read_old_error(bytes);
    if (!error) return end_as_strange();
    end(CheckStatus::down, error->substr(0, kServiceTextBytes));
  }
  if (frame.state == Framing::whole) take(frame);
  return frame.size;
}

void PostgresqlConversation::take(const Frame& frame) {
  switch (frame.type) {
    case 'R':
      return authenticate(frame.body);
    case 'E':
      return refused(postgresql::read_complaint(frame.body));
    case 'S':
      return take_parameter(frame.body);
    case 'D':
      return add_row(frame.body);
    case 'Z':
      return ready();
    case 'G':
    case 'H':
    case 'W':
      return leave(CheckStatus::unknown, "a query of COPY cannot be checked");
    default:
      return;  // notices, descriptions, ends of statements
  }
}

void PostgresqlConversation::authenticate(std::string_view body) {
  const auto wish = postgresql::read_authentication(body);
  if (!wish || logged_in_) return void(end_as_strange());
  if (settings_.username.empty()) {
    // A session that has begun wants a goodbye; one that waits for a password takes anything but
    // the end of the connection for a mistake, and logs it.
    if (wish->method == 0) say(postgresql::terminate());
    return end(CheckStatus::up);
  }
  if (wish->method != 0) return log_in(wish->method, wish->data);
  if (scram_ && !server_proven_) {
    return end(CheckStatus::down, "login: the server does not prove that it knows the password");
  }
  logged_in_ = true;
}

void PostgresqlConversation::log_in(std::uint32_t method, std::string_view data) {
  const std::string& password = settings_.password.text;
  if (method >= 10 && method <= 12) return log_in_by_sasl(method, data);
  if (method == 5 && data.size() == 4) {
    return say(postgresql::password(postgresql::md5_answer(settings_.username, password, data)));
  }
  if (method == 3 && encrypted_) return say(postgresql::password(password));
  end(CheckStatus::unknown, method == 3
                                ? "login: the server wants the password in plain text, which is "
                                  "sent by TLS only"
                                : "login: the server wants a way of authentication (" +
                                      std::to_string(method) + ") that is not known here");
}

void PostgresqlConversation::log_in_by_sasl(std::uint32_t method, std::string_view data) {
  if (method == 10) {
    if (!postgresql::offers(data, kScram)) {
      return end(CheckStatus::unknown, "login: the server does not offer SCRAM-SHA-256");
    }
    // The user of the start of the session counts.
    scram_.emplace("", settings_.password.text, make_scram_nonce());
    return say(postgresql::sasl_first(kScram, scram_->first()));
  }
  if (!scram_) return void(end_as_strange());
  if (method == 12) {
    server_proven_ = scram_->proven_by(data);
    return;
  }
  const auto answer = scram_->answer(data);
  if (!answer) return end(CheckStatus::down, "login: the server " + answer.error().text);
  say(postgresql::message('p', *answer));
}

void PostgresqlConversation::refused(const Complaint& complaint) {
  if (query_begun_) return leave(CheckStatus::down, "query: " + text_of(complaint));
  if (logged_in_) return end(CheckStatus::down, text_of(complaint));
  if (!settings_.username.empty()) {
    return end(CheckStatus::down, "login: " + text_of(complaint));
  }
  detail("server_message", text_of(complaint));
  if (serves_nobody(complaint.code)) return end(CheckStatus::down, text_of(complaint));
  end(CheckStatus::up);
}

void PostgresqlConversation::take_parameter(std::string_view body) {
  const auto [name, text] = postgresql::read_parameter(body);
  if (name == "server_version") detail("server_version", text);
  if (name == "in_hot_standby") detail("in_hot_standby", text);
}

void PostgresqlConversation::add_row(std::string_view body) {
  const auto value = postgresql::first_column(body);
  if (!query_begun_ || !value) return void(end_as_strange());
  answer_bytes_ += body.size();
  if (answer_bytes_ > kAnswerBytes) {
    return end(CheckStatus::down, "query: more than 4 MiB of answer");
  }
  answer_.add_row(*value);
}

void PostgresqlConversation::ready() {
  if (!logged_in_) return void(end_as_strange());
  if (settings_.query.empty()) return leave(CheckStatus::up, "");
  if (!query_begun_) {
    stage("running the query");
    query_begun_ = std::chrono::steady_clock::now();
    return say(postgresql::query(settings_.query));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - *query_begun_;
  value("probe_postgresql_query_seconds", took.count());
  value("probe_postgresql_query_rows", static_cast<double>(answer_.rows));
  if (const auto number = number_of(answer_)) value("probe_postgresql_query_value", *number);
  auto judgement = judge(answer_, settings_.expected);
  leave(judgement.status, std::move(judgement.reason));
}

void PostgresqlConversation::leave(CheckStatus status, std::string reason) {
  say(postgresql::terminate());
  end(status, std::move(reason));
}

}  // namespace monitron::probe
