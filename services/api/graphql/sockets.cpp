#include "api/graphql/sockets.hpp"

#include "api/throttle.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr int kPolicyViolation = 1008;
constexpr int kTryAgainLater = 1013;
constexpr const char* kNotInitialised = "Connection initialisation timeout";

Json errors_json(const std::vector<graphql::RequestError>& errors) {
  Json list = Json::array();
  for (const auto& error : errors) list.push_back(graphql::to_json(error));
  return list;
}

// Not of another type of the same topic, as alerts and what people do about incidents are.
bool may_be_of(const std::string& event, const LiveSource& source) {
  const auto type = [&](const std::string& name) {
    return event.find(R"("type":")" + name + '"') != std::string::npos;
  };
  return source.gathered || type(source.type) || type("resync");
}

// {"authorization": "Bearer …"}, the member in any case.
std::string authorization_of(const Json& payload) {
  for (const auto& [name, value] : payload.items()) {
    if (to_lower(name) == "authorization" && value.is_string()) return value.get<std::string>();
  }
  return "";
}

}  // namespace

GraphqlSockets::GraphqlSockets(const GraphqlDoor& door, Strangers& strangers, Stream stream,
                               std::chrono::milliseconds time_of_turn)
    : door_(door),
      strangers_(strangers),
      time_of_turn_(time_of_turn),
      stream_(std::move(stream)),
      workers_("graphql live", kThreads, kThreads) {}

void GraphqlSockets::opened(http::SocketId id, const http::Request& request) {
  auto connection = std::make_shared<Connection>();
  connection->id = id;
  connection->request = request;
  connection->since = Clock::now();
  connection->caller = "from " + network_of(request.peer);
  strangers_.came(id, request.peer);
  const std::lock_guard lock(mutex_);
  connections_.emplace(id, std::move(connection));
}

void GraphqlSockets::heard(http::SocketId id, std::string text) {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  auto& connection = *found->second;
  if (connection.gone) return;
  const auto most = connection.acknowledged ? kMostHeardBytes : kMostHeardBytesBefore;
  if (connection.heard.size() >= kMostHeard || connection.heard_bytes + text.size() > most) {
    connection.gone = true;
    stream_.close(id, kPolicyViolation, "too many messages at once");
    return;
  }
  connection.heard_bytes += text.size();
  connection.heard.push_back({std::move(text), connection.acknowledged, Clock::now()});
  wake(*found->second);
}

void GraphqlSockets::closed(http::SocketId id) {
  strangers_.left(id);
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  found->second->gone = true;
  connections_.erase(found);
}

void GraphqlSockets::tick(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, connection] : connections_) {
    const bool silent = connection->heard.empty() && !connection->at_work;
    if (!connection->acknowledged && silent && now - connection->since > kInitialisation) {
      stream_.close(id, socket_close::kInitialisationTimeout, kNotInitialised);
    }
    for (auto& [key, operation] : connection->operations) {
      operation->due = !operation->events.empty() || operation->left_out > 0;
    }
    if (has_work(*connection)) wake(*connection);
  }
}

void GraphqlSockets::stop() {
  drop();
  workers_.stop();
}

// With the mutex held, as the next.
void GraphqlSockets::wake(Connection& connection) {
  if (connection.at_work) return;
  connection.at_work = true;
  turns_.add(connection.caller, connection.id);
  if (at_work_ < kThreads && workers_.run([this] { work(); })) ++at_work_;
}

// What comes while it is told is due at the next tick: samples are told of some times a second.
bool GraphqlSockets::has_work(const Connection& connection) const {
  if (connection.gone || *stopping_) return false;
  return !connection.heard.empty() ||
         std::any_of(connection.operations.begin(), connection.operations.end(),
                     [](const auto& one) { return one.second->due; });
}

std::optional<GraphqlSockets::Heard> GraphqlSockets::next_heard(Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (connection.gone || *stopping_ || connection.heard.empty()) return std::nullopt;
  auto heard = std::move(connection.heard.front());
  connection.heard.pop_front();
  connection.heard_bytes -= heard.text.size();
  return heard;
}

// Of the operation after the one that was told of last.
std::optional<GraphqlSockets::Telling> GraphqlSockets::next_telling(Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (connection.gone || *stopping_) return std::nullopt;
  auto& all = connection.operations;
  const auto is_due = [](const auto& one) { return one.second->due; };
  auto found = std::find_if(all.upper_bound(connection.told), all.end(), is_due);
  if (found == all.end()) found = std::find_if(all.begin(), all.end(), is_due);
  if (found == all.end()) return std::nullopt;
  connection.told = found->first;
  auto& operation = *found->second;
  Telling telling{.id = found->first, .operation = found->second};
  if (operation.source.gathered) {
    telling.events.swap(operation.events);
  } else if (!operation.events.empty()) {
    telling.events.push_back(std::move(operation.events.front()));
    operation.events.pop_front();
  }
  for (const auto& event : telling.events) {
    operation.bytes -= event.size();
    connection.event_bytes -= event.size();
  }
  operation.due = !operation.events.empty();
  if (!operation.due) telling.left_out = std::exchange(operation.left_out, 0);
  return telling;
}

