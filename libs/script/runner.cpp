#include "script/runner.hpp"

#include "base/hidden.hpp"
#include "base/log.hpp"
#include "script/process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <mutex>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace monitron::script {

using std::chrono::steady_clock;

namespace {

// A spawner that ends at once is not started again and again.
constexpr auto kRestartPause = std::chrono::seconds(1);
constexpr auto kStopPatience = std::chrono::seconds(3);

std::string beside_us() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "monitron-spawner").string();
}

Ending unrun(std::uint64_t id, Ending::How how, std::string problem) {
  Ending ending;
  ending.id = id;
  ending.how = how;
  ending.problem = std::move(problem);
  return ending;
}

// 0 and the process, or an error of the system.
int spawn(const RunnerConfig& config, int socket, pid_t& pid) {
  std::vector<std::string> words{config.program, config.folder};
  if (!config.user.empty()) words.push_back(config.user);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  std::string language = "LANG=C.UTF-8";
  char* environment[] = {path.data(), language.data(), nullptr};

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, socket, 3);
  for (const int standard : {0, 1, 2}) {
    posix_spawn_file_actions_addopen(&files, standard, "/dev/null", O_RDWR, 0);
  }
  posix_spawn_file_actions_addclosefrom_np(&files, 4);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  // A group of its own: whoever ends ours leaves it the time to end the scripts.
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  const int error =
      posix_spawn(&pid, config.program.c_str(), &files, &attributes, argv.data(), environment);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

Result<void> check(const RunnerConfig& config) {
  if (config.folder.empty()) return {};
  std::error_code error;
  const auto status = std::filesystem::status(config.folder, error);
  if (config.folder.front() != '/' || !std::filesystem::is_directory(status)) {
    return fail(Fault::invalid, config.folder + " is not the absolute path of a folder");
  }
  using std::filesystem::perms;
  if ((status.permissions() & perms::others_write) != perms::none) {
    return fail(Fault::invalid, "everybody may write folder " + config.folder);
  }
  if (config.user.empty()) return {};
  if (const auto account = account_of(config.user); !account) return fail(account.error());
  return {};
}

// All but `wake` and `closing` is guarded by the mutex; the socket belongs to the thread.
struct Runner::State {
  struct Entry {
    Order order;
    Listener listener;
    int pid = 0;
    bool abandoned = false;
  };

  RunnerConfig config;
  Descriptor wake;
  mutable std::mutex mutex;
  bool closing = false;
  std::uint64_t last_id = 0;
  std::deque<Entry> waiting;
  std::map<std::uint64_t, Entry> running;
  std::deque<std::string> to_send;
  Descriptor socket;
  pid_t spawner = 0;
  steady_clock::time_point next_start{};
  bool failed = false;  // to start; told once
  std::thread thread;

  void ring() const {
    const std::uint64_t one = 1;
    (void)!write(wake.get(), &one, sizeof(one));
  }

  void run();
  void start_spawner();
  void lose_spawner();
  void stop_spawner();
  void fill();
  void send_some();
  void hear();
  void take(const Message& message);
};

void Runner::State::start_spawner() {
  if (socket || steady_clock::now() < next_start) return;
  next_start = steady_clock::now() + kRestartPause;
  int ends[2];
  int error = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : errno;
  if (error == 0) {
    Descriptor ours(ends[0]);
    const Descriptor theirs(ends[1]);
    fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    error = spawn(config, theirs.get(), spawner);
    if (error == 0) socket = std::move(ours);
  }
  if (error == 0) {
    failed = false;
    return log::info("spawner.started", "scripts can be run", {{"pid", spawner}});
  }
  spawner = 0;
  const std::string problem =
      "the spawner " + config.program + " cannot be started: " + std::strerror(error);
  if (!std::exchange(failed, true)) log::error("spawner.failed", problem);
  for (auto& entry : std::exchange(waiting, {})) {
    entry.listener.ended(unrun(entry.order.id, Ending::How::refused, problem));
  }
}

void Runner::State::lose_spawner() {
  socket.reset();
  kill(spawner, SIGKILL);
  waitpid(spawner, nullptr, 0);
  spawner = 0;
  to_send.clear();
  log::error("spawner.ended", "the spawner has ended; it is started again",
             {{"scripts_lost", running.size()}});
  for (auto& [id, entry] : std::exchange(running, {})) {
    // The script itself ends with its spawner, what it has started does not.
    if (entry.pid > 0) kill(-entry.pid, SIGKILL);
    if (!entry.abandoned)
      entry.listener.ended(unrun(id, Ending::How::lost, "the spawner ended while the script ran"));
  }
}

