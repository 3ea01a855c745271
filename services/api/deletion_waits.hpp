#pragma once
// Who wants to be told when samples are gone, which the compactor takes its time for: nobody's
// thread is held meanwhile. A client that goes is forgotten; its deletion is done all the same.
// Threads: any.

#include "base/ids.hpp"
#include "db/pool.hpp"
#include "http/router.hpp"

#include <condition_variable>
#include <thread>

namespace monitron::api {

class DeletionWaits {
 public:
  explicit DeletionWaits(db::Pool& database);
  ~DeletionWaits();  // as stop()

  // Answers 204 when the deletion, which is stored, is done; after `patience` that it will be.
  void add(const Uuid& deletion, std::shared_ptr<http::Exchange> exchange,
           std::chrono::milliseconds patience);
  // Answers all that wait.
  void stop();

 private:
  struct Wait {
    Uuid deletion;
    std::shared_ptr<http::Exchange> exchange;
    std::chrono::steady_clock::time_point end;
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
