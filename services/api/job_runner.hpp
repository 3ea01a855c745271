#pragma once
// Does jobs (api/jobs.hpp): takes one that waits by a lease, asks its route from within as who
// asked for it, with what he may now, and stores the answer while the lease holds. One of each
// caller runs at a time, so that nobody waits behind another's. A job whose runner has died is
// taken by the next one when the lease is over, and done from its beginning, and so is, later and
// later, one that was answered with 503, store::kMostAttempts at most: what is stored for it is
// stored once, but a request that changes something may find it done. Threads: any.

#include "access/access.hpp"
#include "api/jobs.hpp"
#include "service/metrics.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace monitron::api {

inline constexpr std::size_t kJobsAtOnce = 2;  // of one replica

class JobRunner {
 public:
  JobRunner(Context& context, const http::Router& router, access::Access& access,
            service::Metrics& metrics);
  ~JobRunner();  // stops

  // Looks once a second, on a thread of its own: leases are kept however busy all others are.
  void start();
  // Keeps leases, tells of progress, sees who was cancelled, and begins what waits.
  void look();
  // What runs is to end and to wait again, for others; nothing is begun any more.
  void prepare_stop();
  void stop();  // and waits for it
  bool busy() const;

 private:
  struct Running : http::LongWork {
    Uuid job{};
    // Of a name of its own: who lost the lease has it no more, whoever took the job then.
    const Uuid taking = Uuid::make();
    std::string rights{};   // of who asked for it, now
    std::int64_t told = 0;  // of what is done
  };
  using Place = std::shared_ptr<Running>;
  struct End {
    std::string state{};  // queued: it waits again
    std::optional<store::JobAnswer> answer{};
    std::string problem{};
  };

  static store::JobProgress progress_of(const Running& running);
  static End end_of(const store::Job& job, const Running& running, const http::Response& answer);
  static std::optional<store::Job> store_end(pqxx::work& tx, const store::Job& job,
                                             const Running& running, const http::Response& answer);
  void keep();
  void keep(Running& running);
  void begin();
  void run(const store::JobToDo& work, const Place& place);
  http::Response answer_to(const store::JobToDo& work, const Place& place);
  void finish(const store::Job& job, const Running& running, const http::Response& answer);
  std::map<Uuid, Place> running() const;  // by the taking

  Context& context_;
  const http::Router& router_;
  access::Access& access_;
  service::Metrics& metrics_;
  service::Gauge running_now_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stopping_ = false, ended_ = false;
  std::map<Uuid, Place> running_;
  loop::Workers workers_{"jobs", kJobsAtOnce, kJobsAtOnce};  // its threads use the rest
  std::thread looking_{};
};

}  // namespace monitron::api
