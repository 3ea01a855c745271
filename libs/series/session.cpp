#include "series/session.hpp"

#include "base/bytes.hpp"
#include "db/session_settings.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <libpq-fe.h>
#include <thread>

namespace monitron::series {
namespace {

constexpr const char* kTimeouts =
    "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'; "
    "SET lock_timeout = '10s'";
constexpr std::chrono::seconds kSlack{5};  // PostgreSQL's own limit comes first

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

std::string state_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state ? state : "";
}

Fault fault_of(const std::string& state) {
  if (state == "40001" || state == "40P01") return Fault::conflict;
  if (state == "57014" || state == "55P03") return Fault::timeout;
  if (state == "2200H") return Fault::unavailable;  // a sequence is used up: ours, not the data's
  const auto klass = state.substr(0, 2);
  if (klass == "22" || klass == "23" || klass == "54") return Fault::invalid;
  // Trouble of the server or of the installation, never of what is stored: 08 connection, 25 ended
  // or read-only transaction, 28 login, 3D no database, 42 schema or rights (an upgrade under way),
  // 53 resources, 55 state, 57 shut down, 58 disk, XX broken.
  static constexpr std::array<std::string_view, 10> kElsewhere = {"08", "25", "28", "3D", "42",
                                                                  "53", "55", "57", "58", "XX"};
  if (klass.empty() || std::find(kElsewhere.begin(), kElsewhere.end(), klass) != kElsewhere.end()) {
    return Fault::unavailable;
  }
  return Fault::bug;
}

Rows rows_of(const PGresult* result) {
  Rows rows;
  rows.cells.resize(static_cast<std::size_t>(PQntuples(result)));
  for (int row = 0; row < PQntuples(result); ++row) {
    auto& cells = rows.cells[static_cast<std::size_t>(row)];
    for (int column = 0; column < PQnfields(result); ++column) {
      if (PQgetisnull(result, row, column)) {
        cells.emplace_back();
      } else {
        cells.emplace_back(std::string(PQgetvalue(result, row, column),
                                       static_cast<std::size_t>(PQgetlength(result, row, column))));
      }
    }
  }
  return rows;
}

}  // namespace

void Session::Close::operator()(pg_conn* connection) const { PQfinish(connection); }
void Session::Close::operator()(pg_cancel* cancel) const { PQfreeCancel(cancel); }

void Session::stop_when(db::Stop stop) {
  stop_ = std::move(stop);
  // Of a connection that is cut it could not be got any more.
  cancel_.reset(stop_ ? PQgetCancel(connection_.get()) : nullptr);
}

// libpq waits without limit for a server that stands still: not on this thread.
void Session::cancel() {
  static std::atomic<int> waiting{0};
  constexpr int kMostWaiting = 16;
  if (cancel_ == nullptr || waiting >= kMostWaiting) return;
  ++waiting;
  std::thread([cancel = std::move(cancel_)] {
    std::array<char, 256> text{};
    PQcancel(cancel.get(), text.data(), static_cast<int>(text.size()));
    --waiting;
  }).detach();
}

Result<Session> Session::open(const std::string& url, const std::string& application_name) {
  const auto address = db::with_time_limits(url);
  const char* names[] = {"dbname", "application_name", nullptr};
  const char* values[] = {address.c_str(), application_name.c_str(), nullptr};
  Session session(PQconnectdbParams(names, values, 1));
  if (PQstatus(session.connection_.get()) != CONNECTION_OK) return fail(session.trouble());
  for (const auto* settings : {db::kOwnSettings, kTimeouts}) {
    if (auto done = session.run(settings); !done) return fail(done.error());
  }
  return session;
}

Result<void> Session::allow(std::chrono::seconds time) {
  if (time == allowed_) return {};
  auto done = run(("SET statement_timeout = '" + std::to_string(time.count()) + "s'").c_str());
  if (!done) return fail(done.error());
  answer_time_ = time + kSlack;
  allowed_ = time;
  return {};
}

Error Session::trouble(const std::string& sqlstate, const std::string& text) const {
  if (PQstatus(connection_.get()) != CONNECTION_OK) return {Fault::unavailable, text};
  return {fault_of(sqlstate), text};
}

Error Session::trouble() const { return trouble("", PQerrorMessage(connection_.get())); }

