#include "migrate/commands.hpp"

#include "base/text.hpp"
#include "db/migrations.hpp"
#include "service/runtime.hpp"
#include "service/settings.hpp"

#include <cstdio>

namespace monitron::migrate {
namespace {

constexpr const char* kUsage =
    "usage: monitron-migrate up | down [steps] | status | provision  [--database-url URL] "
    "[--path FOLDER]\n"
    "up makes role and database first when MONITRON_DATABASE_ADMIN_URL is set.\n";

struct Command {
  std::string name;
  int steps = 1;
  std::string url;
  std::string admin_url;
  std::vector<db::Migration> migrations;
};

int misused() {
  std::fputs(kUsage, stderr);
  return 64;
}

Result<void> provision(const Command& command) {
  if (command.admin_url.empty()) {
    return fail(Fault::invalid, "MONITRON_DATABASE_ADMIN_URL: is missing");
  }
  return db::provision(command.admin_url, command.url);
}

Result<void> up(const Command& command) {
  if (!command.admin_url.empty()) {
    if (auto made = provision(command); !made) return made;
  }
  const auto applied = db::migrate_up(command.url, command.migrations);
  if (!applied) return fail(applied.error());
  std::printf("Database migrations applied successfully! (%d new)\n", *applied);
  return {};
}

Result<void> down(const Command& command) {
  const auto reverted = db::migrate_down(command.url, command.migrations, command.steps);
  if (!reverted) return fail(reverted.error());
  std::printf("%d migrations reverted\n", *reverted);
  return {};
}

Result<void> status(const Command& command) {
  const auto rows = db::migration_status(command.url, command.migrations);
  if (!rows) return fail(rows.error());
  for (const auto& row : *rows) {
    std::printf("%04d %-24s %s\n", row.version, row.name.c_str(),
                row.applied ? row.applied_at.c_str() : "not applied");
  }
  return {};
}

Result<void> perform(const Command& command) {
  if (command.name == "up") return up(command);
  if (command.name == "down") return down(command);
  if (command.name == "status") return status(command);
  return provision(command);
}

bool is_known(const std::string& name) {
  return name == "up" || name == "down" || name == "status" || name == "provision";
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
  Command command;
  command.migrations = db::built_in_migrations();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    if ((word == "--database-url" || word == "--path") && i + 1 < arguments.size()) {
      const auto& value = arguments[++i];
      if (word == "--database-url") {
        command.url = value;
        continue;
      }
      auto loaded = db::load_migrations(value);
      if (!loaded) return service::refuse(loaded.error());
      command.migrations = std::move(*loaded);
    } else if (command.name.empty() && is_known(word)) {
      command.name = word;
    } else if (const auto steps = parse_number<int>(word); command.name == "down" && steps) {
      command.steps = *steps;
    } else {
      return misused();
    }
  }
  if (command.name.empty() || command.steps < 1) return misused();
  const auto settings = service::Settings::load("migrate");
  if (!settings) return service::refuse(settings.error());
  if (command.url.empty()) command.url = settings->database_url();
  command.admin_url = settings->text("MONITRON_DATABASE_ADMIN_URL");
  const auto done = perform(command);
  return done ? 0 : service::refuse(done.error());
}

}  // namespace monitron::migrate