// What it said, then what there is to tell.
bool GraphqlSockets::step(Connection& connection) {
  if (const auto heard = next_heard(connection)) {
    act(connection, *heard);
    return true;
  }
  if (!may_be_told(connection)) return false;
  const auto telling = next_telling(connection);
  if (telling) tell(connection, *telling);
  return telling.has_value();
}

// Counts what is told next. Who may ask no more now waits for a later tick, and so does all that
// there is to tell.
bool GraphqlSockets::may_be_told(Connection& connection) {
  const auto is_due = [](const auto& one) { return one.second->due; };
  {
    const std::lock_guard lock(mutex_);
    auto& all = connection.operations;
    if (connection.gone || std::none_of(all.begin(), all.end(), is_due)) return false;
  }
  const auto caller = stream_.caller_of(connection.id);
  if (caller && door_.count(*caller).count() == 0) return true;
  const std::lock_guard lock(mutex_);
  for (auto& [id, operation] : connection.operations) operation->due = false;
  return false;
}

// As long as somebody waits; who ends a caller's turn finds its next one.
void GraphqlSockets::work() {
  std::unique_lock lock(mutex_);
  while (const auto turn = turns_.next()) {
    const auto found = connections_.find(turn->connection);
    const auto connection = found == connections_.end() ? nullptr : found->second;
    if (connection) {
      lock.unlock();
      take_turn(*connection);
      lock.lock();
      connection->at_work = false;
    }
    turns_.ended(*turn);
    if (connection && has_work(*connection)) wake(*connection);
  }
  --at_work_;
}

void GraphqlSockets::take_turn(Connection& connection) {
  const auto end = Clock::now() + time_of_turn_;
  std::size_t steps = 0;
  while (step(connection) && ++steps < kStepsOfTurn && Clock::now() < end) {
  }
}

void GraphqlSockets::act(Connection& connection, const Heard& heard) {
  const bool late = heard.at - connection.since > kInitialisation;
  if (late && !connection.conversation.initialised()) {
    return close(connection, {socket_close::kInitialisationTimeout, kNotInitialised});
  }
  auto step = connection.conversation.hear(heard.text, heard.acknowledged);
  if (const auto* initialised = std::get_if<Conversation::Initialise>(&step)) {
    initialise(connection, initialised->payload);
  } else if (auto* asked = std::get_if<Conversation::Subscribe>(&step)) {
    subscribe(connection, std::move(*asked));
  } else if (const auto* completed = std::get_if<Conversation::Complete>(&step)) {
    if (!connection.conversation.ended(completed->id)) return;
    forget(connection, completed->id);
  } else if (const auto* said = std::get_if<Conversation::Say>(&step)) {
    stream_.send(connection.id, said->text);
  } else if (const auto* close = std::get_if<Conversation::Close>(&step)) {
    this->close(connection, *close);
  }
}

// Nothing it said since counts.
void GraphqlSockets::close(Connection& connection, const Conversation::Close& close) {
  stream_.close(connection.id, close.code, close.reason);
  const std::lock_guard lock(mutex_);
  connection.gone = true;
}

void GraphqlSockets::initialise(Connection& connection, const Json& payload) {
  auto request = connection.request;
  const bool said_before = request.query_one("ticket") || !request.header("authorization").empty();
  if (!said_before) request.headers["authorization"] = authorization_of(payload);
  const auto caller = stream_.let_in(connection.id, request);
  if (!caller) {
    const auto fault = caller.error().fault;
    if (fault != Fault::denied) {
      const bool many = fault == Fault::conflict;
      return stream_.close(connection.id, kTryAgainLater, many ? "too many connections" : "busy");
    }
    return stream_.close(connection.id, socket_close::kUnauthorized, "Unauthorized");
  }
  if (!caller->may_somewhere("graphql:query")) {
    return stream_.close(connection.id, socket_close::kForbidden, "Forbidden");
  }
  log::info("graphql.opened", "",
            {{"caller", caller->kind + ":" + caller->id}, {"peer", connection.request.peer}});
  {
    const std::lock_guard lock(mutex_);
    if (!connections_.contains(connection.id)) return;
    connection.acknowledged = true;
    connection.caller = caller->kind + ":" + caller->id;
  }
  strangers_.left(connection.id);
  stream_.send(connection.id, connection_ack());
}

