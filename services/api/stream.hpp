#pragma once
// The live stream: WebSocket clients on one side, this replica's tap of the broker on the other.
// A handshake is looked at before anything is answered (Origin, signature of ticket or token); a
// ticket is then claimed in the database, once, before anything is sent. Until then they are
// strangers, who are few (strangers.hpp); a caller has so many connections of both kinds. What a
// client asked for is a filter; each client's queue is bounded by http::SocketServer. One that
// names the last event it has gets first what came since, or {"type":"resync"} when that is not
// known here: it has to ask for the present by other routes.
//
// Operations of GraphQL follow the same events by the same filters, see api/graphql/sockets.hpp.

#include "access/remembered.hpp"
#include "api/context.hpp"
#include "api/graphql/sockets.hpp"
#include "api/scoped_sources.hpp"
#include "api/strangers.hpp"
#include "api/stream_backlog.hpp"
#include "api/stream_wishes.hpp"
#include "contracts/contract.hpp"
#include "domain/check_verdict.hpp"
#include "http/socket_server.hpp"

#include <map>
#include <set>

namespace monitron::api {

class Stream {
 public:
  Stream(Context& context, Access& access, const GraphqlDoor& door);
  ~Stream();  // stops

  Result<void> start() { return server_.start(); }
  // Closes all with 1001 (going away), drops what waits for them, and waits for what is under way.
  void stop();
  int port() const { return server_.port(); }
  http::SocketServer::Stats stats() const { return server_.stats(); }

  // One message of the broker. Threads: one for samples and results, one for all the others.
  void take(const contracts::Message& message);

  // How often something may have been lost so far on its way from the broker (Tap::breaks), of
  // samples and results and of all the others: who follows them is told so. Threads: any.
  struct Breaks {
    std::uint64_t samples = 0;
    std::uint64_t events = 0;
  };
  void tapped(const Breaks& breaks);

  // Sends what clients of format=batch and operations of GraphQL have gathered. Every 200 ms at
  // most. Threads: any.
  void flush();
  // Closes connections whose user or token may no longer ask, or hear of what they follow: first
  // all of them, and then what the others reach is read anew. Every few seconds. Threads: workers,
  // one at a time.
  void recheck();

 private:
  // What a caller may hear of by topic, and by which scopes. Of a topic that is not there, of
  // nothing.
  struct Reached {
    std::string scopes{};
    ScopedSources::Sources sources{};
  };
  using Reach = std::map<Topic, Reached>;
  // Who is connected, as let in and as looked at again since.
  struct Connection {
    std::shared_ptr<const http::Caller> caller{};  // one of all its connections, as it is large
    Reach reach{};                                 // of what it follows
    // What follows does not change. Empty subject: an API token, see `authorization`.
    auth::Claims claims{};
    std::string authorization{};
    bool graphql = false;
  };
  struct Subscription {
    std::shared_ptr<const Connection> connection{};
    StreamWishes wishes{};
    std::string gathered{};  // "[{…},{…}" of a batch
    std::uint64_t left_out = 0;
    GraphqlSockets::Sink sink{};  // of an operation of GraphQL; empty: its client gets the text
  };
  // "" is a client of the stream, else an operation of GraphQL.
  using Follower = std::pair<http::SocketId, std::string>;

  GraphqlSockets::Stream for_graphql();
  std::optional<http::Problem> admit(const http::Request& request) const;
  bool origin_is_ours(const http::Request& request) const;
  void opened(http::SocketId id, const http::Request& request);
  void let_in(http::SocketId id, const http::Request& request);
  std::shared_ptr<Connection> add(http::SocketId id, Connection connection);
  std::shared_ptr<const http::Caller> shared(const std::shared_ptr<const http::Caller>& caller);
  void closed(http::SocketId id);
  void forget(http::SocketId id);
  // Who asks, by the credential of the request; a ticket is claimed. Each is a request of its
  // address. Faults: denied, unavailable.
  Result<Connection> identify(const http::Request& request);
  Result<http::Caller> let_in_graphql(http::SocketId id, const http::Request& request);
  Result<http::Caller> caller_of(http::SocketId id) const;
  Result<void> follow(const Follower& operation, StreamWishes wishes, GraphqlSockets::Sink sink);
  void send(const LiveEvent& event);
  void send_to(http::SocketId id, Subscription& one, const LiveEvent& event,
               std::optional<http::SocketFrame>& frame);
  // One connection, to be looked at again.
  struct Looked {
    http::SocketId id = 0;
    std::shared_ptr<const Connection> connection{};  // for what does not change
    std::map<Topic, std::string> scopes{};           // of its reach
    std::set<Topic> topics{};                        // that it follows
    std::shared_ptr<const http::Caller> caller{};    // as of now
  };
  std::vector<Looked> all_connected() const;
  std::set<std::string> ended_sessions(const std::vector<Looked>& all) const;
  bool may_stay(Looked& one);
  void renew(const Looked& one);
  void end(http::SocketId id, int code, const char* reason);
  Result<Reach> reach_of(const http::Caller& caller, const std::set<Topic>& topics);
  void catch_up(http::SocketId id, Subscription& one);
  static bool may_see(const Subscription& subscription, const LiveEvent& event);
  void tell_resync(bool of_samples);
  bool anybody(Topic topic) const;
  bool labels_matter() const;

  void take_envelope(const std::string& body);
  void send_block(const std::string& source, const std::vector<LiveSeries>& series,
                  const contracts::Block& block);
  void take_results(const std::string& body);
  void take_state(const contracts::Message& message);
  void take_alert(const contracts::Message& message);
  void take_incident(const std::string& body);
  void take_job(const std::string& body);

  Context& context_;
  Access& access_;
  const GraphqlDoor& door_;
  // Null: not known now.
  domain::CheckStates* states_of(const domain::CheckResult& result);
  Result<std::optional<domain::LabelSet>> look_up(const Uuid& check);

  struct Followed {
    domain::CheckStates states{};
    int locations = 0;  // as results said when the check was read
  };
  SeriesCache series_;                                 // the consumer's
  std::unordered_map<Uuid, Followed> checks_;          // the consumer's
  access::Remembered<Uuid, domain::LabelSet> labels_;  // of checks, as of half a minute ago
  ScopedSources sources_;
  Strangers strangers_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<http::SocketId, std::shared_ptr<Connection>> connections_;
  struct OfCaller {
    std::size_t connections = 0;
    std::shared_ptr<const http::Caller> caller{};  // as it was seen last
  };
  std::map<std::string, OfCaller> of_caller_;
  std::map<Follower, Subscription> subscriptions_;
  StreamBacklog backlog_;
  Breaks breaks_;
  GraphqlSockets graphql_;
  // Look-ups for who has connected have threads of their own: what is made up, however much of it,
  // takes none from those who ask.
  loop::Workers letting_in_;
  http::SocketServer server_;  // last: its thread ends before the rest goes
};

}  // namespace monitron::api
