#pragma once
// JSON that others send and that decides who somebody is: read without leniency. Two readers of one
// document must never see different things in it. Threads: any.

#include "base/result.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::auth {

// One JSON object (RFC 8259), at most `max_bytes` long, not nested deeper than 16, in which no
// object has a name twice. Fault: invalid.
Result<nlohmann::json> parse_json_object(std::string_view text, std::size_t max_bytes);

enum class Need { required, optional };

// The members of an object, one by one; the first complaint is kept, with the member's name in
// front. What is null is missing. What is wrong gives an empty value.
class JsonMembers {
 public:
  explicit JsonMembers(const nlohmann::json& object) : object_(object) {}

  bool has(const char* name) const { return find(name) != nullptr; }
  // 1 to `max_bytes` of UTF-8 without control characters.
  std::string text(const char* name, Need need, std::size_t max_bytes = 1024);
  // An array of such texts, or one of them alone.
  std::vector<std::string> texts(const char* name, Need need, std::size_t max_count = 1000);
  // Whole seconds since 1970, after 1970 and before the year 33658: no text, no fraction.
  std::optional<std::int64_t> seconds(const char* name, Need need);

  const nlohmann::json* find(const char* name) const;
  void refuse(const std::string& name, const std::string& reason);
  bool good() const { return complaint_.empty(); }
  const std::string& complaint() const { return complaint_; }

 private:
  const nlohmann::json* find(const char* name, Need need);

  const nlohmann::json& object_;
  std::string complaint_;
};

}  // namespace monitron::auth
