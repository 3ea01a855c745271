#pragma once
// Lists come in pages, by keyset: what is after an id, never "skip n rows".

#include "base/ids.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace monitron::store {

using Labels = std::map<std::string, std::string>;

struct PageQuery {
  std::optional<Uuid> after{};
  int limit = 100;
};

template <class Row>
struct Page {
  std::vector<Row> items{};
  bool more = false;
};

}  // namespace monitron::store
