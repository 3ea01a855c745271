#include "script/spawner.hpp"

#include "base/hidden.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace monitron::script {

namespace {

Descriptor hear_of_children() {
  // Ours end by the socket alone: a Ctrl-C is for the program that finishes its work with us.
  for (const int ignored : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) std::signal(ignored, SIG_IGN);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_SETMASK, &children, nullptr);
  return Descriptor(signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
}

// Reads what there is; the bytes read, of which no more than the limit are kept.
std::size_t drain(Descriptor& from, std::string& into) {
  char buffer[16'384];
  std::size_t total = 0;
  while (from && total <= kFloodBytes) {
    const ssize_t got = read(from.get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) from.reset();
    if (got <= 0) break;
    const auto bytes = static_cast<std::size_t>(got);
    total += bytes;
    into.append(buffer, std::min(bytes, kOutputBytes - into.size()));
  }
  return total;
}

}  // namespace

Spawner::Spawner(int socket, std::string folder, std::optional<Account> account)
    : socket_(socket),
      signals_(hear_of_children()),
      folder_(std::move(folder)),
      account_(std::move(account)) {
  fcntl(socket, F_SETFD, FD_CLOEXEC);
  // What a script leaves behind becomes ours, so that it can be found and ended.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  // Short of memory, the kernel is to take a script, or us, before the programs of the suite.
  std::ofstream("/proc/self/oom_score_adj") << 500;
  hide_this_process();  // closes files of /proc to us, too
}

Spawner::~Spawner() {
  for (auto& [pid, script] : scripts_) kill_script(script, Ending::How::killed);
  // Those that went off on their own show up when those before them have ended.
  const Time deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  siginfo_t found{};
  while (waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         std::chrono::steady_clock::now() < deadline) {
    pollfd child{signals_.get(), POLLIN, 0};
    poll(&child, 1, 20);
    reap();
  }
}

int Spawner::serve() {
  if (!signals_) return 1;
  while (!deaf_) {
    std::vector<pollfd> ready{{socket_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}};
    std::vector<Script*> readers;
    for (auto& [pid, script] : scripts_) {
      for (auto* pipe : {&script.child.output, &script.child.complaint}) {
        if (!*pipe) continue;
        ready.push_back({pipe->get(), POLLIN, 0});
        readers.push_back(&script);
      }
    }
    if (poll(ready.data(), ready.size(), pause_ms()) < 0 && errno != EINTR) return 1;
    for (std::size_t i = 0; i < readers.size(); ++i) {
      if (ready[i + 2].revents != 0) read_from(*readers[i]);
    }
    watch_time();
    if (ready[1].revents != 0) reap();
    if (ready[0].revents != 0 && !take_message()) break;
  }
  return 0;
}

bool Spawner::take_message() {
  std::string datagram(kDatagramBytes, '\0');
  const ssize_t got = recv(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  datagram.resize(static_cast<std::size_t>(got));
  const auto message = decode(datagram);
  if (!message) return false;  // of another version: a new one of us will be started
  if (const auto* order = std::get_if<Order>(&*message)) start(*order);
  if (const auto* stop = std::get_if<Stop>(&*message)) {
    for (auto& [pid, script] : scripts_) {
      if (script.ending.id == stop->id) kill_script(script, Ending::How::killed);
    }
  }
  return true;
}

void Spawner::start(const Order& order) {
  const Time begun = std::chrono::steady_clock::now();
  auto child = start_script(folder_, order, account_ ? &*account_ : nullptr);
  if (!child) {
    Ending ending;
    ending.id = order.id;
    ending.how = Ending::How::refused;
    ending.problem = child.error().text;
    return say(encode(ending));
  }
  const pid_t pid = child->pid;
  Script& script = scripts_[pid];
  script.child = std::move(*child);
  script.begun = begun;
  script.deadline = begun + order.timeout;
  script.ending.id = order.id;
  script.ending.how = Ending::How::exited;
  say(encode(Started{order.id, pid}));
}

// Its end is told by the kernel, like any other.
void Spawner::kill_script(Script& script, Ending::How how) {
  if (script.ending.how == Ending::How::exited) script.ending.how = how;
  kill(-script.child.pid, SIGKILL);
  kill(script.child.pid, SIGKILL);
}

void Spawner::read_from(Script& script) {
  script.output_bytes += drain(script.child.output, script.ending.output);
  script.complaint_bytes += drain(script.child.complaint, script.ending.complaint);
  script.ending.cut = script.output_bytes > kOutputBytes;
  if (script.output_bytes + script.complaint_bytes > kFloodBytes) {
    kill_script(script, Ending::How::flooded);
  }
}

void Spawner::watch_time() {
  const Time now = std::chrono::steady_clock::now();
  for (auto& [pid, script] : scripts_) {
    if (now < script.deadline) continue;
    kill_script(script, Ending::How::timed_out);
    script.deadline = Time::max();
  }
}

void Spawner::reap() {
  signalfd_siginfo told{};
  while (read(signals_.get(), &told, sizeof(told)) > 0) {
  }
  for (;;) {
    siginfo_t found{};
    // Left unreaped until its group is ended, so that nobody else can have got its number.
    if (waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT) != 0 || found.si_pid == 0) break;
    const pid_t pid = found.si_pid;
    const auto script = scripts_.find(pid);
    if (script != scripts_.end()) kill(-pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    if (script != scripts_.end()) finish(script, status);
  }
  end_strays();
}

void Spawner::finish(Scripts::iterator found, int status) {
  Script& script = found->second;
  read_from(script);
  Ending ending = std::move(script.ending);
  ending.took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - script.begun);
  scripts_.erase(found);
  if (ending.how == Ending::How::exited) {
    ending.how = WIFEXITED(status) ? Ending::How::exited : Ending::How::killed;
    ending.code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
  }
  say(encode(ending));
}

// Children whose session is not that of a running script: left behind, or gone off on their own.
void Spawner::end_strays() {
  std::ifstream children("/proc/thread-self/children");
  pid_t pid = 0;
  while (children >> pid) {
    if (scripts_.count(pid) == 0 && scripts_.count(getsid(pid)) == 0) kill(pid, SIGKILL);
  }
}

int Spawner::pause_ms() const {
  Time next = Time::max();
  for (const auto& [pid, script] : scripts_) next = std::min(next, script.deadline);
  if (next == Time::max()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void Spawner::say(const std::string& datagram) {
  ssize_t sent = 0;
  do {
    sent = send(socket_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) deaf_ = true;
}

}  // namespace monitron::script
