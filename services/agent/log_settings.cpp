#include "agent/log_settings.hpp"

#include "agent/named_value.hpp"
#include "base/bytes.hpp"

#include <re2/re2.h>
#include <set>

namespace monitron::agent {
namespace {

constexpr std::size_t kLongestExpression = 1000;
constexpr std::int64_t kMostMemory = 1 << 20;  // of one expression; beyond it, it is slower

Result<LogFile> read_file(const NamedValue& given) {
  const bool is_path = given.value.starts_with('/') && !given.value.ends_with('/');
  if (is_path && is_valid_utf8(given.value)) {
    return LogFile{given.name, given.value};
  }
  return fail(Fault::invalid, "is not the path of a file, from / on");
}

Result<LogPattern> read_pattern(const NamedValue& given) {
  const auto& text = given.value;
  if (text.empty() || text.size() > kLongestExpression) {
    return fail(Fault::invalid, "must have 1 to 1000 bytes");
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(kMostMemory);
  auto expression = std::make_shared<const RE2>(text, options);
  if (!expression->ok()) return fail(Fault::invalid, expression->error());
  return LogPattern{given.name, std::move(expression)};
}

// Of each flag what it says, by `read`; each name once, and so many at most.
template <class One>
std::vector<One> read_all(const char* flag, const char* form, std::size_t most,
                          const std::vector<std::string>& texts,
                          Result<One> (*read)(const NamedValue&),
                          std::vector<std::string>& mistakes) {
  std::vector<One> all;
  std::set<std::string> names;
  for (const auto& text : texts) {
    const auto named = parse_named(text, form);
    auto one = named ? read(*named) : fail(named.error());
    if (!one) {
      mistakes.push_back(flag + (" " + text) + ": " + one.error().text);
    } else if (!names.insert(one->name).second) {
      mistakes.push_back(flag + (" " + one->name) + ": is given twice");
    } else {
      all.push_back(*std::move(one));
    }
  }
  if (texts.size() > most) {
    mistakes.push_back(std::string(flag) + ": is given more than " + std::to_string(most) +
                       " times");
  }
  return all;
}

}  // namespace

bool LogPattern::matches(std::string_view line) const {
  return RE2::PartialMatch({line.data(), line.size()}, *expression);
}

LogSettings read_log_settings(const std::vector<std::string>& files,
                              const std::vector<std::string>& patterns,
                              std::vector<std::string>& mistakes) {
  return {read_all("--log-file", "name=path", kMostLogs, files, read_file, mistakes),
          read_all("--log-pattern", "name=regular expression", kMostPatterns, patterns,
                   read_pattern, mistakes)};
}

}  // namespace monitron::agent
