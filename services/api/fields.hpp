#pragma once
// Reading a JSON body: every complaint is gathered and names its member; members nobody asked for
// are complaints too.

#include "api/answer.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"
#include "store/page.hpp"

#include <optional>
#include <set>
#include <string_view>

namespace monitron::api {

// The body as an object: content type, size and depth bounded, UTF-8, no duplicate members.
Outcome<Json> parse_body(const http::Request& request);

struct TextRule {
  std::size_t min = 0;
  std::size_t max = 1024;
  bool required = false;
  bool lines = false;  // may hold line breaks and tabs
};

class Fields {
 public:
  Fields(const Json& object, std::vector<http::FieldError>& errors, std::string prefix = "");

  bool has(const char* name) const;          // present and not null
  std::string word(const char* name) const;  // before it is read; "" when it is no text
  std::string text(const char* name, TextRule rule, std::string otherwise = "");
  std::string choice(const char* name, const std::vector<std::string>& choices,
                     const std::string& otherwise);  // "" as default: required
  int integer(const char* name, int min, int max, std::optional<int> otherwise);
  double number(const char* name, double min, double max, double otherwise);
  std::optional<double> number(const char* name);  // finite
  bool boolean(const char* name, bool otherwise);
  std::optional<Instant> time(const char* name);
  std::optional<Uuid> uuid(const char* name);
  store::Labels labels(const char* name);
  std::vector<std::string> texts(const char* name, std::size_t max_items, std::size_t max_bytes);
  // A member that is an object; an empty one when absent.
  Json object(const char* name);
  // A member that is a list; an empty one when absent.
  Json list(const char* name, std::size_t max_items);
  // Members that only the server sets: taken without effect, so that what was read can be sent
  // back.
  void ignore(std::initializer_list<const char*> names);

  bool sound() const { return errors_.empty(); }  // nothing was refused so far

  void refuse(const std::string& field, std::string code, std::string message);
  // Complains about members that were not asked for.
  void finish();

 private:
  const Json* find(const char* name);

  const Json& object_;
  std::vector<http::FieldError>& errors_;
  std::string prefix_;
  std::set<std::string, std::less<>> known_;
};

// Calls `read` with the members of each object of a list; what it complains about has its place
// before it.
template <class Read>
void for_each_object(Fields& fields, const char* name, std::size_t most, Read read) {
  const auto list = fields.list(name, most);
  std::vector<http::FieldError> errors;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto place = std::string(name) + "[" + std::to_string(i) + "]";
    if (!list[i].is_object()) {
      errors.push_back({place, "invalid", "must be an object"});
      continue;
    }
    Fields inner(list[i], errors, place + ".");
    read(inner);
    inner.finish();
  }
  for (auto& error : errors) fields.refuse(error.field, error.code, error.message);
}

bool is_email(std::string_view text);

}  // namespace monitron::api
