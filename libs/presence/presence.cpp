#include "presence/presence.hpp"

namespace monitron::presence {
namespace {

constexpr std::chrono::seconds kRenewal{10};

}  // namespace

Presence::Presence(service::Runtime& runtime, db::Pool& database, std::string program)
    : runtime_(runtime), database_(database), program_(std::move(program)) {
  runtime_.every(std::chrono::milliseconds(500), [this] { look(); });
  runtime_.on_stop([this] {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    (void)database_.transact([&](pqxx::work& tx) { store::forget_program(tx, instance_); });
  });
}

void Presence::look() {
  const bool ready = runtime_.ready();
  const auto now = runtime_.clock().steady_now();
  const bool first = noted_at_ == SteadyInstant{};
  if (!first && ready == noted_ready_ && now - noted_at_ < kRenewal) return;
  note(ready);
  noted_ready_ = ready;
  noted_at_ = now;
}

void Presence::note(bool ready) {
  store::ProgramInstance row{.instance = instance_, .program = program_, .ready = ready};
  for (const auto& role : runtime_.roles()) {
    if (role.ready) continue;
    row.detail += (row.detail.empty() ? "" : "; ") + role.name + ": " + role.detail;
  }
  const std::lock_guard lock(mutex_);
  if (gone_) return;
  (void)database_.transact([&](pqxx::work& tx) { store::note_program(tx, row); });
}

}  // namespace monitron::presence
