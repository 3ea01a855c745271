#include "agent/agent.hpp"

#include "agent/print.hpp"
#include "agent/private_file.hpp"
#include "agent/version.hpp"
#include "base/log.hpp"
#include "base/random.hpp"

#include <cstdlib>

namespace monitron::agent {
namespace {

using namespace std::chrono_literals;

constexpr int kCannotStart = 69;  // EX_UNAVAILABLE
constexpr int kDiskFailed = 74;   // EX_IOERR
constexpr auto kGrace = 5s;
constexpr std::chrono::milliseconds kScrapePatience =
    1s;  // of a round, with programs that are slow

// After a failed fsync the kernel may have thrown the data away: going on would promise what is not
// there. The next start reads from the disk what really is.
[[noreturn]] void give_up(const Error& error) {
  log::error("spool.failed", "the disk does not keep what is written; the agent ends",
             {{"reason", error.text}});
  std::_Exit(kDiskFailed);
}

std::string metrics_text(const OwnFigures& own) {
  const std::pair<const char*, double> figures[] = {
      {"monitron_agent_spool_bytes", own.spool_bytes},
      {"monitron_agent_spool_pending_batches", own.spool_pending},
      {"monitron_agent_spool_dropped_batches_total", own.spool_dropped},
      {"monitron_agent_spool_damaged_segments_total", own.spool_damaged},
      {"monitron_agent_quarantined_batches_total", own.quarantined},
      {"monitron_agent_sent_batches_total", own.sent},
      {"monitron_agent_send_failures_total", own.send_failures}};
  std::string text;
  for (const auto& [name, value] : figures) {
    const std::string_view kind = std::string_view(name).ends_with("_total") ? "counter" : "gauge";
    text += std::string("# TYPE ") + name + " " + std::string(kind) + "\n" + name + " " +
            std::to_string(static_cast<std::uint64_t>(value)) + "\n";
  }
  return text;
}

}  // namespace

Agent::Agent(Config config)
    : config_(std::move(config)),
      quarantine_(config_.state_dir + "/quarantine"),
      collector_(config_.labels, config_.settings.wanted),
      scraper_(loop_, client_, config_.scrapes, config_.labels),
      logs_(config_.logs, config_.labels),
      configuration_({client_, [this](auto task) { on_worker(std::move(task)); },
                      [this](const Settings& settings) { obey(settings); }},
                     config_.settings, config_.state_dir + "/configuration.json"),
      join_backoff_(1s, 60s),
      interval_(config_.settings.interval),
      workers_("agent", 1, 64),
      client_(loop_) {}

int Agent::run() {
  if (auto opened = open(); !opened) {
    log::error("agent.refused", opened.error().text);
    return kCannotStart;
  }
  log::info("agent.started", "the agent is running",
            {{"version", kVersion},
             {"server", config_.server},
             {"state_dir", config_.state_dir},
             {"spooled_batches", spool_->pending()}});
  loop_.on_terminate([this] { stop(); });
  on_worker([this] { join(); });
  loop_.run();
  log::info("agent.stopped", "the agent has ended", {{"spooled_batches", spool_->pending()}});
  return 0;
}

Result<void> Agent::open() {
  if (auto made = make_private_directory(config_.state_dir); !made) return made;
  auto files = open_directory(config_.state_dir + "/spool");
  if (!files) return fail(files.error());
  files_ = std::move(*files);
  auto spool = Spool::open(*files_, config_.spool_bytes);
  if (!spool) return fail(spool.error());
  spool_ = std::make_unique<Spool>(std::move(*spool));
  logs_.resume(config_.state_dir + "/logs.json", [this](const contracts::BatchId& batch) {
    return spool_->has_had(batch.epoch, batch.seq);
  });
  publish_status();
  if (config_.probes_address.empty()) return {};
  auto probes = http::Probes::listen(config_.probes_address, status_);
  if (!probes) return fail(probes.error());
  probes_ = std::move(*probes);
  return {};
}

// ---- joining the server ----

void Agent::join() {
  if (stopping_) return;
  auto identity = load_identity(config_.state_dir);
  if (!identity && identity.error().fault == Fault::not_found) {
    identity = enrolment_token(config_).and_then(
        [&](const std::string& token) { return enrol(config_, token); });
    if (identity) {
      if (auto saved = save_identity(config_.state_dir, *identity); !saved) {
        identity = fail(saved.error());
      }
    }
  }
  if (identity) return start_sending(*identity);
  const auto delay = join_backoff_.next(random_unit());
  const auto& error = identity.error();
  const bool without_token = error.fault == Fault::not_found;
  if (!refusal_logged_ || !without_token) {
    log::warning("agent.not_enrolled",
                 without_token ? "waiting for an enrolment token: --enrolment-token, or the file"
                               : "the server did not take this agent in; it tries again",
                 {{"reason", error.text}, {"next_try_ms", delay.count()}});
  }
  refusal_logged_ = true;
  loop_.post(
      [this, delay] { timer_ = loop_.after(delay, [this] { on_worker([this] { join(); }); }); });
}

void Agent::start_sending(const Identity& identity) {
  source_ = identity.server_id;
  log::info("agent.enrolled", "measuring for this server id", {{"server_id", source_.str()}});
  const Target target{.url = config_.server, .token = identity.token, .tls = config_.tls};
  const auto told = [this, target](const std::string& version) {
    if (config_.remote_configuration) configuration_.told(version, target);
  };
  sender_ = std::make_unique<Sender>(
      Sender::Surroundings{loop_, client_, [this](auto task) { on_worker(std::move(task)); },
                           give_up, told},
      target, *spool_, quarantine_);
  if (config_.remote_configuration) configuration_.recall();
  sender_->wake();
  publish_status();
  collector_.collect(system_clock(), figures());  // usage is a difference: this is its beginning
  loop_.post([this] {
    const auto first = std::min(interval_, std::chrono::milliseconds(1000));
    timer_ = loop_.after(first, [this] { measure_every_interval(); });
  });
}

// ---- measuring ----

void Agent::obey(const Settings& settings) {
  collector_.want(settings.wanted);
  loop_.post([this, interval = settings.interval] {
    if (std::exchange(interval_, interval) == interval || stopping_) return;
    if (is_measured_regularly_) measure_every_interval();
  });
}

void Agent::measure_every_interval() {
  is_measured_regularly_ = true;
  const auto begin = [this] {
    // The round before still runs (a disk that hangs): this one is left out.
    if (stopping_ || measuring_.exchange(true)) return;
    scraper_.ask(std::min(interval_ / 2, kScrapePatience), [this] {
      if (!stopping_) on_worker([this] { measure(); });
    });
  };
  begin();
  timer_ = loop_.every(interval_, begin);
}

void Agent::measure() {
  auto round = collector_.collect(system_clock(), figures());
  round.scraped = scraper_.take();
  keep(round);
  if (probes_) last_round_ = std::make_shared<const Round>(std::move(round));
  publish_status();
  measuring_ = false;
  sender_->wake();
}

void Agent::keep(Round& round) {
  const contracts::BatchId id{source_, spool_->epoch(), spool_->next_seq()};
  const auto dropped = spool_->dropped();
  logs_.read(id, system_clock().steady_now(), round);
  const auto kept = spool_->append(batches_.make(id, round));
  logs_.settle(kept.has_value());
  if (!kept && kept.error().fault == Fault::bug) give_up(kept.error());
  if (!kept) log::error("spool.full", "a round is lost", {{"reason", kept.error().text}});
  if (spool_->dropped() != dropped) {
    log::warning("spool.dropped", "the spool is full: the oldest batches were dropped",
                 {{"batches", spool_->dropped() - dropped}});
  }
}

OwnFigures Agent::figures() const {
  return {static_cast<double>(spool_->bytes()),
          static_cast<double>(spool_->pending()),
          static_cast<double>(spool_->dropped()),
          static_cast<double>(spool_->damaged_segments()),
          static_cast<double>(quarantine_.kept()),
          sender_ ? static_cast<double>(sender_->sent()) : 0,
          sender_ ? static_cast<double>(sender_->failures()) : 0,
          configuration_.version(),
          configuration_.refused()};
}

// Of the round before, its own figures are among what was measured. The text is made by whoever is
// asked for it.
void Agent::publish_status() {
  auto metrics = [text = metrics_text(figures()), round = last_round_] {
    return round ? text_of(*round) : text;
  };
  status_.set({{"spool", true, ""}, {"enrolled", sender_ != nullptr, "no identity yet"}},
              std::move(metrics));
}

// ---- stopping ----

void Agent::stop() {
  log::info("agent.stopping", "finishing what is in hand");
  stopping_ = true;
  timer_.stop();
  grace_timer_ = loop_.after(kGrace, [this] { loop_.stop(); });
  on_worker([this] {
    if (sender_ == nullptr) return finish();
    sender_->stop([this] { finish(); });
  });
}

void Agent::finish() {
  if (auto flushed = spool_->flush(); !flushed) {
    if (flushed.error().fault == Fault::bug) give_up(flushed.error());
    log::warning("spool.cursor", flushed.error().text);
  }
  loop_.stop();
}

// The worker has a handful of tasks at most; that its queue is full cannot be.
void Agent::on_worker(std::function<void()> task) {
  const bool taken = workers_.run(std::move(task));
  MONITRON_EXPECTS(taken || stopping_);
}

}  // namespace monitron::agent
