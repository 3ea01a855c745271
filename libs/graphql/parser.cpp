#include "graphql/grammar.hpp"
#include "graphql/lexical.hpp"

#include <algorithm>

namespace monitron::graphql {

namespace {

using Node = rules::p::parse_tree::node;

// A parse tree as a document. Recurses as deep as the grammar did.
class Builder {
 public:
  explicit Builder(std::string_view text) : text_(text), places_(text) {}

  Document document(const Node& tree) {
    Document document;
    for (const auto& child : tree.children) {
      if (child->is_type<rules::Operation>()) {
        document.operations.push_back(operation(*child));
      } else {
        document.fragments.push_back(fragment(*child));
        document.first_fragment.emplace(document.fragments.back().name,
                                        document.fragments.size() - 1);
      }
    }
    return document;
  }
  const std::optional<SyntaxError>& complaint() const { return complaint_; }

 private:
  Location place(const Node& node) { return places_.of(node.begin().byte); }

  Operation operation(const Node& node) {
    Operation operation;
    operation.at = place(node);
    for (const auto& child : node.children) {
      if (child->is_type<rules::OperationWord>()) {
        operation.kind = child->string_view() == "mutation"       ? OperationKind::mutation
                         : child->string_view() == "subscription" ? OperationKind::subscription
                                                                  : OperationKind::query;
      } else if (child->is_type<rules::NameText>()) {
        operation.name = child->string();
      } else if (child->is_type<rules::VariableDefinition>()) {
        operation.variables.push_back(variable(*child));
      } else {
        take(*child, operation);
      }
    }
    return operation;
  }

  Fragment fragment(const Node& node) {
    Fragment fragment;
    fragment.at = place(node);
    for (const auto& child : node.children) {
      if (child->is_type<rules::NameText>()) {
        fragment.name = child->string();
      } else if (child->is_type<rules::TypeCondition>()) {
        fragment.type_condition = child->children.front()->string();
      } else {
        take(*child, fragment);
      }
    }
    return fragment;
  }

  Selection selection(const Node& node) {
    Selection selection;
    selection.at = place(node);
    selection.kind = node.is_type<rules::Field>()            ? Selection::Kind::field
                     : node.is_type<rules::FragmentSpread>() ? Selection::Kind::fragment_spread
                                                             : Selection::Kind::inline_fragment;
    for (const auto& child : node.children) {
      if (child->is_type<rules::NameText>()) {
        selection.alias = std::exchange(selection.name, child->string());
      } else if (child->is_type<rules::TypeCondition>()) {
        selection.type_condition = child->children.front()->string();
      } else if (child->is_type<rules::Argument>()) {
        selection.arguments.push_back(argument(*child));
      } else {
        take(*child, selection);
      }
    }
    return selection;
  }

  // What operations, fragments and selections have in common: directives and selections.
  template <class Owner>
  void take(const Node& child, Owner& owner) {
    if (child.is_type<rules::Directive>()) {
      owner.directives.push_back(directive(child));
    } else {
      owner.selections.push_back(selection(child));
    }
  }

  VariableDefinition variable(const Node& node) {
    constant_ = true;
    VariableDefinition variable{node.children[0]->children[0]->string()};
    variable.at = place(node);
    variable.type = type(*node.children[1]);
    for (std::size_t i = 2; i < node.children.size(); ++i) {
      const auto& child = *node.children[i];
      if (child.is_type<rules::Directive>()) {
        variable.directives.push_back(directive(child));
      } else {
        variable.default_value = value(child);
      }
    }
    constant_ = false;
    return variable;
  }

  Directive directive(const Node& node) {
    Directive directive{node.children[0]->string()};
    directive.at = place(node);
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      directive.arguments.push_back(argument(*node.children[i]));
    }
    return directive;
  }

  Argument argument(const Node& node) {
    const auto at = place(node);
    return {node.children[0]->string(), value(*node.children[1]), at};
  }

  static Type type(const Node& node) {
    Type type = node.children[0]->is_type<rules::ListType>()
                    ? Builder::type(*node.children[0]->children[0]).in_list()
                    : Type::named(node.children[0]->string());
    return node.children.size() > 1 ? type.not_null() : type;
  }

