#pragma once
// Who wants to be told when something has happened that others take their time for (samples gone, a
// check run), and that shows in the database: nobody's thread is held meanwhile. A client that goes
// is forgotten; what it asked for is done all the same. Threads: any.

#include "db/pool.hpp"
#include "http/router.hpp"

#include <condition_variable>
#include <thread>

namespace monitron::api {

class Waits {
 public:
  // The answer, once it is there.
  using Look = std::function<std::optional<http::Response>(pqxx::work&)>;

  explicit Waits(db::Pool& database);
  ~Waits();  // as stop()

  // Answers what `look` finds; after `patience`, or when too many wait, `late`.
  void add(Look look, std::shared_ptr<http::Exchange> exchange, std::chrono::milliseconds patience,
           http::Response late);
  // Answers all that wait.
  void stop();

 private:
  struct Wait {
    Look look;
    std::shared_ptr<http::Exchange> exchange;
    std::chrono::steady_clock::time_point end;
    http::Response late;
  };
  void run();
  void look(std::vector<Wait>& waits);

  db::Pool& database_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Wait> fresh_;
  std::size_t waiting_ = 0;  // these, and those that are looked at
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace monitron::api
