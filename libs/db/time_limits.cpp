#include "db/time_limits.hpp"

#include <atomic>
#include <condition_variable>
#include <libpq-fe.h>
#include <map>
#include <mutex>
#include <sys/socket.h>
#include <thread>
#include <utility>

namespace monitron::db {
namespace {

using Time = std::chrono::steady_clock::time_point;

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

struct AnswerLimit::Entry {
  int socket = -1;
  std::atomic<bool> over = false;
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
    if (end < next_look_) changed_.notify_all();
  }

  void remove(Entry& entry) {
    const std::lock_guard lock(mutex_);
    if (!entry.over) entries_.erase(entry.place);
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      next_look_ = entries_.empty() ? Time::max() : entries_.begin()->first;
      if (next_look_ == Time::max()) {
        changed_.wait(lock);
      } else if (next_look_ > std::chrono::steady_clock::now()) {
        changed_.wait_until(lock, next_look_);
      } else {
        Entry* entry = entries_.extract(entries_.begin()).mapped();
        entry->over = true;
        ::shutdown(entry->socket, SHUT_RDWR);
      }
    }
  }

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::multimap<Time, Entry*> entries_;
  Time next_look_ = Time::max();  // a later limit needs no waking
  bool stopping_ = false;
  std::thread thread_;
};

AnswerLimit::Watch& AnswerLimit::watch() {
  static Watch watch;
  return watch;
}

AnswerLimit::AnswerLimit(int socket, std::chrono::milliseconds limit)
    : entry_(std::make_unique<Entry>()) {
  entry_->socket = socket;
  watch().add(*entry_, std::chrono::steady_clock::now() + limit);
}

AnswerLimit::~AnswerLimit() { watch().remove(*entry_); }

bool AnswerLimit::is_over() const { return entry_->over; }

}  // namespace monitron::db