Result<Rows> Session::run(const char* sql, const std::vector<Parameter>& parameters) {
  const db::AnswerLimit answered(PQsocket(connection_.get()), answer_time_, stop_);
  std::vector<const char*> values;
  for (const auto& parameter : parameters)
    values.push_back(parameter ? parameter->c_str() : nullptr);
  // PQexec for what has no parameters: it takes several statements at once.
  const Answer answer(parameters.empty()
                          ? PQexec(connection_.get(), sql)
                          : PQexecParams(connection_.get(), sql, static_cast<int>(values.size()),
                                         nullptr, values.data(), nullptr, nullptr, 0));
  const auto status = PQresultStatus(answer.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return rows_of(answer.get());
  return fail(trouble(state_of(answer.get()), PQerrorMessage(connection_.get())));
}

Result<void> Session::copy_in(const std::string& sql, std::string_view data) {
  if (auto done = begin_copy(sql); !done) return done;
  if (auto done = put_copy(data); !done) return done;
  return finish_copy();
}

Result<void> Session::begin_copy(const std::string& sql) {
  const db::AnswerLimit answered(PQsocket(connection_.get()), answer_time_, stop_);
  const Answer started(PQexec(connection_.get(), sql.c_str()));
  if (PQresultStatus(started.get()) == PGRES_COPY_IN) return {};
  return fail(trouble(state_of(started.get()), PQerrorMessage(connection_.get())));
}

Result<void> Session::put_copy(std::string_view data) {
  const db::AnswerLimit answered(PQsocket(connection_.get()), answer_time_, stop_);
  constexpr std::size_t kPiece = 1u << 20;
  for (std::size_t at = 0; at < data.size(); at += kPiece) {
    const auto piece = data.substr(at, kPiece);
    if (PQputCopyData(connection_.get(), piece.data(), static_cast<int>(piece.size())) != 1) {
      return fail(trouble());
    }
  }
  return {};
}

Result<void> Session::finish_copy() {
  const db::AnswerLimit answered(PQsocket(connection_.get()), answer_time_, stop_);
  if (PQputCopyEnd(connection_.get(), nullptr) != 1) return fail(trouble());
  return end_copy();
}

Result<void> Session::end_copy() {
  const db::AnswerLimit answered(PQsocket(connection_.get()), answer_time_, stop_);
  Result<void> done;
  while (PGresult* raw = PQgetResult(connection_.get())) {
    const Answer ended(raw);
    copied_ = static_cast<std::size_t>(std::strtoull(PQcmdTuples(ended.get()), nullptr, 10));
    if (PQresultStatus(ended.get()) != PGRES_COMMAND_OK && done) {
      done = fail(trouble(state_of(ended.get()), PQerrorMessage(connection_.get())));
    }
  }
  return done;
}

namespace {

struct Free {
  void operator()(char* memory) const { PQfreemem(memory); }
};
using Piece = std::unique_ptr<char, Free>;

// One message of a COPY to us, which is one row; nothing at the end. The limit is for waiting: what
// is done with a row may take its time.
Result<std::optional<std::string_view>> next_piece(pg_conn* connection, Piece& piece,
                                                   std::chrono::seconds limit,
                                                   const db::Stop& stop) {
  char* memory = nullptr;
  int size = PQgetCopyData(connection, &memory, 1);
  if (size == 0) {
    const db::AnswerLimit answered(PQsocket(connection), limit, stop);
    size = PQgetCopyData(connection, &memory, 0);
  }
  piece.reset(memory);
  if (size == -1) return std::nullopt;
  if (size < 0) return fail(Fault::unavailable, PQerrorMessage(connection));
  return std::string_view(memory, static_cast<std::size_t>(size));
}

bool is_end(std::string_view row) { return row == std::string_view("\377\377", 2); }

}  // namespace

Result<void> Session::take_rows(const Each& each) {
  Piece piece;
  for (bool first = true;; first = false) {
    auto data = next_piece(connection_.get(), piece, answer_time_, stop_);
    if (!data) return fail(data.error());
    if (!*data) return {};
    if (first) *data = without_copy_head(**data);
    if (!*data) return fail(Fault::bug, "this is no binary COPY");
    if ((*data)->empty() || is_end(**data)) continue;
    BinaryRow row(**data);
    if (auto done = each(row); !done) return done;
    if (row.bad()) return fail(Fault::bug, "a row has not the columns that were expected");
  }
}

Result<void> Session::copy_out(const std::string& sql, const Each& each) {
  {
    const db::AnswerLimit answered(PQsocket(connection_.get()), answer_time_, stop_);
    const Answer started(PQexec(connection_.get(), sql.c_str()));
    if (PQresultStatus(started.get()) != PGRES_COPY_OUT) {
      return fail(trouble(state_of(started.get()), PQerrorMessage(connection_.get())));
    }
  }
  if (auto done = take_rows(each); !done) {
    connection_.reset();
    return done;
  }
  return end_copy();
}

void ArrayText::separate() {
  if (text_.size() > 1) text_ += ',';
}

void ArrayText::add(std::string_view element) {
  separate();
  text_ += '"';
  for (const char c : element) {
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
}

void ArrayText::add_null() {
  separate();
  text_ += "NULL";
}

std::string bytea_text(std::string_view raw) { return "\\x" + to_hex(raw); }

}  // namespace monitron::series
