#pragma once
// Does jobs (api/jobs.hpp): takes one that waits by a lease, asks its route from within as who
// asked for it, with what he may now, and stores the answer while the lease holds. One of each
// caller runs at a time, so that nobody waits behind another's. A job whose runner has died is
// taken by the next one when the lease is over, and done from its beginning, and so is one that was
// answered with 503, three times at most: what is stored for it is stored once, but a request that
// changes something may find it done. Threads: any.

#include "access/access.hpp"
#include "api/jobs.hpp"
#include "service/metrics.hpp"

#include <map>
#include <mutex>

namespace monitron::api {

inline constexpr std::size_t kJobsAtOnce = 2;  // of one replica
inline constexpr std::chrono::minutes kLongestJob{15};

class JobRunner {
 public:
  JobRunner(Context& context, const http::Router& router, access::Access& access,
            service::Metrics& metrics);
  ~JobRunner();  // stops

  // Once a second: keeps leases, tells of progress, sees who was cancelled, and begins what waits.
  void look();
  // What runs ends and waits again, for others. Then nothing is begun any more.
  void stop();
  bool busy() const;

 private:
  struct Running : http::LongWork {
    Uuid job{};
    // Of a name of its own: who lost the lease has it no more, whoever took the job then.
    const Uuid taking = Uuid::make();
    std::int64_t told = 0;  // of what is done
  };
  using Place = std::shared_ptr<Running>;
  struct End {
    std::string state{};  // empty: it waits again
    std::optional<store::JobAnswer> answer{};
    std::string problem{};
  };

  static store::JobProgress progress_of(const Running& running);
  static End end_of(const store::Job& job, const Running& running, const http::Response& answer);
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
  bool stopping_ = false;
  std::map<Uuid, Place> running_;
  loop::Workers workers_{"jobs", kJobsAtOnce, kJobsAtOnce};  // last: its threads use the rest
};

}  // namespace monitron::api
