#include "rules/yaml.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <set>
#include <yaml-cpp/yaml.h>

namespace monitron::rules {
namespace {

[[noreturn]] void refuse(const std::string& text, int line) {
  throw Error{Fault::invalid, "line " + std::to_string(line) + ": " + text};
}

// Throws Error. yaml-cpp itself refuses what is nested more than 500 deep.
class Copier {
 public:
  Yaml copy(const YAML::Node& node, int depth) {
    Yaml out;
    out.line = node.Mark().line + 1;
    if (++nodes_ > kMaxYamlNodes) refuse("the document is too large", out.line);
    if (depth > kMaxYamlDepth) refuse("it is nested too deeply", out.line);
    if (node.IsScalar()) {
      copy_scalar(node, out);
    } else if (node.IsSequence()) {
      out.kind = Yaml::Kind::sequence;
      for (const auto& one : node) out.items.push_back(copy(one, depth + 1));
    } else if (node.IsMap()) {
      copy_mapping(node, depth, out);
    }
    return out;
  }

 private:
  void copy_scalar(const YAML::Node& node, Yaml& out) {
    out.text = node.Scalar();
    text_ += out.text.size();
    if (text_ > kMaxYamlText) refuse("the document is too large", out.line);
    if (!out.text.empty() && !is_valid_utf8(out.text)) {
      refuse("it holds bytes that are not UTF-8, or NUL", out.line);
    }
    out.quoted = node.Tag() == "!";
    const bool none = out.text.empty() || out.text == "~" || out.text == "null";
    out.kind = none && !out.quoted ? Yaml::Kind::null : Yaml::Kind::scalar;
  }

  void copy_mapping(const YAML::Node& node, int depth, Yaml& out) {
    out.kind = Yaml::Kind::mapping;
    std::vector<Yaml> merged;
    std::set<std::string> names;
    for (const auto& one : node) {
      const auto& key = one.first;
      const auto name = copy(key, depth + 1);
      if (name.kind != Yaml::Kind::scalar) refuse("a name must be a text", name.line);
      auto copied = copy(one.second, depth + 1);
      if (name.text == "<<" && key.Tag() != "!") {
        merged.push_back(std::move(copied));
      } else if (!names.insert(name.text).second) {
        refuse("\"" + name.text + "\" is there twice", name.line);
      } else {
        out.members.emplace_back(name.text, std::move(copied));
      }
    }
    for (auto& one : merged) merge(one, names, out);
  }

  // https://yaml.org/type/merge.html: what is said here, or earlier, stays.
  void merge(Yaml& from, std::set<std::string>& names, Yaml& into) {
    if (from.kind == Yaml::Kind::sequence) {
      for (auto& one : from.items) {
        if (one.kind != Yaml::Kind::mapping) refuse("only mappings can be merged", from.line);
        merge(one, names, into);
      }
      return;
    }
    if (from.kind != Yaml::Kind::mapping) refuse("only mappings can be merged", from.line);
    for (auto& member : from.members) {
      if (names.insert(member.first).second) into.members.push_back(std::move(member));
    }
  }

  std::size_t nodes_ = 0;
  std::size_t text_ = 0;
};

// Plain scalars that are texts and nothing else, however they are read.
bool is_plain(std::string_view text) {
  if (text.empty() || text.size() > 80) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(text.front())) return false;
  const bool harmless = std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/';
  });
  static const std::set<std::string_view> kWords{"y",   "n",    "yes",   "no",  "on",
                                                 "off", "true", "false", "null"};
  std::string lower(text);
  for (auto& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return harmless && !kWords.contains(lower);
}

}  // namespace

const Yaml* Yaml::find(std::string_view name) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const auto& member) { return member.first == name; });
  return found == members.end() ? nullptr : &found->second;
}

Result<Yaml> parse_yaml(std::string_view text) try {
  if (text.size() > kMaxYamlBytes) return fail(Fault::invalid, "must have at most 1 MiB");
  return Copier().copy(YAML::Load(std::string(text)), 0);
} catch (const YAML::Exception& error) {
  return fail(Fault::invalid,
              "line " + std::to_string(error.mark.line + 1) + ": not YAML: " + error.msg);
} catch (const Error& error) {
  return fail(error);
}

std::string yaml_scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      ((out += "\\x") += kDigits[byte >> 4]) += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace monitron::rules
