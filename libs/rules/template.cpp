#include "rules/template.hpp"

#include "promql/escapes.hpp"
#include "rules/template_functions.hpp"

#include <algorithm>
#include <span>

namespace monitron::rules {
namespace {

using Operand = Template::Operand;
using Command = Template::Command;
using Part = Template::Part;

constexpr std::string_view kNoData = "no data";
constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kMaxOperands = 20;
constexpr std::size_t kMaxCommands = 20;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view without_front_space(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text;
}

bool begins_with_space(std::string_view text) {
  return !text.empty() && kSpace.find(text.front()) != std::string_view::npos;
}

tl::unexpected<Error> unknown(std::string_view word) {
  return fail(Fault::invalid, "\"" + std::string(word.substr(0, 100)) +
                                  "\" cannot be used here; there are $labels.…, $value, texts, "
                                  "printf, humanize…, title, toUpper and toLower");
}

// Reads one {{ … }}.
class Reader {
 public:
  // `text`: what follows the opening braces.
  explicit Reader(std::string_view text) : rest_(text) {}

  // What it says; nothing, of a comment.
  Result<std::vector<Command>> read() {
    if (rest_.starts_with('-') && begins_with_space(rest_.substr(1))) {
      trims_before_ = true;
      rest_ = without_front_space(rest_.substr(1));
    }
    if (rest_.starts_with("/*")) return comment();
    auto pipe = pipeline();
    if (!pipe) return pipe;
    if (const auto closed = close(); !closed) return fail(closed.error());
    return pipe;
  }

  std::string_view rest() const { return rest_; }  // after the closing braces
  bool trims_before() const { return trims_before_; }

 private:
  Result<std::vector<Command>> comment() {
    const auto end = rest_.find("*/");
    if (end == std::string_view::npos) return fail(Fault::invalid, "a comment has no end");
    rest_.remove_prefix(end + 2);
    if (const auto closed = close(); !closed) return fail(closed.error());
    return std::vector<Command>{};
  }

  Result<std::vector<Command>> pipeline() {
    std::vector<Command> pipe;
    bool number = false;  // what the commands so far result in
    do {
      if (pipe.size() == kMaxCommands) return fail(Fault::invalid, "a pipe is too long");
      auto next = command(!pipe.empty());
      if (!next) return fail(next.error());
      if (const auto good = check(*next, pipe.empty() ? nullptr : &number); !good) {
        return fail(good.error());
      }
      number = next->function.empty() && next->operands[0].kind == Operand::Kind::value;
      pipe.push_back(std::move(*next));
      rest_ = without_front_space(rest_);
    } while (take("|"));
    return pipe;
  }

  Result<Command> command(bool piped) {
    Command command;
    rest_ = without_front_space(rest_);
    if (rest_.empty()) return fail(Fault::invalid, "{{ has no }}");
    if (const auto name = word(); is_function(name) || name == "printf") {
      command.function = name;
      rest_.remove_prefix(name.size());
    } else if (piped) {
      return name.empty() ? unknown(rest_.substr(0, 1)) : unknown(name);
    }
    for (rest_ = without_front_space(rest_); !at_end_of_command();
         rest_ = without_front_space(rest_)) {
      if (!command.function.empty() && command.operands.size() == kMaxOperands) break;
      if (command.function.empty() && !command.operands.empty()) return unknown(word_or_sign());
      auto next = operand();
      if (!next) return fail(next.error());
      command.operands.push_back(std::move(*next));
    }
    if (command.function.empty() && command.operands.empty()) {
      return fail(Fault::invalid, "{{ }} is empty");
    }
    return command;
  }

  bool at_end_of_command() const {
    return rest_.empty() || rest_.starts_with('|') || rest_.starts_with(kClose) ||
           rest_.starts_with('-');
  }

  Result<Operand> operand() {
    if (rest_.starts_with('"') || rest_.starts_with('`')) return text();
    const auto name = word();
    for (const std::string_view labels : {"$labels.", ".Labels."}) {
      if (!name.starts_with(labels)) continue;
      const auto label = name.substr(labels.size());
      if (label.empty() || !std::all_of(label.begin(), label.end(), is_letter)) break;
      rest_.remove_prefix(name.size());
      return Operand{Operand::Kind::label, std::string(label)};
    }
    if (name != "$value" && name != ".Value") return unknown(word_or_sign());
    rest_.remove_prefix(name.size());
    return Operand{Operand::Kind::value, {}};
  }

  Result<Operand> text() {
    const char quote = rest_.front();
    rest_.remove_prefix(1);
    Operand operand;
    while (!rest_.empty() && rest_.front() != quote) {
      if (quote == '"' && rest_.front() == '\n') break;
      if (quote != '"' || rest_.front() != '\\') {
        operand.text += rest_.front();
        rest_.remove_prefix(1);
        continue;
      }
      const auto escape = promql::read_escape(rest_, quote);
      if (!escape.wrong.empty()) return fail(Fault::invalid, escape.wrong);
      operand.text += escape.value;
      rest_.remove_prefix(escape.bytes);
    }
    if (!take({&quote, 1})) return fail(Fault::invalid, "a text in quotes has no end");
    return operand;
  }

  Result<void> close() {
    rest_ = without_front_space(rest_);
    const bool trims = take("-");
    if (!take(kClose)) {
      if (rest_.empty()) return fail(Fault::invalid, "{{ has no }}");
      return unknown(word_or_sign());
    }
    if (trims) rest_ = without_front_space(rest_);
    return {};
  }

