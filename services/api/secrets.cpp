#include "api/secrets.hpp"

#include "api/answer.hpp"
#include "api/config.hpp"
#include "service/runtime.hpp"
#include "store/audit.hpp"
#include "store/secrets.hpp"

#include <cstdio>
#include <optional>

namespace monitron::api {
namespace {

constexpr int kRowsAtOnce = 100;
constexpr std::size_t kMostNamed = 20;

struct Walk {
  Rotation found{};
  std::optional<Uuid> after{};
  bool ended = false;
};

Result<void> turn(pqxx::work& tx, const store::SealedColumn& column, const auth::Vault& vault,
                  store::SealedRow row, bool dry_run, Rotation& found) {
  const auto context = column.context + row.id.str();
  auto done = vault.reseal(row.text, context);
  if (!done) return fail(done.error().in(context));
  found.found += done->sealed + done->unreadable;
  found.unreadable += done->unreadable;
  if (done->unreadable > 0 && found.where.size() < kMostNamed) found.where.push_back(context);
  if (done->sealed == 0 || dry_run) return {};
  found.sealed += done->sealed;
  row.text = std::move(done->text);
  store::put_sealed_row(tx, column, row);
  return {};
}

Result<Walk> step(pqxx::work& tx, const store::SealedColumn& column, const auth::Vault& vault,
                  bool dry_run, Walk walk) {
  const int before = walk.found.sealed;
  const auto rows = store::lock_sealed_rows(tx, column, walk.after,
                                            std::string(auth::Vault::kPrefix), kRowsAtOnce);
  for (const auto& row : rows) {
    if (auto done = turn(tx, column, vault, row, dry_run, walk.found); !done) {
      return fail(done.error());
    }
    walk.after = row.id;
  }
  walk.ended = rows.size() < kRowsAtOnce;
  if (walk.found.sealed > before) {
    const Json change = {{"table", column.table}, {"sealed", walk.found.sealed - before}};
    store::append_audit(tx, {.actor_kind = "command",
                             .actor_id = "rotate-secrets",
                             .action = "secret.rotate",
                             .object = "secret",
                             .change = change.dump()});
  }
  return walk;
}

}  // namespace

Result<Rotation> rotate_secrets(db::Pool& database, const auth::Vault& vault, bool dry_run) {
  Walk walk;
  for (const auto& column : store::sealed_columns()) {
    walk.after.reset();
    walk.ended = false;
    while (!walk.ended) {
      auto next =
          database.transact([&](pqxx::work& tx) { return step(tx, column, vault, dry_run, walk); });
      if (!next) return fail(next.error());
      walk = std::move(*next);
    }
  }
  return walk.found;
}

int run_rotation(const std::vector<std::string>& arguments) {
  const bool dry_run = arguments == std::vector<std::string>{"--dry-run"};
  if (!arguments.empty() && !dry_run) {
    std::fputs("usage: monitron-api rotate-secrets [--dry-run]\n", stderr);
    return 64;
  }
  const auto config = load_config();
  if (!config) return service::refuse(config.error());
  db::Pool database(
      {.url = config->database_url, .application_name = "monitron-api rotate-secrets", .size = 1});
  const auto done = rotate_secrets(database, auth::Vault(config->encryption_keys), dry_run);
  if (!done) return service::refuse(done.error());
  std::printf("%d secrets of older keys, %d sealed anew, %d that no key opens%s\n", done->found,
              done->sealed, done->unreadable, dry_run ? " (dry run: nothing was changed)" : "");
  for (const auto& context : done->where)
    std::printf("no key opens secrets of %s\n", context.c_str());
  return done->unreadable == 0 ? 0 : 1;
}

}  // namespace monitron::api
