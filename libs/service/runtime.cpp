#include "service/runtime.hpp"

#include "base/hidden.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <mutex>
#include <string_view>
#include <thread>

namespace monitron::service {
namespace {

// Ends the process when stopping takes longer than the grace, whatever hangs: a hook, a task, a
// destructor of what main() holds.
class Watchdog {
 public:
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void start(std::chrono::milliseconds grace) {
    thread_ = std::thread([this, grace] {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, grace, [this] { return ended_; })) return;
      log::error("process.grace_over", "the time to stop in is over");
      std::_Exit(1);
    });
  }

 private:
  std::mutex mutex_;  // guards ended_
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace

struct Runtime::State {
  struct Check {
    std::function<Result<void>()> check;
    Role last;
  };
  // A task of every(): `busy` keeps two runs of it apart.
  struct Periodic {
    std::function<void()> task;
    std::atomic<bool> busy = false;
    loop::Timer timer;
  };

  explicit State(RuntimeConfig given)
      : config(std::move(given)),
        workers(config.program + "-work", config.worker_threads, config.worker_queue) {}

  Watchdog watchdog;  // first, so that it sees all the others end
  RuntimeConfig config;
  Metrics metrics;
  http::ProbeStatus status;
  std::atomic<bool> stopping = false;

  mutable std::mutex mutex;  // guards what follows
  std::list<Check> checks;
  std::list<Periodic> periodics;
  std::vector<std::function<void()>> stop_hooks;

  // What runs the above, and so ends before it.
  loop::Loop loop;
  loop::Workers workers;
  std::unique_ptr<http::Probes> probes;
  std::thread stopper;

  void look();
  void tell();
  void start(Periodic& periodic, std::chrono::milliseconds pause);
  void begin_stop();
  void run_hooks();
};

// Asks every role and tells the probes. Threads: a worker.
void Runtime::State::look() {
  std::vector<Check*> asked;
  {
    const std::lock_guard lock(mutex);
    for (auto& check : checks) asked.push_back(&check);
  }
  for (Check* check : asked) {
    const auto answer = check->check();
    const std::lock_guard lock(mutex);
    check->last.ready = answer.has_value();
    check->last.detail = answer ? "" : answer.error().text;
  }
  tell();
}

// Under the lock from looking at `stopping` to telling: who looked before it may not tell after it.
void Runtime::State::tell() {
  const std::lock_guard lock(mutex);
  std::vector<Role> roles;
  if (stopping) roles.push_back({"process", false, "is stopping"});
  for (const auto& check : checks) roles.push_back(check.last);
  if (roles.empty()) roles.push_back({"process", true, ""});
  status.set(std::move(roles), [this] { return metrics.text(); });
}

void Runtime::State::start(Periodic& periodic, std::chrono::milliseconds pause) {
  if (stopping) return;
  periodic.timer = loop.every(pause, [this, &periodic] {
    if (stopping || periodic.busy.exchange(true)) return;
    const bool taken = workers.run([&periodic] {
      periodic.task();
      periodic.busy = false;
    });
    if (!taken) periodic.busy = false;
  });
}

void Runtime::State::begin_stop() {
  if (stopping.exchange(true)) return;
  log::info("process.stopping", "stopping");
  tell();
  watchdog.start(config.grace);
  // Not on a worker: all may be busy, and with what a hook waits for.
  stopper = std::thread([this] { run_hooks(); });
}

void Runtime::State::run_hooks() {
  std::vector<std::function<void()>> hooks;
  {
    const std::lock_guard lock(mutex);
    hooks.swap(stop_hooks);
  }
  for (auto hook = hooks.rbegin(); hook != hooks.rend(); ++hook) (*hook)();
  loop.stop();
}

Runtime::Runtime(RuntimeConfig config) : state_(std::make_unique<State>(std::move(config))) {
  std::signal(SIGPIPE, SIG_IGN);
  state_->loop.on_terminate([state = state_.get()] { state->begin_stop(); });
  auto probes = http::Probes::listen(state_->config.probes_address, state_->status);
  if (!probes) {
    log::error("probes.failed", probes.error().text);
    std::exit(refuse(probes.error()));
  }
  state_->probes = std::move(*probes);
  every(std::chrono::seconds(2), [state = state_.get()] { state->look(); });
}

// Also of one that never ran, because the program could not be put together.
Runtime::~Runtime() {
  state_->stopping = true;
  for (auto& periodic : state_->periodics) periodic.timer.stop();
}

loop::Loop& Runtime::loop() { return state_->loop; }
loop::Workers& Runtime::workers() { return state_->workers; }
Metrics& Runtime::metrics() { return state_->metrics; }

void Runtime::ready_when(std::string role, std::function<Result<void>()> check) {
  const std::lock_guard lock(state_->mutex);
  state_->checks.push_back({std::move(check), {std::move(role), false, "not looked at yet"}});
}

bool Runtime::ready() const { return state_->status.ready(); }

std::vector<Runtime::Role> Runtime::roles() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<Role> roles;
  for (const auto& check : state_->checks) roles.push_back(check.last);
  return roles;
}

