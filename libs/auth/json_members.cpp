#include "auth/json_members.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace monitron::auth {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxNamedBytes = 64;
constexpr std::int64_t kMaxSeconds = 1'000'000'000'000;

bool is_plain_text(std::string_view text) {
  return is_valid_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

// Looks on while a document is parsed.
class Watch {
 public:
  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > kMaxDepth) complain("is nested too deeply");
    if (event == Json::parse_event_t::object_start) names_.emplace_back();
    if (event == Json::parse_event_t::object_end) names_.pop_back();
    if (event == Json::parse_event_t::key) see(parsed.get_ref<const std::string&>());
    return true;
  }
  const std::string& complaint() const { return complaint_; }

 private:
  void see(const std::string& name) {
    if (names_.back().insert(name).second) return;
    const bool legible = is_plain_text(name) && name.size() <= kMaxNamedBytes;
    complain((legible ? name : "a member") + ": appears twice");
  }
  void complain(const std::string& text) {
    if (complaint_.empty()) complaint_ = text;
  }

  std::vector<std::set<std::string>> names_;
  std::string complaint_;
};

}  // namespace

Result<Json> parse_json_object(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return fail(Fault::invalid, "is longer than " + std::to_string(max_bytes) + " bytes");
  }
  // The parser takes NUL for the end of the text, whatever comes after it.
  if (text.find('\0') != std::string_view::npos)
    return fail(Fault::invalid, "is not a JSON object");
  Watch watch;
  auto object = Json::parse(text, std::ref(watch), /*allow_exceptions=*/false);
  if (!watch.complaint().empty()) return fail(Fault::invalid, watch.complaint());
  if (!object.is_object()) return fail(Fault::invalid, "is not a JSON object");
  return object;
}

const Json* JsonMembers::find(const char* name) const {
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const Json* JsonMembers::find(const char* name, Need need) {
  const auto* found = std::as_const(*this).find(name);
  if (found == nullptr && need == Need::required) refuse(name, "is missing");
  return found;
}

void JsonMembers::refuse(const std::string& name, const std::string& reason) {
  if (complaint_.empty()) complaint_ = name + ": " + reason;
}

std::string JsonMembers::text(const char* name, Need need, std::size_t max_bytes) {
  const auto* found = find(name, need);
  if (found == nullptr) return {};
  const auto* value = found->get_ptr<const std::string*>();
  if (value == nullptr || value->empty() || value->size() > max_bytes || !is_plain_text(*value)) {
    refuse(name, "must be a text of 1 to " + std::to_string(max_bytes) +
                     " bytes without control characters");
    return {};
  }
  return *value;
}

std::vector<std::string> JsonMembers::texts(const char* name, Need need, std::size_t max_count) {
  const auto* found = find(name, need);
  if (found == nullptr) return {};
  if (found->is_string()) return {text(name, need)};
  const auto is_good = [](const Json& one) {
    const auto* value = one.get_ptr<const std::string*>();
    return value != nullptr && !value->empty() && value->size() <= 1024 && is_plain_text(*value);
  };
  if (!found->is_array() || found->size() > max_count ||
      !std::all_of(found->begin(), found->end(), is_good)) {
    refuse(name, "must be an array of at most " + std::to_string(max_count) + " texts");
    return {};
  }
  return found->get<std::vector<std::string>>();
}

std::optional<std::int64_t> JsonMembers::seconds(const char* name, Need need) {
  const auto* found = find(name, need);
  if (found == nullptr) return std::nullopt;
  // From 2^63 on it is negative here, and from 2^64 on it was parsed as a fraction.
  const auto value = found->is_number_integer() ? found->get<std::int64_t>() : 0;
  if (value <= 0 || value > kMaxSeconds) {
    refuse(name, "must be a whole number of seconds since 1970");
    return std::nullopt;
  }
  return value;
}

}  // namespace monitron::auth
