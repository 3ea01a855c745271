#include "db/listener.hpp"

#include "base/log.hpp"
#include "db/time_limits.hpp"

#include <atomic>
#include <chrono>
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

}  // namespace

struct Listener::State {
  std::string url;
  std::string channel;
  std::function<void()> wake;
  std::atomic<bool> stopping{false};
  std::string last_problem;  // the thread's own
  std::thread thread;

  void listen() {
    pqxx::connection connection(with_time_limits(url));
    Receiver receiver(connection, channel, wake);
    last_problem.clear();
    wake();  // something may have been missed until now
    while (!stopping) connection.await_notification(0, 500'000);
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
