#pragma once
// Identities: a UUID of 16 bytes, and strong types over it so that one kind is not taken for
// another.

#include "base/result.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace monitron {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
  bool is_nil() const { return *this == Uuid{}; }

  // Version 7 (RFC 9562): sorts by time of making, the rest random.
  static Uuid make();
  // The 8-4-4-4-12 form, any case. Fault: invalid.
  static Result<Uuid> parse(std::string_view text);
  // From exactly 16 raw bytes. Fault: invalid.
  static Result<Uuid> from_bytes(std::string_view raw);

  std::string str() const;
  std::string_view raw() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

// Id<struct CheckTag> and Id<struct UserTag> are different types.
template <class Tag>
struct Id {
  Uuid value;

  auto operator<=>(const Id&) const = default;
  static Id make() { return {Uuid::make()}; }
  static Result<Id> parse(std::string_view text) {
    return Uuid::parse(text).map([](Uuid uuid) { return Id{uuid}; });
  }
  std::string str() const { return value.str(); }
};

using InstanceId = Id<struct InstanceTag>;
using CheckId = Id<struct CheckTag>;
using RuleId = Id<struct RuleTag>;
using IncidentId = Id<struct IncidentTag>;
using UserId = Id<struct UserTag>;
using ReportId = Id<struct ReportTag>;
using ScheduleId = Id<struct ScheduleTag>;

// What samples belong to: an instance or a check.
using SourceId = Id<struct SourceTag>;

}  // namespace monitron

template <>
struct std::hash<monitron::Uuid> {
  std::size_t operator()(const monitron::Uuid& id) const noexcept {
    return std::hash<std::string_view>{}(id.raw());
  }
};
template <class Tag>
struct std::hash<monitron::Id<Tag>> {
  std::size_t operator()(const monitron::Id<Tag>& id) const noexcept {
    return std::hash<monitron::Uuid>{}(id.value);
  }
};
