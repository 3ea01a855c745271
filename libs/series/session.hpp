#pragma once
// A PostgreSQL connection by bare libpq: libpqxx 6 knows no binary COPY. Private to this room.
// Belongs to one thread.

#include "base/result.hpp"
#include "db/time_limits.hpp"
#include "series/binary_row.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;
struct pg_cancel;

namespace monitron::series {

// Rows of a query as text; a NULL is nothing.
class Rows {
 public:
  using Cell = std::optional<std::string>;
  std::vector<std::vector<Cell>> cells;
  std::size_t size() const { return cells.size(); }
  const std::string& text(std::size_t row, std::size_t column) const { return *cells[row][column]; }
  std::int64_t number(std::size_t row, std::size_t column) const {
    return std::stoll(text(row, column));
  }
};

// Faults: invalid for data that PostgreSQL refuses; conflict for a deadlock or a serialization
// failure (try again at once); unavailable for a server that is away or in trouble; timeout; bug
// for the rest.
class Session {
 public:
  static Result<Session> open(const std::string& url, const std::string& application_name);

  // How long one statement may take, on both sides; else some 30 s. Not within a transaction.
  Result<void> allow(std::chrono::seconds time);

  // Whether what runs from now on is still wanted; when it is not, the session is cut: unavailable.
  void stop_when(db::Stop stop);
  // Ends the statement of a session that was cut so, if the server still works on it.
  void cancel();

  bool is_open() const { return connection_ != nullptr; }

  using Parameter = std::optional<std::string>;
  Result<Rows> run(const char* sql, const std::vector<Parameter>& parameters = {});
  // `data` in the form of COPY … (FORMAT binary).
  Result<void> copy_in(const std::string& sql, std::string_view data);
  // The same in pieces, so that the server works on one while the next is made. Between begin and
  // end nothing else may run; after a fault the transaction is to be rolled back.
  Result<void> begin_copy(const std::string& sql);
  Result<void> put_copy(std::string_view data);
  Result<void> finish_copy();
  std::size_t copied() const { return copied_; }  // rows of the last copy_in
  // `sql` is COPY … TO STDOUT (FORMAT binary); `each` gets a row as soon as it is there, so that
  // memory holds one row at a time. The row is gone when `each` returns. After an error of `each`
  // the session is closed (that ends the query on the server) and of no more use.
  using Each = std::function<Result<void>(BinaryRow& row)>;
  Result<void> copy_out(const std::string& sql, const Each& each);

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
    void operator()(pg_cancel* cancel) const;
  };
  explicit Session(pg_conn* connection) : connection_(connection) {}
  Error trouble(const std::string& sqlstate, const std::string& text) const;
  Error trouble() const;
  Result<void> take_rows(const Each& each);
  Result<void> end_copy();

  std::unique_ptr<pg_conn, Close> connection_;
  std::size_t copied_ = 0;
  std::chrono::seconds answer_time_{35};           // for a server that stands still
  std::optional<std::chrono::seconds> allowed_{};  // by the server, if it was said
  db::Stop stop_{};
  std::unique_ptr<pg_cancel, Close> cancel_{};
};

// {"a","b"}: an array parameter of any type, from its elements' text.
class ArrayText {
 public:
  void add(std::string_view element);
  void add(std::int64_t number) { add(std::to_string(number)); }
  void add_null();
  std::string str() const { return text_ + "}"; }

 private:
  void separate();
  std::string text_ = "{";
};

// bytea in the form \x… .
std::string bytea_text(std::string_view raw);

}  // namespace monitron::series