  Value value(const Node& node) {
    Value value;
    value.at = place(node);
    if (node.is_type<rules::Variable>()) {
      if (constant_) complain(node.begin().byte, "a variable in a constant value");
      value.kind = Value::Kind::variable;
      value.text = node.children[0]->string();
    } else if (node.is_type<rules::List>()) {
      value.kind = Value::Kind::list;
      for (const auto& child : node.children) value.items.push_back(this->value(*child));
    } else if (node.is_type<rules::Object>()) {
      value.kind = Value::Kind::object;
      for (const auto& child : node.children) {
        const auto at = place(*child);
        value.fields.push_back(
            {child->children[0]->string(), this->value(*child->children[1]), at});
      }
    } else {
      scalar(node, value);
    }
    return value;
  }

  void scalar(const Node& node, Value& value) {
    if (node.is_type<rules::StringText>()) {
      value.kind = Value::Kind::string;
      auto text = string_value(node.string_view());
      if (!text) complain(node.begin().byte, "an escape that stands for no character");
      value.text = std::move(text).value_or("");
      return;
    }
    if (node.is_type<rules::BlockText>()) {
      value.kind = Value::Kind::string;
      value.text = block_string_value(node.string_view());
      return;
    }
    value.text = node.string();
    value.kind = node.is_type<rules::IntText>()                  ? Value::Kind::integer
                 : node.is_type<rules::FloatText>()              ? Value::Kind::floating
                 : value.text == "true" || value.text == "false" ? Value::Kind::boolean
                 : value.text == "null"                          ? Value::Kind::null
                                                                 : Value::Kind::enumeration;
  }

  void complain(std::size_t at, std::string text) {
    if (!complaint_) complaint_ = SyntaxError{at, std::move(text)};
  }

  std::string_view text_;
  Places places_;
  bool constant_ = false;  // inside of a variable's definition
  std::optional<SyntaxError> complaint_;
};

std::vector<RequestError> refuse(std::string_view text, const SyntaxError& error) {
  return {{.message = "Syntax Error: " + error.text,
           .locations = {Places(text).of(error.at)},
           .code = "syntax"}};
}

// The token at `at` as an error names it, cut so that nobody's text fills the answer.
std::string found(std::string_view text, const std::vector<Token>& tokens, std::size_t at) {
  const auto token = std::find_if(tokens.begin(), tokens.end(),
                                  [&](const Token& one) { return one.at + one.size > at; });
  if (token == tokens.end()) return "the end of the document";
  if (text[token->at] == '"') return "a string";
  constexpr std::size_t kShown = 40;
  const auto shown = text.substr(token->at, std::min(token->size, kShown));
  return '"' + std::string(shown) + (token->size > kShown ? "…\"" : "\"");
}

}  // namespace

std::string_view to_string(OperationKind kind) {
  switch (kind) {
    case OperationKind::query:
      return "query";
    case OperationKind::mutation:
      return "mutation";
    case OperationKind::subscription:
      return "subscription";
  }
  return "query";
}

const Fragment* Document::fragment(std::string_view name) const {
  const auto found = first_fragment.find(name);
  return found == first_fragment.end() ? nullptr : &fragments[found->second];
}

const Argument* find_argument(const std::vector<Argument>& arguments, std::string_view name) {
  const auto found = std::find_if(arguments.begin(), arguments.end(),
                                  [&](const Argument& one) { return one.name == name; });
  return found == arguments.end() ? nullptr : &*found;
}

Checked<Document> parse(std::string_view text, const ParseLimits& limits) {
  const auto tokens = scan(text, limits);
  if (!tokens) return tl::unexpected(refuse(text, tokens.error()));
  rules::p::memory_input input(text.data(), text.size(), "");
  try {
    const auto tree = rules::p::parse_tree::parse<rules::Source, rules::Selector, rules::p::nothing,
                                                  rules::GrammarControl>(input);
    Builder builder(text);
    auto document = builder.document(*tree);
    if (builder.complaint()) return tl::unexpected(refuse(text, *builder.complaint()));
    return document;
  } catch (const rules::p::parse_error& error) {
    const auto at = error.positions().front().byte;
    return tl::unexpected(refuse(text, {at, "expected " + std::string(error.message()) +
                                                ", found " + found(text, *tokens, at)}));
  }
}

}  // namespace monitron::graphql
