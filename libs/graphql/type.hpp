#pragma once
// A reference to a type, as a document and a schema write it: a name and what is wrapped around it.
// https://spec.graphql.org/October2021/#sec-Type-References

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::graphql {

class Type {
 public:
  enum class Wrapper : char { list, non_null };

  Type() = default;
  // `text` as "[Int!]!"; anything else is a broken invariant: this is for schemas in code.
  Type(const char*
           text);  // NOLINT(google-explicit-constructor): fields are written as .type = "Int!"

  static std::optional<Type> parse(std::string_view text);
  static Type named(std::string name);

  Type in_list() const { return wrapped(Wrapper::list); }
  Type not_null() const { return wrapped(Wrapper::non_null); }

  const std::string& name() const { return name_; }  // the innermost
  bool is_list() const { return outermost_is(Wrapper::list); }
  bool is_non_null() const { return outermost_is(Wrapper::non_null); }
  bool is_named() const { return wrappers_.empty(); }
  const std::vector<Wrapper>& wrappers() const { return wrappers_; }  // from the inside out

  Type nullable() const;  // without its outermost "!", if it has one
  Type item() const;      // of a list; expects one

  bool operator==(const Type&) const = default;

 private:
  Type wrapped(Wrapper wrapper) const;
  bool outermost_is(Wrapper wrapper) const {
    return !wrappers_.empty() && wrappers_.back() == wrapper;
  }

  std::string name_;
  std::vector<Wrapper> wrappers_;
};

std::string to_string(const Type& type);

// [_A-Za-z][_0-9A-Za-z]*
bool is_name(std::string_view text);

}  // namespace monitron::graphql