  // `piped`: whether what comes through the pipe is a number; null: nothing comes.
  static Result<void> check(const Command& command, const bool* piped) {
    if (command.function.empty()) return {};
    std::vector<bool> numbers;
    for (const auto& one : command.operands) numbers.push_back(one.kind == Operand::Kind::value);
    if (piped != nullptr) numbers.push_back(*piped);
    if (command.function == "printf") return check_printf(command, numbers);
    const auto problem = [&](const char* text) {
      return fail(Fault::invalid, command.function + text);
    };
    if (numbers.size() != 1) return problem(" takes one operand");
    if (numbers[0] && !takes_numbers(command.function)) return problem(" takes text");
    return {};
  }

  static Result<void> check_printf(const Command& command, const std::vector<bool>& numbers) {
    const bool has_format =
        !command.operands.empty() && command.operands[0].kind == Operand::Kind::text;
    if (!has_format) return fail(Fault::invalid, "printf needs a format in quotes");
    std::string_view format = command.operands[0].text;
    std::size_t used = 1;
    while (format.find('%') != std::string_view::npos) {
      format.remove_prefix(format.find('%'));
      const auto whole = format;
      const auto verb = read_verb(format);
      if (!verb) return fail(verb.error());
      if (verb->letter == '%') continue;
      const auto place = used++;
      if (place >= numbers.size()) continue;
      if (numbers[place] ? is_for_numbers(*verb) : is_for_texts(*verb)) continue;
      return fail(Fault::invalid, "the verb \"" +
                                      std::string(whole.substr(0, whole.size() - format.size())) +
                                      (numbers[place] ? "\" takes text" : "\" takes a number"));
    }
    if (used == numbers.size()) return {};
    return fail(Fault::invalid, "printf has " + std::to_string(numbers.size() - 1) +
                                    " operands, its format wants " + std::to_string(used - 1));
  }

  // A name with what may lead it, or nothing.
  std::string_view word() const {
    std::size_t size = 0;
    while (size < rest_.size() &&
           (is_letter(rest_[size]) || rest_[size] == '.' || rest_[size] == '$')) {
      ++size;
    }
    return rest_.substr(0, size);
  }
  std::string_view word_or_sign() const {
    const auto name = word();
    return name.empty() ? rest_.substr(0, 1) : name;
  }

  bool take(std::string_view what) {
    if (!rest_.starts_with(what)) return false;
    rest_.remove_prefix(what.size());
    return true;
  }

  std::string_view rest_;
  bool trims_before_ = false;
};

Filled value_of(const Operand& operand, const domain::LabelSet& labels, double value) {
  if (operand.kind == Operand::Kind::value) return value;
  if (operand.kind == Operand::Kind::text) return operand.text;
  const auto found = labels.find(operand.text);
  return found == labels.end() ? std::string() : found->second;
}

std::string run(const std::vector<Command>& pipe, const domain::LabelSet& labels, double value) {
  Filled result;
  for (std::size_t i = 0; i < pipe.size(); ++i) {
    std::vector<Filled> arguments;
    for (const auto& one : pipe[i].operands) arguments.push_back(value_of(one, labels, value));
    if (i > 0) arguments.push_back(std::move(result));
    if (pipe[i].function == "printf") {
      const auto format = std::get<std::string>(arguments.front());
      result = print(format, std::span<const Filled>(arguments).subspan(1));
    } else {
      result = pipe[i].function.empty() ? arguments[0] : call(pipe[i].function, arguments[0]);
    }
  }
  return text_of(result);
}

bool names_value(const std::vector<Command>& pipe) {
  return std::any_of(pipe.begin(), pipe.end(), [](const Command& command) {
    return std::any_of(command.operands.begin(), command.operands.end(),
                       [](const auto& operand) { return operand.kind == Operand::Kind::value; });
  });
}

// At the end of a whole letter.
void cut(std::string& text, std::size_t size) {
  if (text.size() <= size) return;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  text.resize(size);
}

}  // namespace

Result<Template> Template::parse(std::string_view text) {
  Template result;
  for (auto open = text.find(kOpen); open != std::string_view::npos; open = text.find(kOpen)) {
    if (result.parts_.size() == kMaxPlaces) {
      return fail(Fault::invalid, "more than " + std::to_string(kMaxPlaces) + " {{ }}");
    }
    Reader reader(text.substr(open + kOpen.size()));
    auto pipe = reader.read();
    if (!pipe) return fail(pipe.error());
    auto before = text.substr(0, open);
    if (reader.trims_before()) before = before.substr(0, before.find_last_not_of(kSpace) + 1);
    result.parts_.push_back({std::string(before), std::move(*pipe)});
    text = reader.rest();
  }
  result.parts_.push_back({std::string(text), {}});
  return result;
}

std::string Template::fill(const domain::LabelSet& labels, std::optional<double> value) const {
  std::string out;
  for (const auto& part : parts_) {
    out += part.text;
    if (!value && names_value(part.pipe)) {
      out += kNoData;
    } else if (!part.pipe.empty()) {
      out += run(part.pipe, labels, value.value_or(0));
    }
    if (out.size() > kMaxFilled) break;
  }
  cut(out, kMaxFilled);
  return out;
}

domain::LabelSet filled(domain::LabelSet texts, const domain::LabelSet& labels,
                        std::optional<double> value) {
  for (auto& [name, text] : texts) {
    if (text.find(kOpen) == std::string::npos) continue;
    if (const auto parsed = Template::parse(text)) text = parsed->fill(labels, value);
  }
  return texts;
}

}  // namespace monitron::rules
