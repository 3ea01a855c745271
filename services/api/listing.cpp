#include "api/listing.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "http/validator.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr std::size_t kMostFields = 100;
constexpr std::size_t kMostLabels = 20;
constexpr std::size_t kIdLength = 36;
constexpr char kEndOfMark = '/';

tl::unexpected<Refusal> bad_query(const char* name, std::string message) {
  return refuse_fields({{name, "invalid", std::move(message)}});
}

Outcome<int> limit_of(const http::Request& request) {
  const auto text = request.query_one("limit");
  if (!text) return kDefaultLimit;
  const auto limit = parse_number<int>(*text);
  if (!limit || *limit < 1 || *limit > kMaxLimit) {
    return bad_query("limit", "must be a whole number from 1 to 1000");
  }
  return *limit;
}

// What the cursors of a list begin with: which list it is, by its address, sort and filters
// (FNV-1a).
std::string mark_of(const http::Request& request) {
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    hash = (hash ^ 0xFFU) * 1'099'511'628'211U;  // no text has it
  };
  add(request.path);
  for (const auto& [name, value] : request.query) {
    if (name == "limit" || name == "cursor") continue;
    add(name);
    add(value);
  }
  return std::to_string(hash);
}

// Whether a row may be sorted by this text: cursors come from outside.
bool fits(const store::SortKey* key, const std::string& value) {
  constexpr std::int64_t kMost = std::int64_t{1} << 58;  // of microseconds: beyond the year 9999
  if (key == nullptr) return value.empty();
  if (key->type == store::SortKey::Type::text) return true;
  const auto number = parse_number<std::int64_t>(value);
  return number && *number <= kMost && *number >= -kMost;
}

}  // namespace

tl::unexpected<Refusal> bad_cursor() {
  return bad_query("cursor", "is not one that was given out");
}

Outcome<PagePlace> page_place(const http::Request& request) {
  const auto limit = limit_of(request);
  if (!limit) return tl::unexpected(limit.error());
  const auto cursor = request.query_one("cursor");
  if (!cursor || cursor->empty()) return PagePlace{.limit = *limit};
  const auto text = from_base64url(*cursor);
  const bool is_text =
      text && !text->empty() && is_valid_utf8(*text) && text->find('\0') == std::string::npos;
  if (!is_text) return bad_cursor();
  // A bare id: the places of things by their ids, as GraphQL tells them.
  if (Uuid::parse(*text) && !request.query_one("sort")) {
    return PagePlace{.limit = *limit, .position = *text};
  }
  const auto end = text->find(kEndOfMark);
  if (end == std::string::npos || end + 1 == text->size()) return bad_cursor();
  if (text->substr(0, end) != mark_of(request)) {
    return bad_query("cursor", "was given out for another sort or other filters");
  }
  return PagePlace{.limit = *limit, .position = text->substr(end + 1)};
}

Outcome<void> sort_query(const http::Request& request, const store::Listing& listing,
                         store::PageQuery& query) {
  const auto text = request.query_one("sort");
  if (!text) return {};
  query.descending = text->starts_with('-');
  const auto name = text->substr(query.descending ? 1 : 0);
  std::string all;
  for (const auto& key : listing.keys) {
    if (key.name == name) query.sort = &key;
    all += (all.empty() ? "" : ", ") + key.name;
  }
  if (query.sort != nullptr) return {};
  return bad_query("sort", "must be one of: " + all + "; with - before it downwards");
}

