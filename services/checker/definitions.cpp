#include "checker/definitions.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

constexpr int kPage = 500;
constexpr auto kFullRead = 10min;
// Changes are kept for an hour: who has not looked for longer reads all.
constexpr auto kLongestPause = 30min;
// Begins no further piece after this, so that leases are renewed in time.
constexpr auto kPruning = 1s;

auto steady_now() { return std::chrono::steady_clock::now(); }

}  // namespace

Definitions::Definitions(db::Pool& database, std::string location, Take take)
    : database_(database), location_(std::move(location)), take_(std::move(take)) {}

Result<void> Definitions::look() {
  const auto now = steady_now();
  if (snapshot_.empty() || now - looked_ > kLongestPause) {
    // The pages come after this, so nothing is lost between them and the changes.
    auto snapshot = database_.transact([](pqxx::work& tx) { return store::check_snapshot(tx); });
    if (!snapshot) return fail(snapshot.error());
    snapshot_ = std::move(*snapshot);
    looked_ = now;
    read_all_again();
    return {};
  }
  const auto changes =
      database_.transact([&](pqxx::work& tx) { return store::check_changes(tx, snapshot_); });
  if (!changes) return fail(changes.error());
  if (!changes->ids.empty()) {
    if (auto read = read_types(); !read) return read;
  }
  changed_.insert(changed_.end(), changes->ids.begin(), changes->ids.end());
  if (changes->all || changed_.size() > store::kMostChanges) read_all_again();
  snapshot_ = changes->snapshot;
  looked_ = now;
  return {};
}

Result<void> Definitions::read_types() {
  auto types = database_.transact([](pqxx::work& tx) { return store::own_check_types(tx); });
  if (!types) return fail(types.error());
  types_ = std::make_shared<const contracts::CheckTypes>(std::move(*types));
  return {};
}

void Definitions::read_all_again() {
  changed_.clear();
  paging_ = false;
  next_full_ = steady_now();
}

bool Definitions::more() const {
  return !changed_.empty() || paging_ || (!snapshot_.empty() && steady_now() >= next_full_);
}

Result<void> Definitions::read_some() {
  if (!changed_.empty()) return read_changed();
  return more() ? read_page() : Result<void>{};
}

Result<void> Definitions::read_changed() {
  const auto count = std::min<std::size_t>(kPage, changed_.size());
  const std::vector<Uuid> ids(changed_.end() - static_cast<std::ptrdiff_t>(count), changed_.end());
  auto rows = database_.transact(
      [&](pqxx::work& tx) { return store::scheduled_checks(tx, location_, ids); });
  if (!rows) return fail(rows.error());
  changed_.resize(changed_.size() - count);
  take_({std::move(*rows), types_, ids, {}, {}});
  return {};
}

// What is left is for the next time: nothing that is read depends on it.
void Definitions::prune() {
  const auto until = steady_now() + kPruning;
  Result<bool> more = true;
  while (more && *more && steady_now() < until) {
    more = database_.transact(store::prune_check_changes);
  }
  if (more) return;
  log::warning("scheduler.prune", "old changes of checks could not be deleted; tried again later",
               {{"error", more.error().text}});
}

Result<void> Definitions::read_page() {
  if (!paging_) {
    if (auto read = read_types(); !read) return read;
    prune();
    after_ = {};
    paging_ = true;
  }
  auto page = database_.transact(
      [&](pqxx::work& tx) { return store::scheduled_checks(tx, location_, after_, kPage); });
  if (!page) return fail(page.error());
  take_({std::move(page->rows), types_, {}, after_, page->last});
  if (page->last) {
    after_ = *page->last;
    return {};
  }
  paging_ = false;
  complete_ = true;
  next_full_ = steady_now() + kFullRead;
  return {};
}

}  // namespace monitron::checker
