// A JSONPath on the first line, the document after it.

#include "domain/json_path.hpp"

#include "fuzz.hpp"
#include "probe/expressions.hpp"
#include "probe/json_assertion.hpp"
#include "probe/json_select.hpp"

#include <nlohmann/json.hpp>

MONITRON_FUZZ(json_path) {
  using namespace monitron;
  fuzz::Input input(bytes);
  const auto path = domain::JsonPath::parse(input.line());
  if (!path) return;
  const auto document = probe::parse_json(input.rest());
  if (!document) return;
  probe::Expressions expressions;
  const auto found = probe::select(*path, *document, expressions);
  if (!found) return;
  fuzz::must(!path->singular() || found->size() <= 1, "one value that is several");
  std::size_t looked_at = 0;
  for (const auto* value : *found) {
    fuzz::must(value != nullptr, "a value that is not there");
    if (++looked_at <= 10) fuzz::must_be_text(probe::shown(*value), "a value");
  }
}
