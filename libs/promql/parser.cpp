#include "promql/parser.hpp"

#include "promql/check_types.hpp"
#include "promql/grammar.hpp"

#include <algorithm>

namespace monitron::promql {

namespace {

tl::unexpected<Error> refuse(std::string_view text, const Complaint& complaint) {
  const auto before = text.substr(0, complaint.at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto newline = before.rfind('\n');
  const auto column = newline == std::string_view::npos ? complaint.at + 1 : complaint.at - newline;
  return fail(Fault::invalid, std::to_string(line) + ":" + std::to_string(column) +
                                  ": parse error: " + complaint.text);
}

std::optional<Complaint> too_long(std::string_view text) {
  if (text.size() <= kMaxQueryBytes) return {};
  return Complaint{0, "expression is longer than " + std::to_string(kMaxQueryBytes) + " bytes"};
}

}  // namespace

Result<Expr> parse(std::string_view text) {
  if (const auto refused = too_long(text)) return refuse(text, *refused);
  Grammar grammar(text);
  auto expr = grammar.expression_to_end();
  if (!expr) return refuse(text, *grammar.complaint());
  if (const auto refused = check_types(text, *expr)) return refuse(text, *refused);
  return expr;
}

Result<std::vector<Matcher>> parse_selector(std::string_view text) {
  if (const auto refused = too_long(text)) return refuse(text, *refused);
  Grammar grammar(text);
  auto selector = grammar.selector_to_end();
  if (!selector) return refuse(text, *grammar.complaint());
  return std::move(selector->matchers);
}

}  // namespace monitron::promql
