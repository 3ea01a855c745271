#pragma once
// What a caller reaches who has a permission on some instances alone.

#include "http/message.hpp"
#include "store/scope.hpp"

#include <string_view>

namespace monitron::api {

inline store::Scope scope_of(const http::Caller& caller, std::string_view permission) {
  if (caller.may(permission)) return std::nullopt;
  std::vector<store::Labels> labels;
  for (const auto& one : caller.limited) {
    if (one.permissions.count(permission) > 0) labels.push_back(one.labels);
  }
  return labels;
}

}  // namespace monitron::api