// It ends the scripts, then itself.
void Runner::State::stop_spawner() {
  socket.reset();
  const auto deadline = steady_clock::now() + kStopPatience;
  while (waitpid(spawner, nullptr, WNOHANG) == 0) {
    if (steady_clock::now() > deadline) {
      kill(spawner, SIGKILL);
      waitpid(spawner, nullptr, 0);
      break;
    }
    poll(nullptr, 0, 5);
  }
}

void Runner::State::fill() {
  while (socket && !waiting.empty() && running.size() < config.at_once) {
    Entry entry = std::move(waiting.front());
    waiting.pop_front();
    const auto id = entry.order.id;
    to_send.push_back(encode(entry.order));
    running.emplace(id, std::move(entry));
  }
}

void Runner::State::send_some() {
  while (socket && !to_send.empty()) {
    const auto& next = to_send.front();
    if (send(socket.get(), next.data(), next.size(), MSG_NOSIGNAL) < 0) {
      if (errno != EAGAIN && errno != EINTR) lose_spawner();
      return;
    }
    to_send.pop_front();
  }
}

void Runner::State::hear() {
  std::string datagram(kDatagramBytes, '\0');
  while (socket) {
    const ssize_t got = recv(socket.get(), datagram.data(), datagram.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    const auto message =
        decode({datagram.data(), static_cast<std::size_t>(std::max(got, ssize_t{0}))});
    if (got <= 0 || !message) return lose_spawner();
    take(*message);
  }
}

void Runner::State::take(const Message& message) {
  if (const auto* started = std::get_if<Started>(&message)) {
    const auto found = running.find(started->id);
    if (found == running.end()) return;
    found->second.pid = started->pid;
    if (!found->second.abandoned) found->second.listener.started();
  }
  if (const auto* ending = std::get_if<Ending>(&message)) {
    const auto found = running.find(ending->id);
    if (found == running.end()) return;
    const Entry entry = std::move(found->second);
    running.erase(found);
    if (!entry.abandoned) entry.listener.ended(*ending);
  }
}

void Runner::State::run() {
  std::unique_lock lock(mutex);
  while (!closing) {
    start_spawner();
    fill();
    send_some();
    pollfd ready[2] = {{wake.get(), POLLIN, 0}, {socket.get(), POLLIN, 0}};
    if (!to_send.empty()) ready[1].events |= POLLOUT;
    const int pause =
        socket ? -1 : static_cast<int>(std::chrono::milliseconds(kRestartPause).count());
    lock.unlock();
    poll(ready, 2, pause);
    std::uint64_t rung = 0;
    (void)!read(wake.get(), &rung, sizeof(rung));
    lock.lock();
    hear();
  }
  if (socket) stop_spawner();
}

Runner::Runner(RunnerConfig config) : state_(std::make_unique<State>()) {
  state_->config = std::move(config);
  auto& own = state_->config;
  if (own.program.empty()) own.program = beside_us();
  if (own.at_once == 0)
    own.at_once = std::size_t{2} * std::max(1U, std::thread::hardware_concurrency());
  hide_this_process();
  if (own.user.empty() && geteuid() == 0) log::warning("scripts.as_root", "scripts run as root");
  state_->wake = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  state_->start_spawner();
  // Signals are for the threads of the program.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  state_->thread = std::thread([state = state_.get()] { state->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Runner::~Runner() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->ring();
  state_->thread.join();
}

std::uint64_t Runner::start(Order order, Listener listener) {
  const std::lock_guard lock(state_->mutex);
  const auto id = order.id = ++state_->last_id;
  // What the spawner could not read would end it, and with it what others run.
  const auto datagram = encode(order);
  if (datagram.size() > kDatagramBytes || !decode(datagram)) {
    const auto problem = "the arguments of " + order.command + " are too long or hold a NUL";
    listener.ended(unrun(id, Ending::How::refused, problem));
    return id;
  }
  state_->waiting.push_back({std::move(order), std::move(listener), 0, false});
  state_->ring();
  return id;
}

void Runner::abandon(std::uint64_t id) {
  const std::lock_guard lock(state_->mutex);
  std::erase_if(state_->waiting, [id](const auto& entry) { return entry.order.id == id; });
  const auto found = state_->running.find(id);
  if (found == state_->running.end() || std::exchange(found->second.abandoned, true)) return;
  // Its place stays taken until it has ended.
  state_->to_send.push_back(encode(Stop{id}));
  state_->ring();
}

int Runner::spawner() const {
  const std::lock_guard lock(state_->mutex);
  return state_->spawner;
}

}  // namespace monitron::script
