#pragma once
// What keeps a caller from waiting for ever. PostgreSQL's own limits (statement_timeout, …) hold
// only while its process runs; a server that stands still and a route that is gone need ours.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace monitron::db {

// `url` with limits for connecting, for data that is not taken (15 s) and for a peer that is
// silent (25 s), as far as it has none of its own; a text for libpq. What libpq can not read comes
// back as it is.
std::string with_time_limits(const std::string& url,
                             std::chrono::seconds connecting = std::chrono::seconds(5));

// Asked now and then, from another thread: whether nobody waits for the answer any more. It must
// not block.
using Stop = std::function<bool()>;

// Shuts a connection's socket down when the server has not answered in time, so that the thread
// that waits in libpq goes on with a lost connection; so it does within a tenth of a second when
// `stop` says so. Not by a request to cancel the statement, as libpq has it: that one waits without
// limit for a server that stands still. libpq may close the socket meanwhile. Threads: any.
class AnswerLimit {
 public:
  AnswerLimit(int socket, std::chrono::milliseconds limit, Stop stop = {});
  ~AnswerLimit();
  AnswerLimit(const AnswerLimit&) = delete;
  AnswerLimit& operator=(const AnswerLimit&) = delete;

  bool is_over() const;     // true once the socket was shut down because of the limit
  bool is_stopped() const;  // … because `stop` said so

 private:
  struct Entry;
  class Watch;
  static Watch& watch();
  std::unique_ptr<Entry> entry_;
};

}  // namespace monitron::db
