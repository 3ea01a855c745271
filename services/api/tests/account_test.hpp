#pragma once
// Accounts that are asked about by letter: what the letters of the outbox say.

#include "base/text.hpp"
#include "suite.hpp"

#include <pqxx/pqxx>

namespace monitron::api {

inline constexpr const char* kPhrase = "a long enough phrase";

class AccountTest : public ApiTest {
 protected:
  // The newest letter to this address about `subject`; waits for it.
  std::string letter_to(const std::string& address, const std::string& subject) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::string text;
    while (text.empty() && std::chrono::steady_clock::now() < end) {
      const auto letters = letters_to(address, subject);
      if (!letters.empty()) text = letters.back();
    }
    EXPECT_NE(text, "") << "no letter to " << address << " about " << subject;
    return text;
  }
  std::vector<std::string> letters_to(const std::string& address, const std::string& subject) {
    std::vector<std::string> letters;
    change([&](pqxx::work& tx) {
      for (const auto& row : tx.exec("SELECT convert_from(body, 'UTF8') FROM api_outbox WHERE "
                                     "type = 'account_email.requested' ORDER BY id")) {
        const auto letter = Json::parse(row[0].c_str());
        const bool meant = letter["subject"].get<std::string>().find(subject) != std::string::npos;
        if (letter["to"] == address && meant) letters.push_back(letter["text"]);
      }
    });
    return letters;
  }
  static std::string token_of(const std::string& letter) {
    const auto at = letter.find("#token=");
    EXPECT_NE(at, std::string::npos) << letter;
    if (at == std::string::npos) return "";
    return letter.substr(at + 7, letter.find('\n', at) - at - 7);
  }

  template <class Body>
  void change(Body&& body) {
    EXPECT_TRUE(api().database->transact(std::forward<Body>(body)));
  }
  void run(const std::string& sql) {
    change([&](pqxx::work& tx) { tx.exec(sql); });
  }
  std::string one(const std::string& sql) {
    std::string value;
    change([&](pqxx::work& tx) { value = tx.exec1(sql)[0].c_str(); });
    return value;
  }

  Json sign_up(const std::string& email, const std::string& password = kPhrase) {
    const auto made = api().ask(http::Method::post, "/api/v1/auth/register", "",
                                {{"email", email}, {"password", password}}, from_elsewhere());
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json;
  }
  Answer enter(const std::string& email, const std::string& password = kPhrase) {
    return api().post("/api/v1/auth/login", "", {{"email", email}, {"password", password}});
  }
};

}  // namespace monitron::api
