#include "probe/http_judge.hpp"

#include "base/text.hpp"
#include "probe/expressions.hpp"
#include "probe/json_assertion.hpp"
#include "probe/json_select.hpp"
#include "probe/legible.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <re2/re2.h>

namespace monitron::probe {

using domain::HttpSettings;
using nlohmann::json;

namespace {

class Judge {
 public:
  Judge(const HttpSettings& settings, const HttpResponse& response, Expressions& expressions)
      : settings_(settings), response_(response), expressions_(expressions) {}

  HttpVerdict verdict() {
    HttpVerdict verdict;
    verdict.reason = complain_of_version();
    const auto next = [&](std::string (Judge::*complain)()) {
      if (verdict.reason.empty()) verdict.reason = (this->*complain)();
    };
    next(&Judge::complain_of_status);
    next(&Judge::complain_of_headers);
    next(&Judge::complain_of_text);
    next(&Judge::complain_of_json);
    verdict.expressions_fit = expressions_fit();
    for (const auto& one : settings_.extract) extract(one, verdict);
    return verdict;
  }

 private:
  std::string complain_of_version() {
    if (settings_.http_version != "2" || response_.version >= 2) return "";
    return "the target speaks HTTP/1.1, expected HTTP/2";
  }

  std::string complain_of_status() {
    std::string wanted;
    for (const auto& text : settings_.expected_status) {
      const auto range = domain::parse_status_range(text);
      if (range && response_.status >= range->first && response_.status <= range->last) return "";
      wanted.append(wanted.empty() ? "" : ", ").append(text);
    }
    return "status " + std::to_string(response_.status) + ", expected " + wanted;
  }

  std::string complain_of_headers() {
    for (const auto& [name, pattern] : settings_.header_matches) {
      const auto values = response_.headers(name);
      if (values.empty()) return "the answer has no header " + name;
      const auto* expression = expressions_.find(pattern);
      bool any = false;
      for (const auto value : values) any |= expression != nullptr && matches(*expression, value);
      if (!any) {
        return "header " + name + " is " + in_quotes(values.front()) + ", expected /" + pattern +
               "/";
      }
    }
    return "";
  }

  std::string complain_of_text() {
    const std::string& body = response_.body.text();
    const auto& has = settings_.body_contains;
    const auto& lacks = settings_.body_not_contains;
    if (!has.empty() && body.find(has) == std::string::npos) {
      return "the body does not contain " + in_quotes(has) + so_far();
    }
    if (!lacks.empty() && body.find(lacks) != std::string::npos) {
      return "the body contains " + in_quotes(lacks);
    }
    if (!settings_.body_matches.empty() && !body_matches(settings_.body_matches)) {
      return "the body does not match /" + settings_.body_matches + "/" + so_far();
    }
    if (!settings_.body_not_matches.empty() && body_matches(settings_.body_not_matches)) {
      return "the body matches /" + settings_.body_not_matches + "/";
    }
    return "";
  }

  std::string complain_of_json() {
    if (settings_.json.empty()) return "";
    if (!document()) return "the body " + json_trouble_;
    for (const auto& assertion : settings_.json) {
      if (auto complaint = complain(assertion, *document(), expressions_); !complaint.empty()) {
        return complaint;
      }
    }
    return "";
  }

  std::optional<bool> expressions_fit() {
    const bool asked = !settings_.body_matches.empty() || !settings_.body_not_matches.empty() ||
                       !settings_.header_matches.empty();
    if (!asked) return std::nullopt;
    if (!complain_of_headers().empty()) return false;
    return (settings_.body_matches.empty() || body_matches(settings_.body_matches)) &&
           (settings_.body_not_matches.empty() || !body_matches(settings_.body_not_matches));
  }

  void extract(const domain::Extraction& one, HttpVerdict& verdict) {
    const auto number = one.regex.empty() ? number_at(one.json_path) : number_by(one.regex);
    if (number) {
      domain::ProbeValue value{one.metric, {}, *number};
      value.labels.assign(one.labels.begin(), one.labels.end());
      return verdict.series.push_back(std::move(value));
    }
    verdict.notes.append(verdict.notes.empty() ? "" : "\n").append(one.metric).append(": ");
    verdict.notes.append(number.error().text);
  }

  Result<double> number_at(const std::string& path_text) {
    if (!document()) return fail(Fault::invalid, "the body " + json_trouble_);
    const auto path = domain::JsonPath::parse(path_text);
    if (!path) return fail(path.error());
    const auto found = select(*path, *document(), expressions_);
    if (!found) return fail(found.error());
    if (found->size() != 1) {
      return fail(Fault::invalid, path_text + " selects " + std::to_string(found->size()) +
                                      " values, expected one");
    }
    const json& value = *found->front();
    if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
    if (value.is_number()) return value.get<double>();
    if (value.is_string()) return number_in(value.get_ref<const std::string&>());
    return fail(Fault::invalid, path_text + " is " + shown(value) + ", expected a number");
  }

  Result<double> number_by(const std::string& pattern) {
    const auto* expression = expressions_.find(pattern);
    const std::string& body = response_.body.text();
    std::string group;
    if (expression == nullptr || expression->NumberOfCapturingGroups() < 1) {
      return fail(Fault::invalid, "the expression has no group");
    }
    if (!re2::RE2::PartialMatch(body, *expression, &group)) {
      return fail(Fault::invalid, "nothing matches /" + pattern + "/" + so_far());
    }
    return number_in(group);
  }

  static Result<double> number_in(std::string_view text) {
    const auto number = parse_number<double>(trim(text));
    if (number && std::isfinite(*number)) return *number;
    return fail(Fault::invalid, in_quotes(text) + " is no number");
  }

  bool body_matches(const std::string& pattern) {
    const auto* expression = expressions_.find(pattern);
    return expression != nullptr && matches(*expression, response_.body.text());
  }

  const json* document() {
    if (!json_read_) {
      json_read_ = true;
      auto read = parse_json(response_.body.text());
      if (read) json_ = std::move(*read);
      if (!read) json_trouble_ = read.error().text + so_far();
    }
    return json_ ? &*json_ : nullptr;
  }

  // What is missing may stand in the part that was not read.
  std::string so_far() const {
    if (!response_.body.cut()) return "";
    return " (only its first " + std::to_string(response_.body.limit()) + " bytes were read)";
  }

  const HttpSettings& settings_;
  const HttpResponse& response_;
  Expressions& expressions_;
  bool json_read_ = false;
  std::optional<json> json_;
  std::string json_trouble_;
};

}  // namespace

HttpVerdict judge(const HttpSettings& settings, const HttpResponse& response,
                  Expressions& expressions) {
  return Judge(settings, response, expressions).verdict();
}

}  // namespace monitron::probe
