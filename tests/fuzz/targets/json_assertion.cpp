// An assertion, its operator, its value and the document, each on a line.

#include "probe/json_assertion.hpp"

#include "fuzz.hpp"
#include "probe/expressions.hpp"
#include "probe/json_select.hpp"

#include <nlohmann/json.hpp>

MONITRON_FUZZ(json_assertion) {
  using namespace monitron;
  fuzz::Input input(bytes);
  domain::JsonAssertion assertion;
  assertion.path = input.line();
  assertion.op = input.line();
  assertion.value = input.line();
  const auto document = probe::parse_json(input.rest());
  if (!document) return;
  probe::Expressions expressions;
  const auto complaint = probe::complain(assertion, *document, expressions);
  fuzz::must(complaint.size() < 1024 + 2 * bytes.size(), "a complaint without measure");
}
