#include "series/state_events.hpp"

#include <map>
#include <nlohmann/json.hpp>

namespace monitron::series {
namespace {

struct Named {
  std::string name;
  domain::LabelSet labels;
};

Result<std::map<Uuid, Named>> names_of(Session& session,
                                       const std::vector<contracts::CheckStateChanged>& changes) {
  ArrayText ids;
  for (const auto& change : changes) ids.add(change.check_id.str());
  const auto rows =
      session.run("SELECT id, name, labels FROM checks WHERE id = ANY ($1::uuid[])", {ids.str()});
  if (!rows) return fail(rows.error());
  std::map<Uuid, Named> names;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto id = Uuid::parse(rows->text(i, 0));
    const auto labels = nlohmann::json::parse(rows->text(i, 2), nullptr, false);
    if (!id || !labels.is_object()) continue;
    auto& named = names[*id];
    named.name = rows->text(i, 1);
    for (const auto& [label, value] : labels.items()) {
      if (value.is_string()) named.labels[label] = value.get<std::string>();
    }
  }
  return names;
}

}  // namespace

Result<void> tell_changed(Session& session, std::vector<contracts::CheckStateChanged> changes) {
  if (changes.empty()) return {};
  const auto names = names_of(session, changes);
  if (!names) return fail(names.error());
  ArrayText ids, keys, bodies;
  contracts::Message message;
  for (auto& change : changes) {
    if (const auto found = names->find(change.check_id.value); found != names->end()) {
      change.name = found->second.name;
      change.labels = found->second.labels;
    }
    message = contracts::to_message(change);
    ids.add(message.message_id);
    keys.add(message.routing_key);
    bodies.add(message.body);
  }
  const auto done = session.run(
      "INSERT INTO ingest_outbox (message_id, exchange, routing_key, type, version, content_type, "
      "body, traceparent) SELECT id, $4, key, $5, $6::int, $7, convert_to(body, 'UTF8'), '' FROM "
      "unnest($1::text[], $2::text[], $3::text[]) AS t (id, key, body) "
      "ON CONFLICT (message_id) DO NOTHING",
      {ids.str(), keys.str(), bodies.str(), message.exchange, message.type,
       std::to_string(message.version), message.content_type});
  if (!done) return fail(done.error());
  const auto woken = session.run("NOTIFY ingest_outbox");
  if (!woken) return fail(woken.error());
  return {};
}

}  // namespace monitron::series
