#include "series/source_labels.hpp"

#include "base/label_name.hpp"
#include "contracts/telemetry.hpp"

#include <atomic>
#include <nlohmann/json.hpp>

namespace monitron::series {
namespace {

using Pairs = std::vector<promql::Labels::Pair>;

// Says whether anything changed at all since the last time.
constexpr const char* kState =
    "SELECT concat_ws(' ', (SELECT max(id) FROM sources), "
    "(SELECT concat_ws(' ', count(*), sum(version), max(updated_at)) FROM instances), "
    "(SELECT concat_ws(' ', count(*), sum(version), max(updated_at)) FROM checks))";

constexpr const char* kSources =
    "SELECT o.id, o.uuid, concat_ws(' ', i.version, c.version, h.id, h.version), i.hostname, "
    "COALESCE(i.labels, c.labels), c.name, c.kind, c.target, c.locations->>0, h.hostname "
    "FROM sources o LEFT JOIN instances i ON i.id = o.uuid LEFT JOIN checks c ON c.id = o.uuid "
    "LEFT JOIN instances h ON h.id = c.instance_id";
enum Column { id, uuid, state, hostname, labels, check, kind, target, location, host };

void add_labels(Pairs& pairs, const std::string& json) {
  const auto labels = nlohmann::json::parse(json, nullptr, false);
  if (!labels.is_object()) return;
  for (const auto& [key, value] : labels.items()) {
    const auto name = as_label_name(key);
    if (name.starts_with("__") || !value.is_string()) continue;
    pairs.emplace_back(name, value.get<std::string>());
  }
}

Pairs pairs_of(const Rows& rows, std::size_t row) {
  const auto& cells = rows.cells[row];
  Pairs pairs;
  const auto add = [&](const char* name, Column column) {
    if (cells[column]) pairs.emplace_back(name, *cells[column]);
  };
  if (cells[labels]) add_labels(pairs, *cells[labels]);
  if (cells[hostname]) {
    add("instance", hostname);
    add("server_id", uuid);
  } else if (cells[check]) {
    add("check", check);
    add("check_id", uuid);
    add("kind", kind);
    add("target", target);
    add("location", location);
    add("instance", host);
  } else if (*cells[uuid] != Uuid{}.str() && *cells[uuid] != contracts::kSuite.str()) {
    add("server_id", uuid);
  }
  // Sorted by name, of equal names the last: as Labels does it.
  return promql::Labels(std::move(pairs)).pairs();
}

std::uint64_t next_change() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

Result<std::shared_ptr<const SourceTable>> SourceBook::table(Session& session, bool fresh) {
  Table known;
  {
    const std::lock_guard lock(mutex_);
    const auto age = std::chrono::steady_clock::now() - read_at_;
    if (!fresh && !state_.empty() && age < max_age_) return table_;
    known = table_;
  }
  const auto now = std::chrono::steady_clock::now();
  auto state = session.run(kState);
  if (!state) return fail(state.error());
  auto text = state->text(0, 0) + " ";  // never empty
  bool same = false;
  {
    const std::lock_guard lock(mutex_);
    same = text == state_;
    if (same) read_at_ = now;
  }
  if (same) return known;
  auto read = this->read(session, known);
  if (!read) return read;
  const std::lock_guard lock(mutex_);
  table_ = *read;
  state_ = std::move(text);
  read_at_ = now;
  return table_;
}

Result<SourceBook::Table> SourceBook::read(Session& session, const Table& known) {
  auto rows = session.run(kSources);
  if (!rows) return fail(rows.error());
  auto table = std::make_shared<SourceTable>();
  table->reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto number = static_cast<std::int32_t>(rows->number(i, id));
    const auto before = known->find(number);
    if (before != known->end() && before->second.state == rows->text(i, state)) {
      table->emplace(number, before->second);
    } else {
      table->emplace(number, SourceLabels{pairs_of(*rows, i), rows->text(i, uuid),
                                          rows->text(i, state), next_change()});
    }
  }
  return table;
}

}  // namespace monitron::series
