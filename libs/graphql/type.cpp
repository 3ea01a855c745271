#include "graphql/type.hpp"

#include "base/result.hpp"

#include <algorithm>

namespace monitron::graphql {

Type::Type(const char* text) {
  auto type = parse(text);
  MONITRON_EXPECTS(type.has_value());
  *this = *std::move(type);
}

std::optional<Type> Type::parse(std::string_view text) {
  const auto opened = std::min(text.find_first_not_of('['), text.size());
  const auto named_end = std::min(text.find_first_of("]!", opened), text.size());
  const auto name = text.substr(opened, named_end - opened);
  if (!is_name(name)) return std::nullopt;
  Type type = named(std::string(name));
  std::size_t closed = 0;
  for (const char sign : text.substr(named_end)) {
    if (sign == '!' && !type.is_non_null()) {
      type = type.not_null();
    } else if (sign == ']') {
      type = type.in_list();
      ++closed;
    } else {
      return std::nullopt;
    }
  }
  if (closed != opened) return std::nullopt;
  return type;
}

Type Type::named(std::string name) {
  Type type;
  type.name_ = std::move(name);
  return type;
}

Type Type::nullable() const {
  Type type = *this;
  if (is_non_null()) type.wrappers_.pop_back();
  return type;
}

Type Type::item() const {
  MONITRON_EXPECTS(is_list());
  Type type = *this;
  type.wrappers_.pop_back();
  return type;
}

Type Type::wrapped(Wrapper wrapper) const {
  Type type = *this;
  type.wrappers_.push_back(wrapper);
  return type;
}

std::string to_string(const Type& type) {
  std::string text = type.name();
  for (const auto wrapper : type.wrappers()) {
    text = wrapper == Type::Wrapper::list ? "[" + text + "]" : text + "!";
  }
  return text;
}

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || !is_letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace monitron::graphql
