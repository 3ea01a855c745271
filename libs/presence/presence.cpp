#include "presence/presence.hpp"

namespace monitron::presence {

Presence::Presence(service::Runtime& runtime, db::Pool& database, std::string program)
    : runtime_(runtime), database_(database), program_(std::move(program)) {
  runtime_.every(std::chrono::seconds(10), [this] { note(); });
  runtime_.on_stop([this] {
    (void)database_.transact([&](pqxx::work& tx) { store::forget_program(tx, instance_); });
  });
}

void Presence::note() {
  store::ProgramInstance row{.instance = instance_, .program = program_, .ready = runtime_.ready()};
  for (const auto& role : runtime_.roles()) {
    if (role.ready) continue;
    row.detail += (row.detail.empty() ? "" : "; ") + role.name + ": " + role.detail;
  }
  (void)database_.transact([&](pqxx::work& tx) { store::note_program(tx, row); });
}

}  // namespace monitron::presence
