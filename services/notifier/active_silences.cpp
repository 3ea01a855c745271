#include "notifier/active_silences.hpp"

#include "alertmanager/read.hpp"
#include "base/log.hpp"
#include "notifier/peer_feed.hpp"
#include "store/silenced.hpp"

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;
using alertmanager::PeerAnswer;

constexpr auto kAsked = 5s;

// Nothing: nobody can read it.
std::optional<alertmanager::WantedSilence> wanted_of(const store::WantedSilence& row) {
  const auto read = alertmanager::read_silences(row.wanted);
  if (!read || read->empty()) return std::nullopt;
  return alertmanager::WantedSilence{read->front(), row.ended, row.version,
                                     alertmanager::read_copies(row.copies)};
}

}  // namespace

std::string told_of(const alertmanager::Silence& silence) {
  return "silenced by " + silence.created_by + " until " + to_text(silence.ends_at) + ": " +
         silence.comment;
}

ActiveSilences::ActiveSilences(Config config, db::Pool& database, service::Runtime& runtime)
    : config_(std::move(config)),
      silences_(config_.peers),
      database_(database),
      clock_(runtime.clock()),
      changed_(config_.database_url, "silences_changed", [this, &runtime] {
        asked_ = true;
        (void)runtime.workers().run([this] { ask(); });
      }) {
  const std::lock_guard first(asking_);
  look();  // once: a peer that stands still holds up the start for one answer alone
  runtime.every(kAsked, [this] { ask(); });
}

// One at a time; news that come meanwhile have it done once more.
void ActiveSilences::ask() {
  do {
    const std::unique_lock one(asking_, std::try_to_lock);
    if (!one) return;
    asked_ = false;
    look();
  } while (asked_);
}

void ActiveSilences::look() {
  const auto answers = silences_.ask();
  auto all = alertmanager::all_of(answers);
  // That none answers is said where they are fed.
  if (all) {
    std::erase_if(*all, [](const auto& silence) { return silence.state == "expired"; });
    const std::lock_guard lock(mutex_);
    known_ = alertmanager::text_of(*all);
    cover_ = alertmanager::Cover(std::move(*all));
  }
  if (!config_.leading()) return;
  keep(answers);
  settle(answers);
}

void ActiveSilences::keep(const std::vector<PeerAnswer>& answers) {
  std::vector<store::PeerState> peers;
  for (std::size_t at = 0; at < answers.size(); ++at) {
    peers.push_back({config_.peers[at].url(), answers[at].silences.has_value(), {}, clock_.now()});
  }
  const auto known = [&] {
    const std::lock_guard lock(mutex_);
    return known_;
  }();
  // Without the database nobody reads it either.
  (void)database_.transact([&](pqxx::work& tx) {
    store::put_peers(tx, peers);
    if (known) store::put_known_silences(tx, *known);
  });
}

void ActiveSilences::settle(const std::vector<PeerAnswer>& answers) {
  const auto rows = database_.transact([&](pqxx::work& tx) {
    store::drop_old_silences(tx, clock_.now());
    return store::wanted_silences(tx, clock_.now());
  });
  if (!rows) return;  // the next time
  for (const auto& row : *rows) {
    const auto wanted = wanted_of(row);
    if (!wanted) continue;
    const auto done = silences_.settle(*wanted, answers);
    if (done.told.empty()) continue;
    const auto kept = database_.transact(
        [&](pqxx::work& tx) { store::put_copies(tx, row.id, alertmanager::text_of(done.told)); });
    if (!kept) log::warning("silences.not_noted", kept.error().text, {{"silence", row.id.str()}});
  }
}

std::optional<std::string> ActiveSilences::about(const contracts::AlertChanged& alert) const {
  const auto labels = labels_told(alert);
  const std::lock_guard lock(mutex_);
  const auto* silence = cover_.over(labels, clock_.now());
  return silence == nullptr ? std::nullopt : std::optional(told_of(*silence));
}

}  // namespace monitron::notifier
