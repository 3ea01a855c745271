#pragma once
// Lists come in pages, by keyset: what is after a row, never "skip n rows".

#include "base/ids.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace monitron::store {

using Labels = std::map<std::string, std::string>;

// Of a thing with labels: that it has one, with this value or with another one (or none).
struct LabelFilter {
  enum class How { equals, differs, exists };
  std::string name{};
  How how = How::equals;
  std::string value{};
};
using LabelFilters = std::vector<LabelFilter>;

// By what a list can be sorted: the name of it, and SQL that is never null. With its table, where a
// column of the answer has the same name and another value.
struct SortKey {
  enum class Type { text, whole, time };
  std::string name;
  std::string column;
  Type type = Type::text;
};

// How a list can be sorted and searched; said once, beside the list.
struct Listing {
  std::vector<SortKey> keys{};
  std::vector<std::string> searched{};  // columns; none: it has no search
  std::string id = "id";
  bool newest_first = false;  // by id, as long as nobody sorts it
  std::string usual{};        // the key instead of the id, as long as nobody sorts it
};

struct PageQuery {
  std::optional<Uuid> after{};
  int limit = 100;
  std::string text{};             // a part of what is searched, in any case; empty: all
  const SortKey* sort = nullptr;  // one of the listing's; null: as usual
  bool descending = false;        // of `sort`
  std::string value{};            // what `after` is sorted by: Page::value of the page before
};

template <class Row>
struct Page {
  std::vector<Row> items{};
  bool more = false;
  std::string value{};  // what the last one is sorted by
};

}  // namespace monitron::store
