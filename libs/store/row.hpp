#pragma once
// Reading rows and building queries, for the files of this room only.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/page.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace monitron::store {

// SQL for a timestamptz as milliseconds since 1970, and back.
inline std::string ms_of(const std::string& column, const std::string& name) {
  return "(extract(epoch from " + column + ") * 1000)::bigint AS " + name;
}
inline std::string ms_of(const std::string& column) { return ms_of(column, column); }
inline std::string from_ms_sql(int parameter) {
  return "to_timestamp($" + std::to_string(parameter) + "::bigint / 1000.0)";
}

inline Uuid uuid_of(const pqxx::field& field) {
  return Uuid::parse(field.c_str()).value_or(Uuid{});
}
inline std::optional<Uuid> optional_uuid_of(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return uuid_of(field);
}
inline Instant instant_of(const pqxx::field& field) { return from_ms(field.as<std::int64_t>()); }
inline std::optional<Instant> optional_instant_of(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return instant_of(field);
}
inline std::optional<std::int64_t> ms_or_null(const std::optional<Instant>& instant) {
  if (!instant) return std::nullopt;
  return to_ms(*instant);
}
inline std::optional<std::string> text_or_null(const std::optional<Uuid>& id) {
  if (!id) return std::nullopt;
  return id->str();
}

inline std::optional<int> optional_int_of(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<int>();
}

inline Labels labels_of(const pqxx::field& field) {
  Labels labels;
  const auto json = nlohmann::json::parse(field.c_str(), nullptr, false);
  if (!json.is_object()) return labels;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) labels[name] = value.get<std::string>();
  }
  return labels;
}
inline std::string json_of(const Labels& labels) { return nlohmann::json(labels).dump(); }

inline std::vector<std::string> texts_of(const pqxx::field& field) {
  std::vector<std::string> texts;
  const auto json = nlohmann::json::parse(field.c_str(), nullptr, false);
  if (!json.is_array()) return texts;
  for (const auto& value : json) {
    if (value.is_string()) texts.push_back(value.get<std::string>());
  }
  return texts;
}
inline std::string json_of(const std::vector<std::string>& texts) {
  return nlohmann::json(texts).dump();
}

// An array of PostgreSQL.
inline std::string array_of(const std::vector<Uuid>& ids) {
  std::string text;
  for (const auto& id : ids) text += (text.empty() ? "" : ",") + id.str();
  return "{" + text + "}";
}

// "%a\%b%" for a search that means its characters literally.
std::string like_pattern(std::string_view text);

// One page of a list in SQL; `order` asks for one row too many, to see whether there are more.
struct ListSql {
  std::string value;  // a column more: what a row is sorted by
  std::string where;
  std::string order;
};
ListSql list_sql(pqxx::work& tx, const PageQuery& page, const Listing& listing);
std::string has_labels_sql(pqxx::work& tx, const std::string& column, const LabelFilters& filters);
// Whether one of these columns has the text in it.
std::string has_text_sql(pqxx::work& tx, const std::vector<std::string>& columns,
                         const std::string& text);

// Cuts the one row too many that was asked for to see whether there are more.
template <class Row>
Page<Row> page_of(std::vector<Row> rows, int limit) {
  Page<Row> page{std::move(rows), false};
  if (page.items.size() > static_cast<std::size_t>(limit)) {
    page.items.resize(static_cast<std::size_t>(limit));
    page.more = true;
  }
  return page;
}

template <class Row, class Read>
std::vector<Row> read_all(const pqxx::result& result, Read read) {
  std::vector<Row> rows;
  rows.reserve(static_cast<std::size_t>(result.size()));
  for (const auto& row : result) rows.push_back(read(row));
  return rows;
}

// Of rows with the column ListSql::value.
template <class Row, class Read>
Page<Row> read_page(const pqxx::result& rows, Read read, int limit) {
  auto page = page_of(read_all<Row>(rows, read), limit);
  if (page.more) page.value = rows[limit - 1]["sort_value"].c_str();
  return page;
}

}  // namespace monitron::store
