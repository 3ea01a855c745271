#include "cli/rule_files.hpp"

#include "cli/table.hpp"
#include "rules/unit_test_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <glob.h>
#include <sstream>

namespace monitron::cli {
namespace {

std::string told(const std::string& path, const rules::Problems& problems) {
  std::string text;
  for (const auto& one : problems) {
    text += (text.empty() ? "" : "\n") + path;
    if (one.line > 0) text += ":" + std::to_string(one.line);
    text += ": " + (one.field.empty() ? "" : one.field + ": ") + one.reason;
  }
  return text;
}

Result<rules::RuleFile> rule_file_at(const std::string& path) {
  const auto yaml = contents(path);
  if (!yaml) return fail(yaml.error());
  rules::RuleFile file;
  const auto problems = rules::read_rule_file(*yaml, file);
  if (!problems.empty()) return fail(Fault::invalid, told(path, problems));
  return file;
}

// The files that a pattern means; relative to the folder of the file that names it.
Result<std::vector<std::string>> matching(const std::string& pattern, const std::string& of) {
  std::filesystem::path path(pattern);
  if (path.is_relative()) path = std::filesystem::path(of).parent_path() / path;
  ::glob_t found{};
  const int error = ::glob(path.c_str(), 0, nullptr, &found);
  std::vector<std::string> paths;
  if (error == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (paths.empty()) return fail(Fault::not_found, of + ": no rule file matches " + pattern);
  return paths;
}

Result<std::vector<std::string>> outcome_of(const std::string& path, std::size_t& tests) {
  const auto yaml = contents(path);
  if (!yaml) return fail(yaml.error());
  rules::UnitTestFile file;
  const auto problems = rules::read_unit_test_file(*yaml, file);
  if (!problems.empty()) return fail(Fault::invalid, told(path, problems));
  std::vector<rules::RuleFile> with;
  for (const auto& pattern : file.rule_files) {
    const auto paths = matching(pattern, path);
    if (!paths) return fail(paths.error());
    for (const auto& one : *paths) {
      auto rules = rule_file_at(one);
      if (!rules) return fail(rules.error());
      with.push_back(std::move(*rules));
    }
  }
  tests = file.tests.size();
  return rules::run_unit_tests(file, with);
}

std::string count_of(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string indented(const std::string& text) {
  std::string out = "  ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

}  // namespace

std::string told(const rules::Remark& remark) {
  auto text = "warning: " + remark.group + (remark.rule.empty() ? "" : ", " + remark.rule) + ": " +
              remark.field + ": " + remark.reason;
  return printable(text) + "\n";
}

Result<std::string> contents(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (file && text) return std::move(text).str();
  return fail(Fault::not_found, path + ": " + std::strerror(errno == 0 ? EIO : errno));
}

int check_rules(const std::vector<std::string>& paths, std::ostream& out, std::ostream& err) {
  int code = 0;
  for (const auto& path : paths) {
    const auto file = rule_file_at(path);
    const auto remarks = file ? rules::remarks_on(*file) : rules::Remarks();
    if (!file || !remarks.refused.empty()) {
      err << (file ? told(path, remarks.refused) : file.error().text) << '\n';
      code = 1;
      continue;
    }
    std::size_t rules = 0;
    for (const auto& group : file->groups) rules += group.rules.size();
    out << path << ": " << count_of(rules, "rule") << " in "
        << count_of(file->groups.size(), "group") << '\n';
    for (const auto& one : remarks.warnings) out << told(one);
  }
  return code;
}

int test_rules(const std::vector<std::string>& paths, std::ostream& out, std::ostream& err) {
  int code = 0;
  for (const auto& path : paths) {
    std::size_t tests = 0;
    const auto wrong = outcome_of(path, tests);
    if (!wrong) {
      err << wrong.error().text << '\n';
      code = 1;
    } else if (wrong->empty()) {
      out << path << ": " << count_of(tests, "test") << " passed\n";
    } else {
      out << path << ": FAILED\n";
      for (const auto& one : *wrong) out << indented(one) << '\n';
      code = 1;
    }
  }
  return code;
}

}  // namespace monitron::cli
