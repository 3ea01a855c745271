// Requests made at random: from the grammar, so that they are accepted, and from pieces of text, so
// that most are not. Whatever comes in, an answer comes out.

#include "bed.hpp"

#include <rapidcheck.h>

namespace monitron::graphql {
namespace {

int pick(int below) { return *rc::gen::inRange(0, below); }

// Selections of a host that validation accepts: aliases are given once each.
class Maker {
 public:
  std::string host(int depth) {
    std::string text = "{ id";
    for (int left = pick(4); left > 0; --left) text += " " + field(depth);
    return text + " }";
  }

 private:
  std::string alias() { return aliases_ < 30 ? "x" + std::to_string(aliases_++) + ": " : ""; }

  std::string field(int depth) {
    switch (depth > 0 ? pick(7) : pick(3)) {
      case 0:
        return "name";
      case 1:
        return aliases_ < 30 ? alias() + "load" : "state";
      case 2:
        return "__typename";
      case 3:
        return "parent " + host(depth - 1);
      case 4:
        return "checks(first: 2) { id host " + host(depth - 1) + " }";
      case 5:
        return "... on Watched { name ... on Host " + host(depth - 1) + " }";
      default:
        return "...@include(if: true)" + host(0);
    }
  }

  int aliases_ = 0;
};

// The names of an object's members in their order, and those of the objects in it.
std::string names(const Json& value) {
  if (!value.is_structured()) return "";
  std::string text;
  for (const auto& [key, member] : value.items()) {
    if (value.is_object()) text += key;
    text += "(" + names(member) + ")";
  }
  return text;
}

TEST(RequestProperty, WhatIsMadeFromTheGrammarIsAnswered) {
  rc::check([] {
    const auto query = "{ hosts(first: 3) " + Maker().host(3) + " }";
    const auto request = prepare(bed(), {.query = query}, {.directives = 100, .cost = 1e9});
    if (!request) RC_FAIL(query + ": " + shown(request.error().front()));
    const auto response = execute(bed(), *request);
    RC_ASSERT(response.data.has_value());
    // No field here is lost to null around it, and each host is asked the same.
    for (const auto& error : response.errors) RC_ASSERT(error.path.is_array());
    const auto& hosts = response.data->at("hosts");
    RC_ASSERT(hosts.size() == 3U);
    RC_ASSERT(hosts[0].size() == hosts[1].size());
    // Resolved again, it is the same: nothing depends on where things lie in memory.
    RC_ASSERT(to_json(execute(bed(), *request)).dump() == to_json(response).dump());
  });
}

TEST(RequestProperty, AskingTwiceChangesNothing) {
  rc::check([] {
    const auto selections = Maker().host(2);
    const auto one = answer("{ hosts(first: 2) " + selections + " }");
    const auto fragment =
        answer("{ hosts(first: 2) { ...F ...F } } fragment F on Host " + selections);
    const auto a = Json::parse(one);
    const auto b = Json::parse(fragment);
    if (a.contains("data") && b.contains("data")) RC_ASSERT(a["data"] == b["data"]);
    RC_ASSERT(names(a["data"]) == names(b["data"]) || !b.contains("data"));
  });
}

TEST(RequestProperty, AnyTextIsAnsweredOrRefusedWithItsPlace) {
  static const std::vector<std::string> kPieces{
      "{",        "}",     "(",         ")",      "[",         "]",        ":",  "$a",
      "@skip",    "...",   "on",        "query",  "hosts",     "fragment", "F",  "id",
      "1",        "-1.5",  "\"x\"",     "\"\"\"", "#",         "\n",       "\\", "\xc3\xa4",
      "\xf0\x9f", "null",  "true",      "!",      "=",         ",",        "&",  "version",
      "Host",     "first", "\"\\uD83D", "\"\\u{", "__typename"};
  rc::check([] {
    std::string text;
    for (int left = pick(40); left > 0; --left) {
      text += kPieces[static_cast<std::size_t>(pick(static_cast<int>(kPieces.size())))];
      if (pick(2) == 0) text += " ";
    }
    const auto request = prepare(bed(), {.query = text});
    if (request) return;
    RC_ASSERT(!request.error().empty());
    for (const auto& error : request.error()) {
      RC_ASSERT(!error.message.empty());
      for (const auto& at : error.locations) RC_ASSERT(at.line > 0 && at.column > 0);
    }
  });
}

TEST(RequestProperty, AStringComesThroughAsItWas) {
  rc::check([](const std::vector<std::uint16_t>& codes) {
    // Escaped as JSON does it, with surrogate pairs; then read as GraphQL and echoed.
    std::string escaped;
    std::string text;
    for (const auto code : codes) {
      if (code == 0 || (code >= 0xD800 && code < 0xE000)) continue;
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\u%04x", static_cast<unsigned>(code));
      escaped += hex;
    }
    text = Json::parse("\"" + escaped + "\"").get<std::string>();
    const auto answered =
        Json::parse(answer("{ echo(filter: {limit: 1, names: [\"" + escaped + "\"]}) }"));
    const auto echo = Json::parse(answered["data"]["echo"].get<std::string>());
    RC_ASSERT(echo["filter"]["names"][0] == text);
  });
}

}  // namespace
}  // namespace monitron::graphql