Outcome<store::PageQuery> page_query(const http::Request& request, const store::Listing& listing,
                                     std::initializer_list<const char*> filters) {
  std::vector<const char*> names = {"limit", "cursor", "sort"};
  names.insert(names.end(), filters);
  if (!listing.searched.empty()) names.push_back("q");
  if (const auto known = known_query(request, names); !known) return tl::unexpected(known.error());
  store::PageQuery query{.text = request.query_one("q").value_or("")};
  if (const auto sort = sort_query(request, listing, query); !sort) {
    return tl::unexpected(sort.error());
  }
  const auto place = page_place(request);
  if (!place) return tl::unexpected(place.error());
  query.limit = place->limit;
  if (place->position.empty()) return query;
  const auto id = Uuid::parse(place->position.substr(0, kIdLength));
  if (!id) return bad_cursor();
  query.after = *id;
  query.value = place->position.substr(std::min(kIdLength, place->position.size()));
  const auto* key = query.sort;
  for (const auto& one : listing.keys) {
    if (key == nullptr && one.name == listing.usual) key = &one;
  }
  if (!fits(key, query.value)) return bad_cursor();
  return query;
}

Json cursor_of(const http::Request& request, const std::string& position) {
  if (position.empty()) return nullptr;
  return to_base64url(mark_of(request) + kEndOfMark + position);
}

http::Response page_answer(const http::Request& request, Json items, const std::string& next) {
  return json_answer(200, {{"items", std::move(items)}, {"next_cursor", cursor_of(request, next)}});
}

Outcome<void> known_query(const http::Request& request, const std::vector<const char*>& names) {
  for (const auto& [name, value] : request.query) {
    bool known = false;
    for (const auto* one : names) known = known || name == one;
    if (!known)
      return refuse_fields({{name.substr(0, 200), "unknown", "is not a parameter of this"}});
    if (value.size() > 4096) return refuse_fields({{name, "too_long", "is too long"}});
  }
  return {};
}

Outcome<store::LabelFilters> label_query(const http::Request& request) {
  using How = store::LabelFilter::How;
  store::LabelFilters filters;
  const auto [first, last] = request.query.equal_range("label");
  for (auto given = first; given != last; ++given) {
    const auto& text = given->second;
    const auto end = text.find_first_of("=!:");
    store::LabelFilter filter{.name = text.substr(0, end), .how = How::exists};
    const bool differs = end != std::string::npos && text.compare(end, 2, "!=") == 0;
    const bool wrong = end != std::string::npos && text[end] == '!' && !differs;
    if (filter.name.empty() || wrong || text.find('\0') != std::string::npos) {
      return bad_query("label", "must look like name=value, name!=value or name");
    }
    if (end != std::string::npos) {
      filter.how = differs ? How::differs : How::equals;
      filter.value = text.substr(end + (differs ? 2 : 1));
    }
    filters.push_back(std::move(filter));
  }
  if (filters.size() > kMostLabels) return bad_query("label", "may be given 20 times at most");
  return filters;
}

