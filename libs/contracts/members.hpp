#pragma once
// Reads the members of a JSON object one by one and remembers the first complaint, naming the
// member. Types are checked before a value is taken: nlohmann turns true into 1 and cuts 3.9 down
// to 3.

#include "base/ids.hpp"
#include "base/result.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace monitron::contracts {

class Members {
 public:
  // `path` is put in front of names: "checks[3]." .
  explicit Members(const nlohmann::json& object, std::string path = {});

  // Missing or null: the fallback. Wrong type or out of range: a complaint, and the fallback.
  std::string text(const char* name, std::string fallback = {});
  std::int64_t integer(const char* name, std::int64_t fallback, std::int64_t minimum,
                       std::int64_t maximum);
  double number(const char* name, double fallback);
  bool boolean(const char* name, bool fallback);
  std::map<std::string, std::string> texts_by_name(const char* name);
  std::vector<std::string> texts(const char* name, std::vector<std::string> fallback);
  std::vector<int> integers(const char* name, std::vector<int> fallback);
  std::optional<Uuid> uuid(const char* name);
  Uuid required_uuid(const char* name);
  // The object called `name`, or an empty one.
  const nlohmann::json& object(const char* name);
  const nlohmann::json& array(const char* name);

  void refuse(const std::string& name, const std::string& reason);
  bool good() const { return !complaint_; }
  template <class T>
  Result<T> finish(T value) const {
    if (complaint_) return fail(Fault::invalid, *complaint_);
    return value;
  }

 private:
  const nlohmann::json* find(const char* name) const;

  const nlohmann::json& object_;
  std::string path_;
  std::optional<std::string> complaint_;
};

// A JSON object from text. Fault: invalid.
Result<nlohmann::json> parse_json_object(std::string_view text);

}  // namespace monitron::contracts