void GraphqlSockets::subscribe(Connection& connection, Conversation::Subscribe asked) {
  const auto refuse = [&](const char* code, std::string message) {
    end(connection, asked.id, {{.message = std::move(message), .code = code}});
  };
  const auto caller = stream_.caller_of(connection.id);
  if (!caller) return;  // it is being closed
  if (const auto wait = door_.count(*caller); wait.count() > 0) {
    return refuse("LIMITS", "Too many requests: wait " + std::to_string(wait.count()) + " s.");
  }
  if (connection.conversation.running() > kMostOperations) {
    return refuse("LIMITS",
                  "A connection has " + std::to_string(kMostOperations) + " operations at most.");
  }
  auto prepared = door_.prepare(asked.request);
  if (!prepared) return end(connection, asked.id, prepared.error());
  if (prepared->operation().kind != graphql::OperationKind::subscription) {
    return refuse("OPERATION", "Only subscriptions come here: send it by POST.");
  }
  const auto source = graphql::create_source(door_.schema(), *prepared, nullptr);
  if (!source) return refuse("INVALID", source.error().text);
  auto operation = std::make_shared<Operation>();
  operation->prepared = *std::move(prepared);
  operation->source = std::any_cast<LiveSource>(*source);
  Handle handle;
  {
    const std::lock_guard lock(mutex_);
    const auto found = connections_.find(connection.id);
    if (found == connections_.end()) return;
    handle = found->second;
    handle->operations[asked.id] = operation;
  }
  const auto followed = stream_.follow(
      connection.id, asked.id, operation->source.wishes,
      [this, handle, operation](const std::string& event) { take(*handle, *operation, event); });
  if (followed) return;
  if (followed.error().fault == Fault::denied) return refuse("FORBIDDEN", followed.error().text);
  refuse("UNAVAILABLE", "It is not known now what you may follow: try again.");
}

// On the thread of whoever has the event, which must not wait.
void GraphqlSockets::take(Connection& connection, Operation& operation, const std::string& event) {
  const std::lock_guard lock(mutex_);
  if (connection.gone || operation.ended || !may_be_of(event, operation.source)) return;
  const bool broken = !operation.source.gathered && operation.left_out > 0;
  const bool full = operation.events.size() >= kMostEvents ||
                    connection.event_bytes + event.size() > kMostEventBytes;
  if (broken || full) {
    ++operation.left_out;
    return;
  }
  operation.events.push_back(event);
  operation.bytes += event.size();
  connection.event_bytes += event.size();
}

void GraphqlSockets::tell(Connection& connection, const Telling& telling) {
  const auto& source = telling.operation->source;
  if (source.gathered) return tell_samples(connection, telling);
  bool lost = telling.left_out > 0;
  for (const auto& text : telling.events) {
    auto event = Json::parse(text, nullptr, false);
    if (!event.is_object()) continue;
    const auto type = event.value("type", "");
    lost = lost || type == "resync";
    if (type == source.type) send_next(connection, telling, std::move(event));
  }
  if (lost) end_lost(connection, telling.id);
}

void GraphqlSockets::tell_samples(Connection& connection, const Telling& telling) {
  LiveSamples samples{.left_out = telling.left_out};
  bool lost = false;
  for (const auto& text : telling.events) {
    auto event = Json::parse(text, nullptr, false);
    if (!event.is_object()) continue;
    if (event.value("type", "") == "resync") {
      lost = true;
    } else {
      samples.samples.push_back(std::move(event));
    }
  }
  if (!lost) return send_next(connection, telling, std::move(samples));
  end_lost(connection, telling.id);
}

void GraphqlSockets::send_next(Connection& connection, const Telling& telling,
                               const std::any& root) {
  auto request = connection.request;
  const auto caller = stream_.caller_of(connection.id);
  if (!caller) return;  // it is being closed
  request.caller = *caller;
  request.gone = stopping_;
  const auto response =
      door_.execute(telling.operation->prepared, request, Clock::now() + door_.time(), root);
  stream_.send(connection.id, next_message(telling.id, graphql::to_json(response)));
}

void GraphqlSockets::forget(Connection& connection, const std::string& operation) {
  stream_.unfollow(connection.id, operation);
  const std::lock_guard lock(mutex_);
  const auto found = connection.operations.find(operation);
  if (found == connection.operations.end()) return;
  found->second->ended = true;
  connection.event_bytes -= found->second->bytes;
  connection.operations.erase(found);
}

void GraphqlSockets::end_lost(Connection& connection, const std::string& id) {
  end(connection, id,
      {{.message = "Events were lost: ask for the present, and subscribe again.", .code = "LOST"}});
}

void GraphqlSockets::end(Connection& connection, const std::string& id,
                         const std::vector<graphql::RequestError>& errors) {
  forget(connection, id);
  connection.conversation.ended(id);
  stream_.send(connection.id, error_message(id, errors_json(errors)));
}

}  // namespace monitron::api
