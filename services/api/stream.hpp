#pragma once
// The live stream: WebSocket clients on one side, this replica's tap of the broker on the other.
// A handshake is looked at before anything is answered (Origin, signature of ticket or token); a
// ticket is then claimed in the database, once, before anything is sent. What a client asked for is
// a filter; each client's queue is bounded by http::SocketServer.

#include "api/context.hpp"
#include "api/live_event.hpp"
#include "contracts/contract.hpp"
#include "domain/check_verdict.hpp"
#include "http/socket_server.hpp"

#include <condition_variable>

namespace monitron::api {

class Stream {
 public:
  Stream(Context& context, Access& access, loop::Workers& workers);
  ~Stream();  // waits for what it has handed to the workers

  Result<void> start() { return server_.start(); }
  int port() const { return server_.port(); }
  http::SocketServer::Stats stats() const { return server_.stats(); }

  // One message of the broker. Threads: one (the consumer's).
  void take(const contracts::Message& message);

  // Sends what clients of format=batch have gathered. Every 200 ms at most. Threads: any.
  void flush();
  // Closes streams whose user or token may no longer read. Every few seconds. Threads: workers.
  void recheck();

 private:
  struct Subscription {
    http::Caller caller{};
    auth::Claims claims{};  // empty subject: an API token, see `authorization`
    std::string authorization{};
    std::string server_id{};
    std::string metric_type{};
    std::set<Topic> topics{};
    bool batch = false;
    std::string gathered{};  // "[{…},{…}" of a batch
    std::uint64_t left_out = 0;
  };

  int admit(const http::Request& request) const;
  bool origin_is_ours(const http::Request& request) const;
  void opened(http::SocketId id, const http::Request& request);
  void let_in(http::SocketId id, const http::Request& request);
  static Result<Subscription> read_wishes(const http::Request& request);
  void send(const LiveEvent& event);
  static bool wants(const Subscription& subscription, const LiveEvent& event);
  bool anybody(Topic topic) const;

  void take_envelope(const std::string& body);
  void send_block(const std::string& source, const std::vector<LiveSeries>& series,
                  const contracts::Block& block);
  void take_results(const std::string& body);
  void take_alert(const std::string& body);
  void take_incident(const std::string& body);

  Context& context_;
  Access& access_;
  loop::Workers& workers_;
  domain::CheckStates& states_of(const domain::CheckResult& result);

  struct Followed {
    domain::CheckStates states{};
    int locations = 0;  // as results said when the check was read
  };
  SeriesCache series_;                         // the consumer's
  std::unordered_map<Uuid, Followed> checks_;  // the consumer's
  mutable std::mutex mutex_;                   // guards what follows
  std::condition_variable nobody_enters_;
  int entering_ = 0;  // handshakes in the hands of workers
  bool closing_ = false;
  std::unordered_map<http::SocketId, Subscription> subscriptions_;
  http::SocketServer server_;  // last: its thread ends before the rest goes
};

}  // namespace monitron::api
