#pragma once
// Settings: one table names every setting of the suite (settings_table.cpp), with default, kind and
// description; .env.example is generated from it. Values come from the environment, then from .env
// in the working directory; NAME_FILE reads the value from a file. All mistakes are named at once.

#include "base/result.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::service {

enum class Kind { text, integer, boolean, url, email, choice, list, port, address, duration };

struct Setting {
  std::string_view name;
  std::string_view default_value;  // empty: none
  Kind kind = Kind::text;
  std::string_view programs;  // "api ingest" or "*"
  std::string_view description;
  bool secret = false;
  bool required = false;
  std::string_view choices = {};  // for Kind::choice, "a|b|c"
  long long minimum = 0;          // for integer; seconds for duration
  long long maximum = 1'000'000'000;
};

const std::vector<Setting>& settings_table();

// .env.example, as generated.
std::string env_example();

// A setting for who may not know secrets: of those only whether they are set, of addresses neither
// user nor password.
struct ShownSetting {
  const Setting* setting = nullptr;  // of the table
  bool set = false;                  // it has a value
  std::string value{};               // empty for secrets
};

// Values of one program, checked against the table.
class Settings {
 public:
  // Fault invalid: one line per mistake: unknown MONITRON_* names, wrong values, missing or weak
  // secrets (placeholders, JWT_SECRET under 32 bytes, ENCRYPTION_KEY not of 32 bytes).
  static Result<Settings> load(std::string_view program);
  static Result<Settings> from(std::string_view program, std::map<std::string, std::string> values);

  // The name must be in the table for this program (a broken invariant otherwise).
  std::string text(std::string_view name) const;
  long long integer(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::chrono::milliseconds duration(std::string_view name) const;  // "7d", "1h30m"
  std::vector<std::string> list(std::string_view name) const;       // comma-separated, trimmed

  // ENCRYPTION_KEY, then each of ENCRYPTION_KEYS_OLD.
  std::vector<std::string> encryption_keys() const;

  // Of this program, in the order of the table.
  std::vector<ShownSetting> shown() const;

  // DATABASE_URL, or a text for libpq made from DB_HOST … DB_SSLROOTCERT.
  std::string database_url() const;

 private:
  std::string program_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace monitron::service
