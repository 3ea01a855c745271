#include "api/fields.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "store/instances.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace monitron::api {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxLabelName = 200;
constexpr std::size_t kMaxLabelValue = 1024;

// Stops at the first trouble: too deep (copying such a value overflows the stack), a member twice.
struct Guard {
  std::vector<std::set<std::string>> names{};
  std::string trouble{};

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (depth > kMaxDepth && trouble.empty()) trouble = "is nested too deeply";
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end && !names.empty()) names.pop_back();
    if (event == Event::key && !names.empty() &&
        !names.back().insert(parsed.get<std::string>()).second && trouble.empty()) {
      trouble = "names a member twice";
    }
    return trouble.empty();
  }
};

// The bytes alone, before anything is built from them.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kMaxDepth) return true;
  }
  return false;
}

std::string_view kind_of(const Json& value) { return value.type_name(); }

// Names are shown in one line: in lists, in subjects of mail, on terminals.
bool has_control(std::string_view text, bool lines) {
  return std::any_of(text.begin(), text.end(), [lines](char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool line = c == '\n' || c == '\r' || c == '\t';
    return (byte < 0x20 || byte == 0x7f) && !(lines && line);
  });
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

bool is_label_name(std::string_view name) { return !name.empty() && name.size() <= kMaxLabelName; }

}  // namespace

Outcome<Json> parse_body(const http::Request& request) {
  const auto type = request.header("content-type");
  if (!type.empty() && to_lower(type).find("json") == std::string::npos) {
    return refuse(http::Problem{.status = 415, .detail = "send application/json"});
  }
  const auto encoding = to_lower(request.header("content-encoding"));
  if (!encoding.empty() && encoding != "identity") {
    return refuse(http::Problem{.status = 415, .detail = "send the body without an encoding"});
  }
  if (!is_valid_utf8(request.body)) return refuse(Fault::invalid, "the body is not valid UTF-8");
  if (too_deep(request.body)) return refuse(Fault::invalid, "the body is nested too deeply");
  Guard guard;
  auto json = Json::parse(
      request.body,
      [&guard](int depth, Json::parse_event_t event, Json& parsed) {
        return guard(depth, event, parsed);
      },
      false);
  if (!guard.trouble.empty()) return refuse(Fault::invalid, "the body " + guard.trouble);
  if (json.is_discarded()) return refuse(Fault::invalid, "the body is not valid JSON");
  if (!json.is_object()) return refuse(Fault::invalid, "the body is not a JSON object");
  return json;
}

Fields::Fields(const Json& object, std::vector<http::FieldError>& errors, std::string prefix)
    : object_(object), errors_(errors), prefix_(std::move(prefix)) {}

void Fields::refuse(const std::string& field, std::string code, std::string message) {
  errors_.push_back({prefix_ + field, std::move(code), std::move(message)});
}

const Json* Fields::find(const char* name) {
  known_.insert(name);
  const auto found = object_.find(name);
  if (found == object_.end() || found->is_null()) return nullptr;
  return &*found;
}

bool Fields::has(const char* name) const {
  const auto found = object_.find(name);
  return found != object_.end() && !found->is_null();
}

std::string Fields::word(const char* name) const {
  const auto found = object_.find(name);
  return found != object_.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string Fields::text(const char* name, TextRule rule, std::string otherwise) {
  const auto* value = find(name);
  if (value == nullptr) {
    if (rule.required) refuse(name, "required", "is missing");
    return otherwise;
  }
  if (!value->is_string()) {
    refuse(name, "invalid", "must be a string, not " + std::string(kind_of(*value)));
    return otherwise;
  }
  auto text = value->get<std::string>();
  if (has_control(text, rule.lines)) {
    refuse(name, "invalid", "must not contain control characters");
  }
  if (text.size() < rule.min) {
    refuse(name, "too_short",
           text.empty() ? "must not be empty"
                        : "must be at least " + std::to_string(rule.min) + " bytes long");
  }
  if (text.size() > rule.max) {
    refuse(name, "too_long", "must be at most " + std::to_string(rule.max) + " bytes long");
  }
  return text;
}

std::string Fields::choice(const char* name, const std::vector<std::string>& choices,
                           const std::string& otherwise) {
  const auto text =
      this->text(name, {.min = 0, .max = 1024, .required = otherwise.empty()}, otherwise);
  if (!has(name) || std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  std::string all;
  for (const auto& choice : choices) all += (all.empty() ? "" : ", ") + choice;
  refuse(name, "invalid", "must be one of: " + all);
  return otherwise;
}

int Fields::integer(const char* name, int min, int max, std::optional<int> otherwise) {
  const auto* value = find(name);
  if (value == nullptr) {
    if (!otherwise) refuse(name, "required", "is missing");
    return otherwise.value_or(min);
  }
  const bool whole = value->is_number_integer();
  // Compared as a double first: a number beyond 64 bits would wrap around without a word.
  if (!whole || value->get<double>() < min || value->get<double>() > max) {
    refuse(name, whole ? "out_of_range" : "invalid",
           "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return otherwise.value_or(min);
  }
  return value->get<int>();
}

double Fields::number(const char* name, double min, double max, double otherwise) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise;
  const bool is_number = value->is_number();
  if (is_number && value->get<double>() >= min && value->get<double>() <= max) {
    return value->get<double>();
  }
  refuse(name, is_number ? "out_of_range" : "invalid",
         "must be a number from " + Json(min).dump() + " to " + Json(max).dump());
  return otherwise;
}

std::optional<double> Fields::number(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number() && std::isfinite(value->get<double>())) return value->get<double>();
  refuse(name, "invalid", "must be a number");
  return std::nullopt;
}

bool Fields::boolean(const char* name, bool otherwise) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  refuse(name, "invalid", "must be true or false");
  return otherwise;
}

