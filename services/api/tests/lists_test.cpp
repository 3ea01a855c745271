// Every list, as docs/swagger.json describes it: its order, its pages, what it refuses.

#include "api/openapi.hpp"
#include "base/bytes.hpp"
#include "many_rows.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr std::size_t kRows = 40;
constexpr auto kLimit = "limit=7";

Suite& some_rows() {
  static Suite* const one = [] {
    auto* made = new Suite;  // lives as long as the program
    fill_lists(*made, static_cast<int>(kRows));
    return made;
  }();
  return *one;
}

class Lists : public ApiTest {
 protected:
  static Answer get(const std::string& path) { return some_rows().get(path, some_rows().admin()); }

  // All rows of a list, page by page; `filter` is given with every page.
  static std::vector<Json> walk(const std::string& path, const std::string& filter) {
    std::vector<Json> rows;
    std::string cursor;
    do {
      const auto page = get(path + "?" + kLimit + filter + cursor);
      EXPECT_EQ(page.status, 200) << path << filter << page.text;
      if (page.status != 200) return rows;
      for (const auto& item : page.json["items"]) rows.push_back(item);
      const auto& next = page.json["next_cursor"];
      cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
    } while (!cursor.empty() && rows.size() < 10 * kRows);
    return rows;
  }

  static std::multiset<std::string> ids_of(const std::vector<Json>& rows) {
    std::multiset<std::string> ids;
    for (const auto& row : rows) ids.insert(row["id"].dump());
    return ids;
  }
};

// Lists of which every one needs Alertmanager, or that are made of samples, have tests of their
// own.
bool is_elsewhere(const std::string& path) {
  return path == "/api/v1/silences" || path == "/api/v1/connections";
}

// What a row is sorted by, as it is shown; null where that is not one member.
Json shown(const Json& row, const std::string& key) {
  const auto found = row.find(key);
  if (found == row.end() || !found->is_string()) return found == row.end() ? Json() : *found;
  const auto text = found->get<std::string>();
  if (key == "severity") return text == "info" ? 1 : text == "warning" ? 2 : 3;
  auto lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), ::tolower);
  return lower;
}

void expect_order(const std::string& path, const std::vector<Json>& rows, const std::string& key,
                  bool down) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto before = shown(rows[i - 1], key), after = shown(rows[i], key);
    if (before.is_null() || after.is_null()) return;
    EXPECT_TRUE(down ? before >= after : before <= after)
        << path << " by " << key << ": " << before << " " << after;
  }
}

TEST_F(Lists, AreWholeAndInOrderByEveryKey) {
  const auto lists = sorts_of_lists();
  EXPECT_GE(lists.size(), 21U);
  for (const auto& [path, keys] : lists) {
    if (is_elsewhere(path)) continue;
    const auto usual = walk(path, "");
    const auto all = ids_of(usual);
    ASSERT_GE(usual.size(), kRows) << path;
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), usual.size()) << path;
    for (const auto& key : keys) {
      for (const bool down : {false, true}) {
        const auto rows = walk(path, std::string("&sort=") + (down ? "-" : "") + key);
        EXPECT_EQ(ids_of(rows), all) << path << " by " << key;
        expect_order(path, rows, key, down);
      }
    }
  }
}

TEST_F(Lists, RefuseWhatTheyDoNotKnow) {
  for (const auto& [path, keys] : sorts_of_lists()) {
    for (const auto* wrong : {"nothing", "-nothing", "", "--created_at", "created_at;"}) {
      const auto refused = get(path + "?sort=" + wrong);
      if (is_elsewhere(path) && refused.status == 503) continue;
      EXPECT_EQ(refused.status, 400) << path << wrong;
      EXPECT_EQ(fields_of(refused), Names{"sort"}) << path << wrong;
      const auto message = refused.json["errors"][0]["message"].get<std::string>();
      for (const auto& key : keys) EXPECT_NE(message.find(key), std::string::npos) << path << key;
    }
  }
}

TEST_F(Lists, CursorsAreForTheListTheyWereGivenOutFor) {
  for (const auto& [path, keys] : sorts_of_lists()) {
    if (is_elsewhere(path)) continue;
    const auto first = get(path + "?limit=7&sort=" + keys[0]);
    ASSERT_TRUE(first.json["next_cursor"].is_string()) << path << first.text;
    const auto cursor = "&cursor=" + first.json["next_cursor"].get<std::string>();
    EXPECT_EQ(get(path + "?limit=9&sort=" + keys[0] + cursor).status, 200) << path;
    for (const auto& other : {std::string("?limit=7"), "?sort=-" + keys[0],
                              "?sort=" + (keys.size() > 1 ? keys[1] : "-" + keys[0])}) {
      const auto refused = get(path + other + cursor);
      EXPECT_EQ(refused.status, 400) << path << other;
      EXPECT_EQ(fields_of(refused), Names{"cursor"}) << path << other;
    }
  }
  const auto of_groups = get("/api/v1/groups?limit=7").json["next_cursor"].get<std::string>();
  for (const auto* other : {"/api/v1/instances", "/api/v1/checks", "/api/v1/users"}) {
    EXPECT_EQ(get(other + ("?limit=7&cursor=" + of_groups)).status, 400) << other;
  }
  const auto page = get("/api/v1/checks?limit=7&q=check").json;
  const auto cursor = "&cursor=" + page["next_cursor"].get<std::string>();
  EXPECT_EQ(get("/api/v1/checks?limit=7&q=check" + cursor).status, 200);
  const auto refused = get("/api/v1/checks?limit=7&q=other" + cursor);
  EXPECT_EQ(fields_of(refused), Names{"cursor"});
  EXPECT_NE(refused.text.find("other filters"), std::string::npos) << refused.text;
}

