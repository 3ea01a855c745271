#include "graphql/sdl.hpp"

#include "graphql/builtin.hpp"
#include "graphql/values.hpp"

#include <algorithm>

namespace monitron::graphql {

namespace {

std::string joined(const std::vector<std::string>& all, const char* between) {
  std::string text;
  for (const auto& one : all) text += (text.empty() ? "" : between) + one;
  return text;
}

std::string described(const std::string& description, const std::string& indent) {
  if (description.empty()) return "";
  std::string text = indent + "\"\"\"";
  const bool lines = description.find('\n') != std::string::npos || description.back() == '"' ||
                     description.back() == '\\';
  if (lines) text += "\n" + indent;
  for (std::size_t i = 0; i < description.size(); ++i) {
    if (description.compare(i, 3, "\"\"\"") == 0) text += '\\';
    text += description[i];
    if (description[i] == '\n' && description.substr(i + 1, 1) != "\n") text += indent;
  }
  return text + (lines ? "\n" + indent : "") + "\"\"\"\n";
}

class Printer {
 public:
  explicit Printer(const Schema& schema) : schema_(schema) {}

  std::string print() {
    for (const auto& directive : schema_.directives()) {
      if (!is_builtin_directive(directive.name)) print(directive);
    }
    for (const auto& [name, type] : schema_.types()) {
      if (!is_builtin_scalar(name) && !is_reserved(name)) print(type);
    }
    return std::move(out_);
  }

 private:
  void begin(const std::string& description) {
    if (!out_.empty()) out_ += '\n';
    out_ += described(description, "");
  }

  void print(const DirectiveDefinition& directive) {
    begin(directive.description);
    out_ += "directive @" + directive.name + arguments(directive.arguments, "") + " on " +
            joined(directive.locations, " | ") + "\n";
  }

  void print(const TypeDefinition& type) {
    begin(type.description);
    switch (type.kind) {
      case TypeKind::scalar:
        out_ += "scalar " + type.name;
        if (!type.specified_by_url.empty()) {
          out_ += " @specifiedBy(url: " + text(type.specified_by_url) + ")";
        }
        out_ += '\n';
        break;
      case TypeKind::object:
        fields("type ", type);
        break;
      case TypeKind::interface:
        fields("interface ", type);
        break;
      case TypeKind::union_:
        out_ += "union " + type.name + " = " + joined(type.members, " | ") + "\n";
        break;
      case TypeKind::enumeration:
        out_ += "enum " + type.name + " {\n";
        for (const auto& value : type.values) {
          out_ += described(value.description, "  ") + "  " + value.name +
                  deprecated(value.deprecation_reason) + "\n";
        }
        out_ += "}\n";
        break;
      case TypeKind::input_object:
        out_ += "input " + type.name + " {\n";
        for (const auto& field : type.input_fields) {
          out_ += described(field.description, "  ") + "  " + input(field) + "\n";
        }
        out_ += "}\n";
        break;
    }
  }

  void fields(const char* keyword, const TypeDefinition& type) {
    out_ += keyword + type.name;
    if (!type.interfaces.empty()) out_ += " implements " + joined(type.interfaces, " & ");
    out_ += " {\n";
    for (const auto& field : type.fields) {
      out_ += described(field.description, "  ") + "  " + field.name +
              arguments(field.arguments, "  ") + ": " + to_string(field.type) +
              deprecated(field.deprecation_reason) + "\n";
    }
    out_ += "}\n";
  }

  std::string arguments(const std::vector<InputValue>& all, const std::string& indent) const {
    if (all.empty()) return "";
    const bool one_line = std::all_of(
        all.begin(), all.end(), [](const InputValue& one) { return one.description.empty(); });
    std::vector<std::string> texts;
    for (const auto& one : all) texts.push_back(input(one));
    if (one_line) return "(" + joined(texts, ", ") + ")";
    std::string text = "(\n";
    for (std::size_t i = 0; i < all.size(); ++i) {
      text += described(all[i].description, indent + "  ") + indent + "  " + texts[i] + "\n";
    }
    return text + indent + ")";
  }

  std::string input(const InputValue& value) const {
    std::string text = value.name + ": " + to_string(value.type);
    if (value.default_value) text += " = " + literal(schema_, value.type, *value.default_value);
    return text;
  }

  std::string deprecated(const std::optional<std::string>& reason) const {
    return reason ? " @deprecated(reason: " + text(*reason) + ")" : "";
  }
  std::string text(const std::string& value) const { return literal(schema_, "String", value); }

  const Schema& schema_;
  std::string out_;
};

}  // namespace

std::string to_sdl(const Schema& schema) { return Printer(schema).print(); }

}  // namespace monitron::graphql
