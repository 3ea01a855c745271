#pragma once
// Subscriptions over WebSocket (graphql-transport-ws). What a client says is handed to threads of
// their own, one message of a connection at a time; so are the events of its operations, each an
// execution whose root is the event. A few of either are a turn, or as many as its time takes,
// after which others have theirs (turns.hpp). Each execution is a request of its caller: who may
// make no more now is told of what happened when he may. Everything that waits is bounded: a client
// that says too much at once is closed, an operation that falls behind ends with an error, and so
// does one whose events were lost on the way.
//
// Queries and mutations are refused: by HTTP they are limited, logged and, where they change
// something, done once.

#include "api/graphql/conversation.hpp"
#include "api/graphql/door.hpp"
#include "api/graphql/live.hpp"
#include "api/graphql/turns.hpp"
#include "api/strangers.hpp"
#include "http/socket_server.hpp"

#include <atomic>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace monitron::api {

class GraphqlSockets {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kInitialisation{3};
  static constexpr std::size_t kMostOperations = 20;               // of a connection
  static constexpr std::size_t kMostHeard = 100;                   // messages that wait
  static constexpr std::size_t kMostHeardBytes = 256u << 10;       // of them
  static constexpr std::size_t kMostHeardBytesBefore = 16u << 10;  // as long as it is a stranger
  static constexpr std::size_t kMostEvents = 1000;                 // of an operation that wait
  static constexpr std::size_t kMostEventBytes = std::size_t{2} << 20;  // of a connection
  static constexpr std::size_t kStepsOfTurn = 8;                        // messages and events
  static constexpr std::chrono::milliseconds kTimeOfTurn{200};          // no step begins after it
  static constexpr std::size_t kThreads = 4;
  static constexpr std::size_t kThreadsOfCaller = 2;  // of a stranger's network, too

  // What an operation's events are told to: the text of each.
  using Sink = std::function<void(const std::string&)>;

  // What the stream does for it. Threads: any.
  struct Stream {
    // Who asks, by the credential of the request. Faults: denied, unavailable; conflict: the same
    // has too many connections.
    std::function<Result<http::Caller>(http::SocketId, const http::Request&)> let_in;
    // As let in, and as looked at again since. Fault: denied.
    std::function<Result<http::Caller>(http::SocketId)> caller_of;
    // Begins to tell of what is wished for. Fault: denied, the caller may not follow it.
    std::function<Result<void>(http::SocketId, const std::string& operation, StreamWishes, Sink)>
        follow;
    std::function<void(http::SocketId, const std::string& operation)> unfollow;
    std::function<void(http::SocketId, const std::string&)> send;
    std::function<void(http::SocketId, int code, std::string reason)> close;
  };

  // `strangers`, which outlive it: connection_init, which is acknowledged, makes them known.
  GraphqlSockets(const GraphqlDoor& door, Strangers& strangers, Stream stream,
                 std::chrono::milliseconds time_of_turn = kTimeOfTurn);

  // The server's events. Threads: any.
  void opened(http::SocketId id, const http::Request& request);
  void heard(http::SocketId id, std::string text);
  void closed(http::SocketId id);

  // Executes what has gathered; closes who has not said who he is. Every 200 ms at most.
  void tick(Clock::time_point now = Clock::now());
  // Takes up nothing any more: what waits is dropped, and executions under way end. Threads: any.
  void drop() { *stopping_ = true; }
  // And waits for what is under way.
  void stop();

 private:
  struct Operation {
    graphql::PreparedRequest prepared{};
    LiveSource source{};
    // With the mutex:
    std::deque<std::string> events{};
    std::size_t bytes = 0;
    std::uint64_t left_out = 0;
    bool ended = false;
    bool due = false;  // there is something to tell since the last tick
  };
  struct Heard {
    std::string text{};
    bool acknowledged = false;
    Clock::time_point at{};
  };
  // What an operation is told next: an event or, when it gathers them, all of them.
  struct Telling {
    std::string id{};
    std::shared_ptr<Operation> operation{};
    std::deque<std::string> events{};
    std::uint64_t left_out = 0;
  };
  struct Connection {
    http::SocketId id = 0;
    http::Request request{};
    Clock::time_point since{};
    Conversation conversation{};  // of whoever works on it
    // With the mutex:
    std::string caller{};  // whose turns it has; of a stranger the network
    bool at_work = false;  // it has its turn, or waits for it
    bool acknowledged = false;
    bool gone = false;
    std::deque<Heard> heard{};
    std::size_t heard_bytes = 0;
    std::map<std::string, std::shared_ptr<Operation>> operations{};
    std::size_t event_bytes = 0;  // of all operations
    std::string told{};           // the operation that was told of last
  };
  using Handle = std::shared_ptr<Connection>;

  void wake(Connection& connection);
  void work();
  void take_turn(Connection& connection);
  bool may_be_told(Connection& connection);
  bool step(Connection& connection);
  std::optional<Heard> next_heard(Connection& connection);
  std::optional<Telling> next_telling(Connection& connection);
  bool has_work(const Connection& connection) const;
  void act(Connection& connection, const Heard& heard);
  void close(Connection& connection, const Conversation::Close& close);
  void initialise(Connection& connection, const Json& payload);
  void subscribe(Connection& connection, Conversation::Subscribe asked);
  void tell(Connection& connection, const Telling& telling);
  void tell_samples(Connection& connection, const Telling& telling);
  void take(Connection& connection, Operation& operation, const std::string& event);
  void forget(Connection& connection, const std::string& operation);
  void end_lost(Connection& connection, const std::string& id);
  void end(Connection& connection, const std::string& id,
           const std::vector<graphql::RequestError>& errors);
  void send_next(Connection& connection, const Telling& telling, const std::any& root);

  const GraphqlDoor& door_;
  Strangers& strangers_;
  const std::chrono::milliseconds time_of_turn_;
  const Stream stream_;
  const std::shared_ptr<std::atomic<bool>> stopping_ = std::make_shared<std::atomic<bool>>(false);
  mutable std::mutex mutex_;
  std::unordered_map<http::SocketId, Handle> connections_;
  Turns turns_{kThreadsOfCaller};
  std::size_t at_work_ = 0;  // threads
  loop::Workers workers_;    // last: its threads use the rest
};

}  // namespace monitron::api