// What nobody gave out: never a fault of the server.
TEST_F(Lists, MadeUpCursorsAreRefused) {
  for (const auto& [path, keys] : sorts_of_lists()) {
    if (is_elsewhere(path)) continue;
    for (const auto* made_up : {"!", "x", "MQ", "MS8", "MS94", "Ly8v", "AAAA"}) {
      for (const auto& key : keys) {
        const auto refused = get(path + "?sort=" + key + "&cursor=" + made_up);
        EXPECT_EQ(fields_of(refused), Names{"cursor"}) << path << key << made_up << refused.text;
      }
    }
  }
}

// A part of a name, in any case.
TEST_F(Lists, AreSearched) {
  const auto document = Json::parse(openapi_text());
  for (const auto& [path, keys] : sorts_of_lists()) {
    const auto& parameters = document["paths"][path]["get"]["parameters"];
    const bool searched = std::any_of(parameters.begin(), parameters.end(),
                                      [](const Json& one) { return one.value("name", "") == "q"; });
    if (is_elsewhere(path) || !searched || path == "/api/v1/audit") continue;
    EXPECT_TRUE(walk(path, "&q=no%25such").empty()) << path << ": % is no wildcard";
    const auto first = get(path + "?limit=1").json["items"][0];
    const auto member = first.contains("name")    ? "name"
                        : first.contains("title") ? "title"
                        : first.contains("email") ? "email"
                                                  : "";
    if (*member == '\0') continue;
    auto text = first[member].get<std::string>();
    std::transform(text.begin(), text.end(), text.begin(), ::toupper);
    const auto found = walk(path, "&q=" + percent_encode(text));
    EXPECT_GE(found.size(), 1U) << path << text;
    EXPECT_LT(found.size(), kRows) << path << text;
  }
}

// As the gateway tells them, all of them.
TEST_F(Lists, LabelsSelect) {
  const auto count = [&](const std::string& path, const std::string& labels) {
    const auto query = "limit=1000&" + labels;
    const auto page = some_rows().ask(http::Method::get, path + "?" + query, some_rows().admin(),
                                      nullptr, {{"X-Original-Query", query}});
    EXPECT_EQ(page.status, 200) << path << labels << page.text;
    return page.json["items"].size();
  };
  for (const auto* path : {"/api/v1/instances", "/api/v1/servers", "/api/v1/checks",
                           "/api/v1/rules", "/api/v1/alerts", "/api/v1/incidents"}) {
    const auto all = count(path, "q=");
    EXPECT_EQ(count(path, "label=n=11"), 1U) << path;
    EXPECT_EQ(count(path, "label=n:11"), 1U) << path << ", the older form";
    EXPECT_EQ(count(path, "label=n!=11"), all - 1) << path;
    EXPECT_EQ(count(path, "label=n"), kRows) << path;
    EXPECT_EQ(count(path, "label=n&label=n!=11&label=n!=12"), kRows - 2U) << path;
    EXPECT_EQ(count(path, "label=n=11&label=n=12"), 0U) << path;
    EXPECT_EQ(count(path, "label=nothing"), 0U) << path;
    for (const auto* wrong : {"label=", "label==x", "label=!", "label=a!b"}) {
      EXPECT_EQ(fields_of(get(std::string(path) + "?" + wrong)), Names{"label"}) << path << wrong;
    }
  }
  // Of the check's instance.
  EXPECT_EQ(count("/api/v1/checks", "label=site=11"), 1U);
  EXPECT_EQ(count("/api/v1/checks", "label=site!=11"), count("/api/v1/checks", "q=") - 1);
}

TEST_F(Lists, ChecksThatAreSwitchedOffAreFound) {
  const auto id = get("/api/v1/checks?kind=tcp&limit=1").json["items"][0]["id"].get<std::string>();
  const auto path = "/api/v1/checks/" + id;
  const auto change = [&](bool enabled) {
    return some_rows()
        .ask(http::Method::patch, path, some_rows().admin(), {{"enabled", enabled}})
        .status;
  };
  const auto all = walk("/api/v1/checks", "").size();
  ASSERT_EQ(change(false), 200);
  const auto off = get("/api/v1/checks?enabled=false").json["items"];
  ASSERT_EQ(off.size(), 1U);
  EXPECT_EQ(off[0]["id"], id);
  EXPECT_EQ(walk("/api/v1/checks", "&enabled=true").size(), all - 1);
  EXPECT_EQ(fields_of(get("/api/v1/checks?enabled=maybe")), Names{"enabled"});
  EXPECT_EQ(change(true), 200);
}

}  // namespace
}  // namespace monitron::api
