#include "db/listener.hpp"

#include "base/log.hpp"
#include "db/time_limits.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <pqxx/pqxx>
#include <thread>

namespace monitron::db {
namespace {

class Receiver : public pqxx::notification_receiver {
 public:
  Receiver(pqxx::connection& connection, const std::string& channel,
           const std::function<void()>& wake)
      : pqxx::notification_receiver(connection, channel), wake_(wake) {}
  void operator()(const std::string&, int) override { wake_(); }

 private:
  const std::function<void()>& wake_;
};

constexpr std::chrono::seconds kAnswer{5};  // LISTEN and UNLISTEN need no longer

// A connection that listens. What is asked of the server is asked under a limit: libpqxx says
// LISTEN when a receiver is made and UNLISTEN when it goes, and waits for the answer each time.
class Session {
 public:
  Session(const std::string& url, const std::string& channel, const std::function<void()>& wake)
      : connection_(with_time_limits(url)) {
    // A lost connection must not be made again unseen: run() does it, in its own time.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
    limit_.emplace(connection_.sock(), kAnswer);
    receiver_.emplace(connection_, channel, wake);
    // libpqxx 6 keeps it to itself when the connection is lost during LISTEN.
    if (limit_->is_over()) throw pqxx::broken_connection("the database does not answer");
    limit_.reset();
  }
  ~Session() { limit_.emplace(connection_.sock(), kAnswer); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void await(std::chrono::microseconds pause) {
    connection_.await_notification(0, static_cast<long>(pause.count()));
  }

 private:
  pqxx::connection connection_;
  std::optional<AnswerLimit> limit_;
  std::optional<Receiver> receiver_;  // the last one: it goes while the limit still holds
};

}  // namespace

struct Listener::State {
  std::string url;
  std::string channel;
  std::function<void()> wake;
  std::atomic<bool> stopping{false};
  std::string last_problem;  // the thread's own
  std::thread thread;

  void listen() {
    Session session(url, channel, wake);
    last_problem.clear();
    wake();  // something may have been missed until now
    while (!stopping) session.await(std::chrono::milliseconds(500));
  }

  void run() {
    while (!stopping) {
      try {
        listen();
      } catch (const std::exception& problem) {
        if (last_problem != problem.what()) {
          last_problem = problem.what();
          log::warning("listener.lost", last_problem, {{"channel", channel}});
        }
        for (int i = 0; i < 10 && !stopping; ++i) {
          std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
      }
    }
  }
};

Listener::Listener(std::string url, std::string channel, std::function<void()> wake)
    : state_(std::make_unique<State>()) {
  state_->url = std::move(url);
  state_->channel = std::move(channel);
  state_->wake = std::move(wake);
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Listener::~Listener() {
  state_->stopping = true;
  state_->thread.join();
}

}  // namespace monitron::db
