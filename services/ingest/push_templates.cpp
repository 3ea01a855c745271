#include "ingest/push_templates.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstring>

namespace monitron::ingest {

// Text between the numbers, and what each of these is.
struct PushTemplate {
  enum class Kind { value, number_time, text_time };
  struct Slot {
    std::uint32_t before = 0;  // bytes of text that come first
    std::uint32_t metric = 0;
    Kind kind = Kind::value;
  };
  struct Metric {
    std::uint32_t series = 0;
    double value = 0;       // where it is no number: "NaN"
    bool has_time = false;  // else it is of now
  };
};

struct PushTemplates::Template : PushTemplate {
  Uuid server;
  std::string text;
  std::vector<Slot> slots;
  std::vector<Metric> metrics;
  contracts::PackedDictionary dictionary;
  std::uint32_t series_count = 0;

  std::size_t bytes() const {
    return text.size() + slots.size() * sizeof(Slot) + metrics.size() * sizeof(Metric) +
           dictionary.packed.size() + sizeof(Template);
  }
};

namespace {

constexpr std::size_t kHeadBytes = 80;  // of a body: with the id of its server, if that comes first
constexpr int kMostMisses = 4;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// Where the number of JSON ends that begins at `at`; `at` itself: it is none, or one that is so
// long that it may not be read alike by all.
std::size_t end_of_number(std::string_view text, std::size_t at) {
  const auto from = at;
  if (at < text.size() && text[at] == '-') ++at;
  const auto whole = at;
  at = digits(text, at);
  if (at == whole || (text[whole] == '0' && at > whole + 1)) return from;
  if (at < text.size() && text[at] == '.') {
    const auto fraction = digits(text, at + 1);
    if (fraction == at + 1) return from;
    at = fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    auto exponent = at + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    const auto end = digits(text, exponent);
    if (end == exponent) return from;
    at = end;
  }
  if (text.substr(from, at - from) == "-0") return from;  // simdjson takes it for a plain 0
  constexpr std::size_t kMostBytes = 18;
  return at - from > kMostBytes && text.substr(from, at - from).find('.') == std::string_view::npos
             ? from
             : at;
}

// Behind the quote that ends a text; npos: there is none, or something is escaped.
std::size_t end_of_plain_text(std::string_view text, std::size_t at) {
  if (at >= text.size() || text[at] != '"') return std::string_view::npos;
  const auto end = text.find_first_of("\"\\", at + 1);
  if (end == std::string_view::npos || text[end] == '\\') return std::string_view::npos;
  return end + 1;
}

// Walks over a body that is known to be what it should be.
class Learner {
 public:
  explicit Learner(std::string_view body) : body_(body) {}

  bool learn(PushTemplates::Template& form) {
    bool found = false;
    if (!enter('{')) return false;
    while (!leave('}')) {
      std::string_view name;
      if (!take_name(name)) return false;
      if (name != "metrics") {
        if (!skip_value()) return false;
        continue;
      }
      if (found || !take_metrics(form)) return false;
      found = true;
    }
    form.text.append(body_.substr(copied_));
    return found;
  }

 private:
  void skip_blanks() {
    while (at_ < body_.size() && is_blank(body_[at_])) ++at_;
  }
  bool enter(char bracket) {
    skip_blanks();
    if (at_ >= body_.size() || body_[at_] != bracket) return false;
    ++at_;
    return true;
  }
  // Over a comma or the end.
  bool leave(char bracket) {
    skip_blanks();
    if (at_ < body_.size() && body_[at_] == ',') ++at_;
    return at_ >= body_.size() || enter(bracket);
  }
  bool take_name(std::string_view& name) {
    skip_blanks();
    const auto end = end_of_plain_text(body_, at_);
    if (end == std::string_view::npos) return false;
    name = body_.substr(at_ + 1, end - at_ - 2);
    at_ = end;
    if (!enter(':')) return false;
    skip_blanks();
    return at_ < body_.size();
  }
  bool skip_text() {
    for (++at_; at_ < body_.size(); ++at_) {
      if (body_[at_] == '\\') {
        ++at_;
      } else if (body_[at_] == '"') {
        ++at_;
        return true;
      }
    }
    return false;
  }
  bool skip_value() {
    int depth = 0;
    while (at_ < body_.size()) {
      const char c = body_[at_];
      if (c == '"') {
        if (!skip_text()) return false;
      } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
        return true;
      } else {
        depth += c == '{' || c == '[' ? 1 : 0;
        depth -= c == '}' || c == ']' ? 1 : 0;
        ++at_;
      }
      if (depth == 0 && at_ > 0 && (body_[at_ - 1] == '"' || body_[at_ - 1] == '}')) return true;
    }
    return false;
  }
  bool take_metrics(PushTemplates::Template& form) {
    if (!enter('[')) return false;
    for (std::uint32_t metric = 0; !leave(']'); ++metric) {
      if (metric >= form.metrics.size() || !enter('{')) return false;
      while (!leave('}')) {
        std::string_view name;
        if (!take_name(name)) return false;
        if (name == "value" && body_[at_] != '"') add(form, metric, PushTemplate::Kind::value);
        if (name == "timestamp") {
          form.metrics[metric].has_time = true;
          const bool text = body_[at_] == '"';
          add(form, metric, text ? PushTemplate::Kind::text_time : PushTemplate::Kind::number_time);
        }
        if (!skip_value()) return false;
        if (slot_open_) copied_ = at_;
        slot_open_ = false;
      }
    }
    return true;
  }
  void add(PushTemplates::Template& form, std::uint32_t metric, PushTemplate::Kind kind) {
    form.text.append(body_.substr(copied_, at_ - copied_));
    form.slots.push_back({static_cast<std::uint32_t>(at_ - copied_), metric, kind});
    slot_open_ = true;
  }

