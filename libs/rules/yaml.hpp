#pragma once
// A YAML document as a plain tree: anchors put in where they are used, merge keys (`<<`) too,
// scalars as they are written. Bounded, whatever aliases of aliases make of a few bytes. Pure.
// Threads: any.

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace monitron::rules {

inline constexpr std::size_t kMaxYamlBytes = 1u << 20;
inline constexpr int kMaxYamlDepth = 20;
inline constexpr std::size_t kMaxYamlNodes = 100'000;
inline constexpr std::size_t kMaxYamlText = 8u << 20;  // of all scalars, aliases counted each time

struct Yaml {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  std::string text{};                                   // of a scalar
  bool quoted = false;                                  // a text, whatever it looks like
  int line = 0;                                         // from 1
  std::vector<Yaml> items{};                            // of a sequence
  std::vector<std::pair<std::string, Yaml>> members{};  // of a mapping, in order, each name once

  const Yaml* find(std::string_view name) const;  // null when there is none
};

// The first document; nothing at all is null. Fault: invalid, with the line where it is known.
Result<Yaml> parse_yaml(std::string_view text);

// A scalar that reads back as that text, quoted where it has to be.
std::string yaml_scalar(std::string_view text);

}  // namespace monitron::rules
