#include "store/row.hpp"

namespace monitron::store {
namespace {

const SortKey* usual_of(const Listing& listing) {
  for (const auto& key : listing.keys) {
    if (key.name == listing.usual) return &key;
  }
  return nullptr;
}

// A time as microseconds, which is all there is of it.
std::string text_of(const SortKey& key) {
  if (key.type != SortKey::Type::time) return "(" + key.column + ")::text";
  return "(extract(epoch FROM " + key.column + ") * 1000000)::bigint::text";
}

std::string value_of(pqxx::work& tx, const SortKey& key, const std::string& text) {
  const auto quoted = tx.quote(text);
  switch (key.type) {
    case SortKey::Type::text:
      return quoted;
    case SortKey::Type::whole:
      return quoted + "::bigint";
    case SortKey::Type::time:
      return "('epoch'::timestamptz + " + quoted + "::bigint * interval '1 microsecond')";
  }
  return quoted;
}

std::string json_text(const std::string& text) { return nlohmann::json(text).dump(); }

}  // namespace

std::string like_pattern(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

ListSql list_sql(pqxx::work& tx, const PageQuery& page, const Listing& listing) {
  const auto* key = page.sort != nullptr ? page.sort : usual_of(listing);
  const bool descending = page.sort != nullptr ? page.descending : listing.newest_first;
  const std::string way = descending ? " DESC" : "";
  const std::string by = key != nullptr ? key->column + way + ", " : "";
  ListSql sql;
  sql.value = ", " + (key != nullptr ? text_of(*key) : "''") + " AS sort_value ";
  sql.where = has_text_sql(tx, listing.searched, page.text);
  sql.order = " ORDER BY " + by + listing.id + way + " LIMIT " + std::to_string(page.limit + 1);
  if (!page.after) return sql;
  auto here = listing.id;
  auto there = tx.quote(page.after->str()) + "::uuid";
  if (key != nullptr) {
    here = "(" + key->column + ", " + here + ")";
    there = "(" + value_of(tx, *key, page.value) + ", " + there + ")";
  }
  sql.where += " AND " + here + (descending ? " < " : " > ") + there;
  return sql;
}

std::string has_labels_sql(pqxx::work& tx, const std::string& column, const LabelFilters& filters) {
  std::string sql = "true";
  for (const auto& filter : filters) {
    using How = LabelFilter::How;
    const auto pair = "{" + json_text(filter.name) + ":" + json_text(filter.value) + "}";
    sql += filter.how == How::differs ? " AND NOT " : " AND ";
    sql += filter.how == How::exists ? column + " ? " + tx.quote(filter.name)
                                     : column + " @> " + tx.quote(pair) + "::jsonb";
  }
  return sql;
}

std::string has_text_sql(pqxx::work& tx, const std::vector<std::string>& columns,
                         const std::string& text) {
  if (text.empty() || columns.empty()) return "true";
  const auto pattern = tx.quote(like_pattern(text));
  std::string sql;
  for (const auto& column : columns) {
    sql += (sql.empty() ? "(" : " OR ") + column + " ILIKE " + pattern;
  }
  return sql + ")";
}

}  // namespace monitron::store
