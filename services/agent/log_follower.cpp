#include "agent/log_follower.hpp"

#include "base/log.hpp"

namespace monitron::agent {
namespace {

Labels with(Labels labels, const char* name, const std::string& value) {
  labels.emplace(name, value);
  return labels;
}

}  // namespace

LogFollower::LogFollower(LogSettings settings, const Labels& own)
    : settings_(std::move(settings)), own_(own) {
  follow({});
}

// What an earlier run counted for a pattern that is not looked for any more is let go.
void LogFollower::follow(const LogStates& states) {
  logs_.clear();
  for (const auto& file : settings_.files) {
    const auto found = states.find(file.name);
    const bool is_known = found != states.end() && found->second.path == file.path;
    const auto state = is_known ? found->second : LogState{.path = file.path};
    Log log{.about = file, .tail = host::LogTail(file.path, state.places)};
    log.counts = state.counts;
    log.counts.matches.clear();
    for (const auto& pattern : settings_.patterns) {
      const auto matches = state.counts.matches.find(pattern.name);
      log.counts.matches[pattern.name] =
          matches == state.counts.matches.end() ? 0 : matches->second;
    }
    log.kept = log.counts;
    logs_.push_back(std::move(log));
  }
}

void LogFollower::resume(const std::string& state_file,
                         const std::function<bool(const contracts::BatchId&)>& was_spooled) {
  if (settings_.files.empty()) return;
  state_file_ = state_file;
  auto saved = load_logs(state_file);
  if (!saved && saved.error().fault != Fault::not_found) {
    log::warning("log.state", "logs are followed from their ends: how far they were is not known",
                 {{"reason", saved.error().text}});
  }
  if (saved) follow(was_spooled(saved->batch) ? saved->after : saved->before);
  saved_ = states();
  must_save_ = true;  // whatever becomes of that batch, it is decided
}

void LogFollower::read(const contracts::BatchId& batch, SteadyInstant now, Round& round) {
  if (logs_.empty()) return;
  for (auto& log : logs_) read_log(log, now);
  if (!write_down(batch)) take_back();
  round.logs.emplace(own_);
  for (const auto& log : logs_) tell(log, *round.logs);
}

void LogFollower::settle(bool spooled) {
  if (logs_.empty()) return;
  if (!spooled) return take_back();
  for (auto& log : logs_) {
    log.tail.keep();
    log.kept = log.counts;
  }
  saved_ = states();
}

void LogFollower::take_back() {
  for (auto& log : logs_) {
    log.tail.take_back();
    log.counts = log.kept;
  }
  must_save_ = true;
}

bool LogFollower::write_down(const contracts::BatchId& batch) {
  if (state_file_.empty()) return true;
  auto now = states();
  if (now == saved_ && !must_save_) return true;
  const auto done = save_logs(state_file_, {batch, saved_, std::move(now)});
  if (!done && !is_failing_) {
    log::warning("log.state", "logs wait: how far they are read can not be kept",
                 {{"reason", done.error().text}});
  }
  is_failing_ = must_save_ = !done;
  return done.has_value();
}

LogStates LogFollower::states() const {
  LogStates all;
  for (const auto& log : logs_) {
    all[log.about.name] = {log.about.path, log.tail.places(), log.counts};
  }
  return all;
}

void LogFollower::read_log(Log& log, SteadyInstant now) {
  log.last = log.tail.read(now, [&](std::string_view line) { count(log, line); });
  log.counts.bytes += log.last.bytes;
  log.counts.skipped_bytes += log.last.skipped;
  log.counts.lost_files += log.last.lost;
  if (log.last.lost > 0) {
    log::warning("log.gone", "the rest of a log that was rotated is gone",
                 {{"log", log.about.name}, {"path", log.about.path}});
  }
  if (log.last.problem != log.complained && !log.last.problem.empty()) {
    log::warning("log.unreadable", "a log can not be read",
                 {{"log", log.about.name}, {"path", log.about.path}, {"reason", log.last.problem}});
  }
  log.complained = log.last.problem;
}

void LogFollower::count(Log& log, std::string_view line) const {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto level = host::level_of(line);
  ++log.counts.lines.at(static_cast<std::size_t>(level));
  for (const auto& pattern : settings_.patterns) {
    if (pattern.matches(line)) ++log.counts.matches[pattern.name];
  }
}

void LogFollower::tell(const Log& log, Measurements& out) const {
  const Labels labels{{"log", log.about.name}};
  const auto add = [&](const char* name, std::uint64_t value, const Labels& of) {
    out.add(name, static_cast<double>(value), of);
  };
  for (std::size_t i = 0; i < log.counts.lines.size(); ++i) {
    add("log_lines_total", log.counts.lines.at(i), with(labels, "level", host::kLogLevels.at(i)));
  }
  for (const auto& [pattern, matches] : log.counts.matches) {
    add("log_matches_total", matches, with(labels, "pattern", pattern));
  }
  add("log_bytes_total", log.counts.bytes, labels);
  add("log_skipped_bytes_total", log.counts.skipped_bytes, labels);
  add("log_lost_files_total", log.counts.lost_files, labels);
  add("log_unread_bytes", log.last.unread, labels);
  add("log_readable", log.last.readable ? 1 : 0, labels);
}

}  // namespace monitron::agent