void Runtime::every(std::chrono::milliseconds pause, std::function<void()> task) {
  const std::lock_guard lock(state_->mutex);
  auto& periodic = state_->periodics.emplace_back();
  periodic.task = std::move(task);
  state_->loop.post([state = state_.get(), &periodic, pause] { state->start(periodic, pause); });
}

void Runtime::on_stop(std::function<void()> hook) {
  const std::lock_guard lock(state_->mutex);
  state_->stop_hooks.push_back(std::move(hook));
}

int Runtime::probes_port() const { return state_->probes->port(); }

int Runtime::run() {
  if (!state_->workers.run([state = state_.get()] { state->look(); })) return 1;
  state_->loop.run();
  if (state_->stopper.joinable()) state_->stopper.join();
  // What tasks work with is torn down after this returns: none may run then.
  state_->workers.stop();
  return 0;
}

void Runtime::stop() {
  state_->loop.post([state = state_.get()] { state->begin_stop(); });
}

int refuse(const Error& error) {
  std::fprintf(stderr, "%s\n", error.text.c_str());
  if (error.fault == Fault::invalid) return 78;
  return error.fault == Fault::denied ? 77 : 69;
}

namespace {

// Takes the options from the front of the arguments; false: one has no value.
bool take_options(int& argc, char**& argv, const std::vector<Option>& options) {
  while (argc > 1) {
    const auto option = std::find_if(options.begin(), options.end(),
                                     [&](const Option& one) { return one.flag == argv[1]; });
    if (option == options.end()) return true;
    if (argc < 3) return false;
    setenv(std::string(option->setting).c_str(), argv[2], 1);
    argc -= 2;
    argv += 2;
  }
  return true;
}

}  // namespace

std::optional<int> handle_flags(int argc, char** argv, std::string_view program,
                                const std::vector<Option>& options) {
  hide_this_process();  // scripts of checks may run under our account
  const std::string name = "monitron-" + std::string(program);
  const bool complete = take_options(argc, argv, options);
  if (argc < 2) return std::nullopt;
  const std::string_view flag = complete ? argv[1] : "";
  if (flag == "--version") {
    std::printf("%s 0.1.0\n", name.c_str());
    return 0;
  }
  if (flag == "--check-config") {
    const auto settings = Settings::load(program);
    if (!settings) return refuse(settings.error());
    std::printf("%s: all settings are right\n", name.c_str());
    return 0;
  }
  const bool help = flag == "--help";
  std::string more;
  for (const auto& option : options) more.append("[").append(option.flag).append(" VALUE] ");
  std::fprintf(help ? stdout : stderr,
               "usage: %s %s[--check-config | --version | --help]\n"
               "Settings come from the environment and .env; see .env.example.\n",
               name.c_str(), more.c_str());
  return help ? 0 : 64;
}

}  // namespace monitron::service
