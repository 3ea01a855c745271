#include "mq/publisher.hpp"

#include "base/ids.hpp"
#include "base/log.hpp"
#include "mq/connection.hpp"
#include "mq/wake.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace monitron::mq {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kTick{500};  // heartbeats want a look at least this often

const std::string kRefused = "the broker refused the message: a queue is full";
const std::string kNoQueue = "no queue takes messages of ";

struct Pending {
  contracts::Message message;
  Publisher::Completion done;
  SteadyClock::time_point deadline;
  bool returned = false;
};

}  // namespace

struct Publisher::State {
  const PublisherConfig config;
  Wake wake;
  std::atomic<bool> connected{false};

  using Opened = Result<std::unique_ptr<Connection>>;

  mutable std::mutex mutex;  // over the next six
  std::deque<Pending> waiting;
  std::size_t unsettled = 0;  // waiting or in flight
  std::size_t unsettled_bytes = 0;
  bool stopping = false;
  PublisherStats stats;
  std::optional<Opened> opened;  // by the opener, not yet looked at

  // The thread's own.
  std::unique_ptr<Connection> connection;
  std::map<std::uint64_t, Pending> in_flight;  // by the connection's tags
  bool blocked = false;
  Backoff backoff;
  SteadyClock::time_point next_try;
  std::string last_problem;
  // Opens: a broker that hangs makes that last, and deadlines are kept meanwhile.
  std::thread opener;
  std::thread thread;

  explicit State(PublisherConfig c) : config(std::move(c)) {}

  void run();
  bool finished();
  void connect();
  Opened open() const;
  void lose(const Error& error);
  Result<void> serve();
  void handle(const Event& event);
  void confirm(const Confirmed& confirmed);
  Result<void> send_waiting();
  std::optional<Pending> take_waiting();
  void expire();
  void settle(const Pending& pending, const Result<void>& result);
  milliseconds pause();
};

void Publisher::State::run() {
  while (!finished()) {
    if (!connection) connect();
    if (connection) {
      if (auto served = serve(); !served) lose(served.error());
    }
    expire();
    wake.wait(connection ? connection->socket() : -1, pause());
  }
  if (opener.joinable()) opener.join();
}

bool Publisher::State::finished() {
  const std::lock_guard lock(mutex);
  return stopping && unsettled == 0;
}

Publisher::State::Opened Publisher::State::open() const {
  auto made = Connection::open(config.endpoint, config.name);
  if (!made) return made;
  if (auto done = (*made)->declare(config.topology); !done) return fail(done.error());
  if (auto done = (*made)->confirm_messages(); !done) return fail(done.error());
  return made;
}

// Starts opening, or takes what was opened.
void Publisher::State::connect() {
  if (!opener.joinable()) {
    if (SteadyClock::now() < next_try) return;
    opener = std::thread([this] {
      auto made = open();
      {
        const std::lock_guard lock(mutex);
        opened = std::move(made);
      }
      wake.signal();
    });
    return;
  }
  std::optional<Opened> made;
  {
    const std::lock_guard lock(mutex);
    if (!opened) return;
    made = std::exchange(opened, std::nullopt);
  }
  opener.join();
  if (!*made) {
    if (made->error().text != last_problem) {
      last_problem = made->error().text;
      log::warning("broker.away", last_problem, {{"connection", config.name}});
    }
    next_try = SteadyClock::now() + backoff.next();
    return;
  }
  connection = std::move(**made);
  backoff.reset();
  last_problem.clear();
  blocked = false;
  connected = true;
  log::debug("broker.connected", "publishing", {{"connection", config.name}});
}

void Publisher::State::lose(const Error& error) {
  log::warning("broker.lost", error.text, {{"connection", config.name}});
  connection.reset();
  connected = false;
  next_try = SteadyClock::now() + backoff.next();
  const std::lock_guard lock(mutex);
  ++stats.reconnects;
  stats.blocked = false;
  // What was sent but not confirmed goes again, first and in order.
  for (auto sent = in_flight.rbegin(); sent != in_flight.rend(); ++sent) {
    sent->second.returned = false;
    waiting.push_front(std::move(sent->second));
  }
  in_flight.clear();
}

Result<void> Publisher::State::serve() {
  for (;;) {
    auto event = connection->next();
    if (!event) return fail(event.error());
    if (*event) {
      handle(**event);
      continue;
    }
    // Nothing more to read: send, and look again while there was something to send.
    const auto before = in_flight.size();
    if (auto sent = send_waiting(); !sent) return sent;
    if (in_flight.size() == before) return {};
  }
}

void Publisher::State::handle(const Event& event) {
  if (const auto* confirmed = std::get_if<Confirmed>(&event)) {
    confirm(*confirmed);
  } else if (const auto* returned = std::get_if<Returned>(&event)) {
    for (auto& [tag, pending] : in_flight) {
      if (pending.message.message_id == returned->message_id) pending.returned = true;
    }
  } else if (const auto* flow = std::get_if<Blocked>(&event)) {
    blocked = flow->blocked;
    log::warning(blocked ? "broker.blocked" : "broker.unblocked",
                 blocked ? "the broker takes no messages: short of memory or disk"
                         : "the broker takes messages again",
                 {{"connection", config.name}});
    const std::lock_guard lock(mutex);
    stats.blocked = blocked;
  }
}

