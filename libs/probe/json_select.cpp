#include "probe/json_select.hpp"

#include "probe/expressions.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <re2/re2.h>

namespace monitron::probe {

using domain::JsonCall;
using domain::JsonFilter;
using domain::JsonOperand;
using domain::JsonPath;
using domain::JsonSegment;
using domain::JsonSelector;
using domain::JsonSlice;
using nlohmann::json;

namespace {

using Nodes = std::vector<const json*>;

// Brackets outside of texts: the parser itself has no limit.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kJsonDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

// A value of a filter: of the document, or made for the purpose; or nothing.
struct Value {
  const json* of_document = nullptr;
  std::optional<json> made;

  const json* get() const { return made ? &*made : of_document; }
};

class Selection {
 public:
  Selection(const json& document, Expressions& expressions)
      : document_(document), expressions_(expressions) {}

  Nodes run(const JsonPath& path, const json& current) {
    Nodes nodes{path.relative ? &current : &document_};
    for (const JsonSegment& segment : path.segments) {
      Nodes next;
      for (const json* node : nodes) {
        if (segment.descends) {
          descend(segment, *node, next);
        } else {
          apply(segment, *node, next);
        }
      }
      nodes = std::move(next);
    }
    return nodes;
  }

  bool exhausted() const { return left_ <= 0; }

 private:
  bool step() { return --left_ > 0; }

  void descend(const JsonSegment& segment, const json& top, Nodes& found) {
    Nodes open{&top};
    while (!open.empty() && step()) {
      const json* node = open.back();
      open.pop_back();
      apply(segment, *node, found);
      const auto first = static_cast<std::ptrdiff_t>(open.size());
      for (const json& child : *node) {
        if (node->is_structured()) open.push_back(&child);
      }
      std::reverse(open.begin() + first, open.end());
    }
  }

  void apply(const JsonSegment& segment, const json& node, Nodes& found) {
    for (const JsonSelector& selector : segment.selectors) {
      if (!step()) return;
      std::visit([&](const auto& one) { pick(one, node, found); }, selector);
    }
  }

  static void pick(const std::string& name, const json& node, Nodes& found) {
    if (!node.is_object()) return;
    const auto member = node.find(name);
    if (member != node.end()) found.push_back(&*member);
  }

  static void pick(std::int64_t index, const json& node, Nodes& found) {
    if (!node.is_array()) return;
    const auto size = static_cast<std::int64_t>(node.size());
    const std::int64_t place = index < 0 ? size + index : index;
    if (place >= 0 && place < size) found.push_back(&node[static_cast<std::size_t>(place)]);
  }

  void pick(const domain::JsonWildcard&, const json& node, Nodes& found) {
    if (!node.is_structured()) return;
    for (const json& child : node) {
      if (!step()) return;
      found.push_back(&child);
    }
  }

  // RFC 9535 §2.3.4.2.2.
  void pick(const JsonSlice& slice, const json& node, Nodes& found) {
    if (!node.is_array() || slice.step == 0) return;
    const auto size = static_cast<std::int64_t>(node.size());
    const bool forward = slice.step > 0;
    const auto bound = [&](std::optional<std::int64_t> wanted, std::int64_t otherwise) {
      if (!wanted) return otherwise;
      const std::int64_t place = *wanted < 0 ? size + *wanted : *wanted;
      return forward ? std::clamp<std::int64_t>(place, 0, size)
                     : std::clamp<std::int64_t>(place, -1, size - 1);
    };
    const std::int64_t from = bound(slice.from, forward ? 0 : size - 1);
    const std::int64_t to = bound(slice.to, forward ? size : -1);
    for (std::int64_t i = from; forward ? i < to : i > to; i += slice.step) {
      if (!step()) return;
      found.push_back(&node[static_cast<std::size_t>(i)]);
    }
  }

  void pick(const std::shared_ptr<const JsonFilter>& filter, const json& node, Nodes& found) {
    if (!node.is_structured()) return;
    for (const json& child : node) {
      if (!step()) return;
      if (holds(*filter, child)) found.push_back(&child);
    }
  }

