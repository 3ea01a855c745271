#include "cli/given_time.hpp"

#include "base/text.hpp"

namespace monitron::cli {

Result<Instant> given_time(const std::string& text, Direction direction) {
  if (const auto span = parse_duration(text)) {
    const auto now = system_clock().now();
    return direction == Direction::ahead ? now + *span : now - *span;
  }
  if (const auto time = parse_rfc3339(text)) return *time;
  return fail(Fault::invalid, "\"" + text +
                                  "\" is neither a time (2026-11-22T10:00:00Z) nor a duration like "
                                  "2h or 7d");
}

Result<std::chrono::milliseconds> given_duration(const std::string& text) {
  const auto lasts = parse_duration(text);
  if (lasts && lasts->count() > 0) return *lasts;
  return fail(Fault::invalid, "\"" + text + "\" is no duration like 2h or 1h30m");
}

}  // namespace monitron::cli