void Publisher::State::confirm(const Confirmed& confirmed) {
  auto first = confirmed.multiple ? in_flight.begin() : in_flight.find(confirmed.tag);
  if (first == in_flight.end()) return;  // given up since
  const auto last = confirmed.multiple ? in_flight.upper_bound(confirmed.tag) : std::next(first);
  std::vector<Pending> settled;
  for (auto entry = first; entry != last; ++entry) settled.push_back(std::move(entry->second));
  in_flight.erase(first, last);
  for (auto& pending : settled) {
    Result<void> result;
    if (pending.returned) {
      result = fail(Fault::unavailable, kNoQueue + pending.message.exchange + " with the key " +
                                            pending.message.routing_key);
    } else if (!confirmed.taken) {
      result = fail(Fault::unavailable, kRefused);
    }
    settle(pending, result);
  }
}

std::optional<Pending> Publisher::State::take_waiting() {
  const std::lock_guard lock(mutex);
  if (waiting.empty()) return std::nullopt;
  Pending pending = std::move(waiting.front());
  waiting.pop_front();
  return pending;
}

Result<void> Publisher::State::send_waiting() {
  while (!blocked && in_flight.size() < config.window) {
    auto pending = take_waiting();
    if (!pending) return {};
    const auto tag = connection->publish(pending->message);
    if (!tag && tag.error().fault == Fault::invalid) {
      settle(*pending, fail(tag.error()));
      continue;
    }
    if (!tag) {
      const std::lock_guard lock(mutex);
      waiting.push_front(std::move(*pending));
      return fail(tag.error());
    }
    in_flight.emplace(*tag, std::move(*pending));
  }
  return {};
}

void Publisher::State::expire() {
  const auto now = SteadyClock::now();
  const char* why = connection ? "the broker is too slow" : "the broker is away";
  if (blocked) why = "the broker takes no messages now";
  while (!in_flight.empty() && in_flight.begin()->second.deadline <= now) {
    auto late = in_flight.extract(in_flight.begin());
    settle(late.mapped(), fail(Fault::timeout, "the broker did not confirm in time"));
  }
  for (;;) {
    std::optional<Pending> late;
    {
      const std::lock_guard lock(mutex);
      if (waiting.empty() || waiting.front().deadline > now) return;
      late = std::move(waiting.front());
      waiting.pop_front();
    }
    settle(*late, fail(Fault::unavailable, why));
  }
}

void Publisher::State::settle(const Pending& pending, const Result<void>& result) {
  {
    const std::lock_guard lock(mutex);
    --unsettled;
    unsettled_bytes -= pending.message.body.size();
    ++(result ? stats.confirmed : stats.failed);
  }
  if (pending.done) pending.done(result);
}

milliseconds Publisher::State::pause() {
  auto until = SteadyClock::now() + kTick;
  if (!connection && !opener.joinable()) until = std::min(until, next_try);
  if (!in_flight.empty()) until = std::min(until, in_flight.begin()->second.deadline);
  const std::lock_guard lock(mutex);
  if (!waiting.empty()) until = std::min(until, waiting.front().deadline);
  // Rounded up, so that it does not spin through the last millisecond.
  return std::chrono::ceil<milliseconds>(
      std::max(until - SteadyClock::now(), SteadyClock::duration::zero()));
}

bool is_own_trouble(const Error& error) {
  return error.fault == Fault::invalid || error.text.find(kNoQueue) != std::string::npos ||
         error.text.find(kRefused) != std::string::npos;
}

Publisher::Publisher(PublisherConfig config) : state_(std::make_unique<State>(std::move(config))) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Publisher::~Publisher() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.signal();
  state_->thread.join();
}

bool Publisher::publish(contracts::Message message, Completion done) {
  if (message.message_id.empty()) message.message_id = Uuid::make().str();
  {
    const std::lock_guard lock(state_->mutex);
    const auto size = message.body.size();
    if (state_->stopping || state_->unsettled >= state_->config.queue_limit ||
        state_->unsettled_bytes + size > state_->config.queue_bytes) {
      return false;
    }
    ++state_->unsettled;
    state_->unsettled_bytes += size;
    state_->waiting.push_back(
        {std::move(message), std::move(done), SteadyClock::now() + state_->config.deadline, false});
  }
  state_->wake.signal();
  return true;
}

Result<void> Publisher::publish_and_wait(contracts::Message message) {
  return publish_and_wait(std::vector{std::move(message)}).front();
}

std::vector<Result<void>> Publisher::publish_and_wait(std::vector<contracts::Message> messages) {
  std::vector<std::future<Result<void>>> settled;
  for (auto& message : messages) {
    auto outcome = std::make_shared<std::promise<Result<void>>>();
    settled.push_back(outcome->get_future());
    if (!publish(std::move(message),
                 [outcome](const Result<void>& result) { outcome->set_value(result); })) {
      outcome->set_value(fail(Fault::unavailable, "too many messages wait for the broker"));
    }
  }
  std::vector<Result<void>> results;
  for (auto& one : settled) results.push_back(one.get());
  return results;
}

bool Publisher::connected() const { return state_->connected; }

PublisherStats Publisher::stats() const {
  const std::lock_guard lock(state_->mutex);
  auto stats = state_->stats;
  stats.waiting = state_->unsettled;
  return stats;
}

}  // namespace monitron::mq