Outcome<std::string> choice_query(const http::Request& request, const char* name,
                                  const std::vector<std::string>& choices) {
  const auto text = request.query_one(name).value_or("");
  if (text.empty() || std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  std::string all;
  for (const auto& choice : choices) all += (all.empty() ? "" : ", ") + choice;
  return bad_query(name, "must be one of: " + all);
}

Outcome<std::optional<bool>> flag_query(const http::Request& request, const char* name) {
  const auto text = choice_query(request, name, {"true", "false"});
  if (!text) return tl::unexpected(text.error());
  return text->empty() ? std::optional<bool>() : *text == "true";
}

Outcome<std::optional<Uuid>> uuid_query(const http::Request& request, const char* name) {
  const auto text = request.query_one(name);
  if (!text) return std::optional<Uuid>();
  const auto id = Uuid::parse(*text);
  if (!id) return bad_query(name, "must be a UUID");
  return std::optional<Uuid>(*id);
}

Outcome<std::vector<Uuid>> uuids_query(const http::Request& request, const char* name) {
  std::vector<Uuid> ids;
  const auto text = request.query_one(name);
  if (!text) return ids;
  for (const auto& part : split_list(*text)) {
    const auto id = Uuid::parse(part);
    if (!id) return bad_query(name, "must be UUIDs, separated by commas");
    ids.push_back(*id);
  }
  if (ids.empty() || ids.size() > kMaxIds) return bad_query(name, "must be 1 to 100 UUIDs");
  return ids;
}

Outcome<std::optional<Instant>> time_query(const http::Request& request, const char* name) {
  const auto text = request.query_one(name);
  if (!text) return std::optional<Instant>();
  const auto time = parse_rfc3339(*text);
  if (!time) return bad_query(name, "must be a time like 2026-11-21T10:00:00Z");
  return std::optional<Instant>(*time);
}

Outcome<Uuid> path_id(const http::Request& request) {
  const auto id = Uuid::parse(request.params.at("id"));
  if (!id) return refuse(Fault::not_found, "nothing has this id");
  return *id;
}

Outcome<Uuid> only_id(const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  return path_id(request);
}

Outcome<TimeRange> range_query(const http::Request& request) {
  const auto from = time_query(request, "from");
  if (!from) return tl::unexpected(from.error());
  const auto to = time_query(request, "to");
  if (!to) return tl::unexpected(to.error());
  if (*from && *to && **to <= **from) return bad_query("to", "must be after from");
  return TimeRange{*from, *to};
}

Outcome<http::Response> select_fields(const http::Request& request, const OutcomeHandler& handler) {
  const auto wanted = split_list(request.query_one("fields").value_or(""));
  if (wanted.empty() || wanted.size() > kMostFields) {
    return bad_query("fields", "must name 1 to 100 members, separated by commas");
  }
  auto rest = request;
  rest.query.erase("fields");
  auto answer = handler(rest);
  if (!answer || answer->status != 200) return answer;
  auto body = Json::parse(answer->body, nullptr, false);
  const auto select = [&](Json& object) {
    Json selected = Json::object();
    for (auto& [name, member] : object.items()) {
      const bool is_wanted = std::find(wanted.begin(), wanted.end(), name) != wanted.end();
      if (name == "id" || is_wanted) selected[name] = std::move(member);
    }
    object = std::move(selected);
  };
  const bool is_page = body.is_object() && body.contains("items") && body["items"].is_array();
  if (is_page) {
    for (auto& item : body["items"]) select(item);
  } else if (body.is_object()) {
    select(body);
  } else {
    return bad_query("fields", "is not for what this answers");
  }
  answer->body = json_answer(200, body).body;
  return answer;
}

std::string etag_of(int version) { return "\"v" + std::to_string(version) + "\""; }

Outcome<void> check_if_match(const http::Request& request, int version) {
  const auto wanted = request.header("if-match");
  if (wanted.empty()) return {};
  for (const auto& tag : split_list(wanted)) {
    if (tag == "*" || http::version_of_tag(tag) == etag_of(version)) return {};
  }
  return refuse(http::Problem{.status = 412,
                              .detail = "its version is " + etag_of(version) +
                                        ", which If-Match does not name: was it changed since it "
                                        "was read?",
                              .headers = {{"ETag", etag_of(version)}}});
}

http::Response with_etag(http::Response response, int version) {
  response.headers.emplace_back("ETag", etag_of(version));
  return response;
}

Json time_or_null(const std::optional<Instant>& time) {
  return time ? Json(to_rfc3339(*time)) : Json(nullptr);
}

Json id_or_null(const std::optional<Uuid>& id) { return id ? Json(id->str()) : Json(nullptr); }

Json json_or_null(const std::string& text) {
  auto json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json(nullptr) : json;
}

store::AuditEntry audit_entry(const http::Request& request, std::string action,
                              const std::string& object_id, const Json& change) {
  store::AuditEntry entry;
  entry.actor_kind = request.caller.kind.empty() ? "nobody" : request.caller.kind;
  entry.actor_id = request.caller.id;
  if (entry.actor_kind == "user") entry.credential = request.caller.name;  // the session
  if (entry.actor_kind == "token") entry.credential = request.caller.id;
  entry.object = action.substr(0, action.find('.'));
  entry.action = std::move(action);
  entry.object_id = object_id;
  entry.change = change.dump(-1, ' ', false, Json::error_handler_t::replace);
  entry.peer = request.peer;
  entry.request_id = request.request_id;
  return entry;
}

}  // namespace monitron::api