std::optional<Instant> Fields::time(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) {
    const auto instant = parse_rfc3339(value->get<std::string>());
    if (instant) return *instant;
  }
  refuse(name, "invalid", "must be a time like 2026-11-21T10:00:00Z");
  return std::nullopt;
}

std::optional<Uuid> Fields::uuid(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) {
    const auto id = Uuid::parse(value->get<std::string>());
    if (id) return *id;
  }
  refuse(name, "invalid", "must be a UUID");
  return std::nullopt;
}

store::Labels Fields::labels(const char* name) {
  store::Labels labels;
  const auto* value = find(name);
  if (value == nullptr) return labels;
  if (!value->is_object()) {
    refuse(name, "invalid", "must be an object of strings");
    return labels;
  }
  if (value->size() > store::kMostLabels) refuse(name, "too_many", "must have at most 50 members");
  for (const auto& [key, text] : value->items()) {
    const auto field = std::string(name) + "." + key.substr(0, kMaxLabelName);
    if (!is_label_name(key)) {
      refuse(field, "invalid", "is not a name of 1 to 200 bytes");
    } else if (!text.is_string() || has_nul(key) || has_nul(text.get_ref<const std::string&>())) {
      refuse(field, "invalid", "must be a string without NUL");
    } else if (text.get_ref<const std::string&>().size() > kMaxLabelValue) {
      refuse(field, "too_long", "must be at most 1024 bytes long");
    } else {
      labels[key] = text.get<std::string>();
    }
  }
  return labels;
}

std::vector<std::string> Fields::texts(const char* name, std::size_t max_items,
                                       std::size_t max_bytes) {
  std::vector<std::string> texts;
  const auto* value = find(name);
  if (value == nullptr) return texts;
  if (!value->is_array() || value->size() > max_items) {
    refuse(name, value->is_array() ? "too_many" : "invalid",
           "must be a list of at most " + std::to_string(max_items) + " strings");
    return texts;
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    const auto& item = (*value)[i];
    const bool good = item.is_string() && !item.get_ref<const std::string&>().empty() &&
                      item.get_ref<const std::string&>().size() <= max_bytes &&
                      item.get_ref<const std::string&>().find('\0') == std::string::npos;
    if (!good) {
      refuse(std::string(name) + "[" + std::to_string(i) + "]", "invalid",
             "must be a string of 1 to " + std::to_string(max_bytes) + " bytes");
    } else {
      texts.push_back(item.get<std::string>());
    }
  }
  return texts;
}

Json Fields::object(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return Json::object();
  if (value->is_object()) return *value;
  refuse(name, "invalid", "must be an object");
  return Json::object();
}

Json Fields::list(const char* name, std::size_t max_items) {
  const auto* value = find(name);
  if (value == nullptr) return Json::array();
  if (value->is_array() && value->size() <= max_items) return *value;
  refuse(name, value->is_array() ? "too_many" : "invalid",
         "must be a list of at most " + std::to_string(max_items));
  return Json::array();
}

void Fields::ignore(std::initializer_list<const char*> names) {
  for (const auto* name : names) known_.insert(name);
}

void Fields::finish() {
  for (const auto& [name, value] : object_.items()) {
    if (known_.count(name) == 0) refuse(name.substr(0, 200), "unknown", "is not a member of this");
  }
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  if (text.size() > 254 || at == std::string_view::npos || at == 0 || text.rfind('@') != at) {
    return false;
  }
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f &&
           std::string_view("<>()[],;:\"\\").find(c) == std::string_view::npos;
  });
  return printable && is_hostname(text.substr(at + 1));
}

}  // namespace monitron::api