  const std::string_view body_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;
  bool slot_open_ = false;
};

// Reads a body by a template.
class Filler {
 public:
  Filler(const PushTemplates::Template& form, std::string_view body, const TimeWindow& window,
         Instant now)
      : form_(form), body_(body), window_(window), now_ms_(to_ms(now)) {}

  std::optional<std::vector<contracts::Point>> fill() {
    std::vector<contracts::Point> points(form_.metrics.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      points[i] = {form_.metrics[i].series, now_ms_, form_.metrics[i].value};
    }
    std::size_t text = 0;
    for (const auto& slot : form_.slots) {
      if (!same(text, slot.before)) return std::nullopt;
      text += slot.before;
      auto& point = points[slot.metric];
      const bool taken = slot.kind == PushTemplate::Kind::value ? take_number(point.value)
                                                                : take_time(slot.kind, point);
      if (!taken) return std::nullopt;
    }
    if (!same(text, form_.text.size() - text) || at_ != body_.size()) return std::nullopt;
    return points;
  }

 private:
  bool same(std::size_t text, std::size_t size) {
    if (body_.size() - at_ < size) return false;
    if (std::memcmp(body_.data() + at_, form_.text.data() + text, size) != 0) return false;
    at_ += size;
    return true;
  }
  bool take_number(double& number) {
    const auto end = end_of_number(body_, at_);
    if (end == at_) return false;
    const auto parsed = parse_number<double>(body_.substr(at_, end - at_));
    if (!parsed) return false;
    number = *parsed;
    at_ = end;
    return true;
  }
  bool take_time(PushTemplate::Kind kind, contracts::Point& point) {
    // All metrics of a body are of one time, as a rule.
    if (!last_time_.empty() && body_.substr(at_, last_time_.size()) == last_time_ &&
        at_ + last_time_.size() < body_.size() && !continues(body_[at_ + last_time_.size()])) {
      at_ += last_time_.size();
      point.time_ms = last_ms_;
      return true;
    }
    const auto from = at_;
    if (kind == PushTemplate::Kind::number_time) {
      double number = 0;
      if (!take_number(number)) return false;
      last_ms_ = push_time_of(number);
    } else {
      const auto end = end_of_plain_text(body_, at_);
      if (end == std::string_view::npos) return false;
      const auto parsed = parse_rfc3339(body_.substr(at_ + 1, end - at_ - 2));
      if (!parsed) return false;
      last_ms_ = to_ms(*parsed);
      at_ = end;
    }
    if (!window_.contains(last_ms_)) return false;
    last_time_ = body_.substr(from, at_ - from);
    point.time_ms = last_ms_;
    return true;
  }
  static bool continues(char c) {
    return is_digit(c) || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
  }

  const PushTemplates::Template& form_;
  const std::string_view body_;
  const TimeWindow& window_;
  const std::int64_t now_ms_;
  std::size_t at_ = 0;
  std::string_view last_time_;
  std::int64_t last_ms_ = 0;
};

std::string head_of(const std::string& body) { return body.substr(0, kHeadBytes); }

}  // namespace

std::array<std::shared_ptr<const PushTemplates::Template>, 2> PushTemplates::forms_of(
    const std::string& body) {
  const std::lock_guard lock(mutex_);
  const auto family = families_.find(head_of(body));
  if (family == families_.end()) return {};
  ++family->second.misses;
  return family->second.forms;
}

void PushTemplates::note_hit(const std::string& body) {
  const std::lock_guard lock(mutex_);
  const auto family = families_.find(head_of(body));
  if (family != families_.end()) family->second.misses = 0;
}

std::optional<Push> PushTemplates::read(const std::string& body, const TimeWindow& window,
                                        Instant now) {
  for (const auto& form : forms_of(body)) {
    if (!form) continue;
    auto points = Filler(*form, body, window, now).fill();
    if (!points) continue;
    note_hit(body);
    Push push;
    push.server = form->server;
    push.block.dictionary = form->dictionary;
    push.block.series_count = form->series_count;
    push.block.points = std::move(*points);
    return push;
  }
  return std::nullopt;
}

void PushTemplates::learn(const std::string& body, const Push& push) {
  {
    // Who sends something else each time is not worth it.
    const std::lock_guard lock(mutex_);
    const auto family = families_.find(head_of(body));
    if (family != families_.end() && family->second.misses > kMostMisses) return;
  }
  auto form = std::make_shared<Template>();
  form->server = push.server;
  form->dictionary = push.block.dictionary;
  form->series_count = push.block.series_count;
  for (const auto& point : push.block.points) form->metrics.push_back({point.series, point.value});
  if (!Learner(body).learn(*form)) return;
  if (form->slots.empty() || form->slots.front().before < kHeadBytes) return;
  const std::lock_guard lock(mutex_);
  if (bytes_ + form->bytes() > max_bytes_) {
    families_.clear();
    bytes_ = 0;
  }
  auto& family = families_[head_of(body)];
  auto& place = family.forms.at(family.next);
  if (place) bytes_ -= place->bytes();
  bytes_ += form->bytes();
  place = std::move(form);
  family.next = (family.next + 1) % family.forms.size();
}

}  // namespace monitron::ingest