  bool holds(const JsonFilter& filter, const json& current) {
    const auto part = [&](const JsonFilter& one) { return holds(one, current); };
    const auto& parts = filter.parts;
    switch (filter.kind) {
      case JsonFilter::Kind::any_of:
        return std::any_of(parts.begin(), parts.end(), part);
      case JsonFilter::Kind::all_of:
        return std::all_of(parts.begin(), parts.end(), part);
      case JsonFilter::Kind::none_of:
        return std::none_of(parts.begin(), parts.end(), part);
      case JsonFilter::Kind::compares:
        break;
      case JsonFilter::Kind::holds:
        if (const auto* path = std::get_if<JsonPath>(&filter.operands[0])) {
          return !run(*path, current).empty();
        }
        return fits(*std::get<std::shared_ptr<const JsonCall>>(filter.operands[0]), current);
    }
    const Value left = value_of(filter.operands[0], current);
    const Value right = value_of(filter.operands[1], current);
    return compare(filter.op, left.get(), right.get());
  }

  // RFC 9535 §2.3.5.2.2: nothing equals nothing; only numbers and texts have an order.
  bool compare(const std::string& op, const json* left, const json* right) {
    const bool both = left != nullptr && right != nullptr;
    const bool same = both ? equal(*left, *right) : left == right;
    if (op == "==") return same;
    if (op == "!=") return !same;
    if (same) return op.size() == 2;  // <= and >=, of anything
    const bool ordered = both && ((left->is_number() && right->is_number()) ||
                                  (left->is_string() && right->is_string()));
    if (!ordered) return false;
    return op.front() == '<' ? *left < *right : *right < *left;
  }

  // With a limit on its work, unlike the operator.
  bool equal(const json& left, const json& right) {
    if (!step() || !left.is_structured() || left.type() != right.type()) return left == right;
    const auto same = [&](const json& a, const json& b) { return equal(a, b); };
    if (left.size() != right.size()) return false;
    if (left.is_array()) return std::equal(left.begin(), left.end(), right.begin(), same);
    for (auto a = left.begin(), b = right.begin(); a != left.end(); ++a, ++b) {
      if (a.key() != b.key() || !equal(*a, *b)) return false;
    }
    return true;
  }

  Value value_of(const JsonOperand& operand, const json& current) {
    if (const auto* literal = std::get_if<domain::JsonLiteral>(&operand)) {
      return std::visit([](const auto& value) { return make(value); }, *literal);
    }
    if (const auto* path = std::get_if<JsonPath>(&operand)) return only(run(*path, current));
    const JsonCall& call = *std::get<std::shared_ptr<const JsonCall>>(operand);
    if (call.function == JsonCall::Function::length) {
      return length(value_of(call.arguments[0], current).get());
    }
    const Nodes nodes = run(std::get<JsonPath>(call.arguments[0]), current);
    if (call.function == JsonCall::Function::count) return make(nodes.size());
    return only(nodes);
  }

  template <class T>
  static Value make(const T& value) {
    return {nullptr, json(value)};
  }

  static Value only(const Nodes& nodes) {
    if (nodes.size() != 1) return {};
    return {nodes.front(), std::nullopt};
  }

  static Value length(const json* value) {
    if (value == nullptr) return {};
    if (value->is_structured()) return make(value->size());
    if (!value->is_string()) return {};
    const auto& text = value->get_ref<const std::string&>();
    return make(std::count_if(text.begin(), text.end(),
                              [](unsigned char c) { return (c & 0xc0) != 0x80; }));
  }

  bool fits(const JsonCall& call, const json& current) {
    const Value text = value_of(call.arguments[0], current);
    const Value pattern = value_of(call.arguments[1], current);
    if (text.get() == nullptr || pattern.get() == nullptr || !text.get()->is_string() ||
        !pattern.get()->is_string()) {
      return false;
    }
    const auto* expression = expressions_.find(pattern.get()->get_ref<const std::string&>());
    if (expression == nullptr) return false;
    const auto& searched = text.get()->get_ref<const std::string&>();
    left_ -= static_cast<std::int64_t>(searched.size() / 16);
    return call.function == JsonCall::Function::match ? re2::RE2::FullMatch(searched, *expression)
                                                      : matches(*expression, searched);
  }

  const json& document_;
  Expressions& expressions_;
  std::int64_t left_ = kJsonSteps;
};

}  // namespace

Result<json> parse_json(std::string_view text) {
  if (is_too_deep(text)) {
    return fail(Fault::invalid, "nested deeper than " + std::to_string(kJsonDepth));
  }
  json document = json::parse(text.begin(), text.end(), nullptr, false);
  if (document.is_discarded()) return fail(Fault::invalid, "is no JSON");
  return document;
}

Result<std::vector<const json*>> select(const JsonPath& path, const json& document,
                                        Expressions& expressions) {
  Selection selection(document, expressions);
  Nodes found = selection.run(path, document);
  if (selection.exhausted()) return fail(Fault::invalid, "takes too long to look up");
  return found;
}

}  // namespace monitron::probe
