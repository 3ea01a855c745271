#include "db/time_limits.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fcntl.h>
#include <libpq-fe.h>
#include <map>
#include <mutex>
#include <set>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace monitron::db {
namespace {

using Time = std::chrono::steady_clock::time_point;

constexpr std::chrono::milliseconds kAskAgain{100};  // whether somebody still waits

// libpq: 'single quotes', backslash before quote and backslash.
std::string quoted(const char* value) {
  std::string text = "'";
  for (const char* c = value; *c != '\0'; ++c) {
    if (*c == '\'' || *c == '\\') text += '\\';
    text += *c;
  }
  return text + "'";
}

}  // namespace

std::string with_time_limits(const std::string& url, std::chrono::seconds connecting) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), nullptr), PQconninfoFree);
  if (options == nullptr) return url;
  std::map<std::string, std::string> words = {
      {"connect_timeout", std::to_string(connecting.count())},
      {"tcp_user_timeout", "'15000'"},
      {"keepalives_idle", "'10'"},
      {"keepalives_interval", "'5'"},
      {"keepalives_count", "'3'"}};
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) words[option->keyword] = quoted(option->val);
  }
  std::string text;
  for (const auto& [word, value] : words) text.append(word).append("=").append(value).append(" ");
  return text;
}

// The socket is a number of its own: libpq closes that of a connection that is lost, and somebody
// else may get it.
struct AnswerLimit::Entry {
  explicit Entry(int of) : socket(fcntl(of, F_DUPFD_CLOEXEC, 0)) {}
  ~Entry() {
    if (socket >= 0) ::close(socket);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  const int socket;
  Stop stop{};
  std::atomic<bool> over = false;
  std::atomic<bool> stopped = false;
  std::multimap<Time, Entry*>::iterator place;
};

// One thread for all connections of the program; it sleeps until the next limit.
class AnswerLimit::Watch {
 public:
  Watch() : thread_([this] { run(); }) {}
  ~Watch() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void add(Entry& entry, Time end) {
    const std::lock_guard lock(mutex_);
    entry.place = entries_.emplace(end, &entry);
    if (entry.stop) {
      stoppable_.insert(&entry);
      end = std::min(end, std::chrono::steady_clock::now() + kAskAgain);
    }
    if (end < next_look_) changed_.notify_all();
  }

  void remove(Entry& entry) {
    const std::lock_guard lock(mutex_);
    if (!entry.over && !entry.stopped) forget(entry);
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      const auto now = std::chrono::steady_clock::now();
      while (!entries_.empty() && entries_.begin()->first <= now) {
        cut(*entries_.begin()->second, &Entry::over);
      }
      for (auto at = stoppable_.begin(); at != stoppable_.end();) {
        auto& entry = **at++;
        if (entry.stop()) cut(entry, &Entry::stopped);
      }
      next_look_ = entries_.empty() ? Time::max() : entries_.begin()->first;
      if (!stoppable_.empty()) next_look_ = std::min(next_look_, now + kAskAgain);
      if (next_look_ == Time::max()) {
        changed_.wait(lock);
      } else {
        changed_.wait_until(lock, next_look_);
      }
    }
  }

  void cut(Entry& entry, std::atomic<bool> Entry::*why) {
    forget(entry);
    entry.*why = true;
    ::shutdown(entry.socket, SHUT_RDWR);
  }
  void forget(Entry& entry) {
    entries_.erase(entry.place);
    stoppable_.erase(&entry);
  }

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::multimap<Time, Entry*> entries_;
  std::set<Entry*> stoppable_;
  Time next_look_ = Time::max();  // a later limit needs no waking
  bool stopping_ = false;
  std::thread thread_;
};

AnswerLimit::Watch& AnswerLimit::watch() {
  static Watch watch;
  return watch;
}

AnswerLimit::AnswerLimit(int socket, std::chrono::milliseconds limit, Stop stop)
    : entry_(std::make_unique<Entry>(socket)) {
  entry_->stop = std::move(stop);
  watch().add(*entry_, std::chrono::steady_clock::now() + limit);
}

AnswerLimit::~AnswerLimit() { watch().remove(*entry_); }

bool AnswerLimit::is_over() const { return entry_->over; }
bool AnswerLimit::is_stopped() const { return entry_->stopped; }

}  // namespace monitron::db
