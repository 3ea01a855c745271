#include "api/config_document.hpp"

#include "base/text.hpp"

namespace monitron::api {
namespace {

using rules::Yaml;

Json scalar_of(const Yaml& yaml) {
  if (!yaml.quoted) {
    auto value = Json::parse(yaml.text, nullptr, false);
    if (value.is_number() || value.is_boolean()) return value;
  }
  return yaml.text;
}

bool is_block(const Json& value) { return value.is_structured() && !value.empty(); }

class Writer {
 public:
  void write(const Json& value, std::size_t indent) {
    if (value.is_array()) {
      for (const auto& item : value) {
        text_.append(indent, ' ') += "-";
        if (item.is_object() && !item.empty()) {
          members(item, indent + 2, true);
        } else {
          put(item, indent + 2);
        }
      }
    } else {
      members(value, indent, false);
    }
  }
  std::string take() { return std::move(text_); }

 private:
  // `begun`: the first one goes on in the line of its dash.
  void members(const Json& object, std::size_t indent, bool begun) {
    for (const auto& [name, value] : object.items()) {
      begun ? text_ += " " : text_.append(indent, ' ');
      begun = false;
      text_ += rules::yaml_scalar(name) + ":";
      // Lists begin where their names do.
      put(value, value.is_array() ? indent : indent + 2);
    }
  }

  void put(const Json& value, std::size_t indent) {
    if (is_block(value)) {
      text_ += "\n";
      return write(value, indent);
    }
    text_ += " ";
    text_ +=
        value.is_string() ? rules::yaml_scalar(value.get_ref<const std::string&>()) : value.dump();
    text_ += "\n";
  }

  std::string text_;
};

const Yaml* item_of(const Yaml& yaml, std::string_view index) {
  const auto at = parse_number<std::size_t>(index);
  return at && *at < yaml.items.size() ? &yaml.items[*at] : nullptr;
}

}  // namespace

Json json_of(const Yaml& yaml) {
  switch (yaml.kind) {
    case Yaml::Kind::null:
      return nullptr;
    case Yaml::Kind::scalar:
      return scalar_of(yaml);
    case Yaml::Kind::sequence: {
      Json list = Json::array();
      for (const auto& item : yaml.items) list.push_back(json_of(item));
      return list;
    }
    case Yaml::Kind::mapping:
      break;
  }
  Json object = Json::object();
  for (const auto& [name, member] : yaml.members) object[name] = json_of(member);
  return object;
}

std::string yaml_of(const Json& value) {
  Writer writer;
  writer.write(value, 0);
  return writer.take();
}

int line_of(const Yaml& document, std::string_view field) {
  const Yaml* at = &document;
  int line = at->line;
  while (!field.empty()) {
    const bool index = field.front() == '[';
    if (index || field.front() == '.') field.remove_prefix(1);
    const auto end = std::min(field.find_first_of(index ? "]" : ".["), field.size());
    at = index ? item_of(*at, field.substr(0, end)) : at->find(field.substr(0, end));
    if (at == nullptr) break;
    line = at->line;
    field.remove_prefix(std::min(field.size(), index ? end + 1 : end));
  }
  return line;
}

Json sorted(const Json& value) { return Json::parse(nlohmann::json::parse(value.dump()).dump()); }

}  // namespace monitron::api
