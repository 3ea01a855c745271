#include "api/account_letters.hpp"

#include "store/outbox.hpp"

namespace monitron::api {
namespace {

contracts::EmailRequested letter_to(const std::string& address) {
  contracts::EmailRequested letter;
  letter.delivery_key = "account." + Uuid::make().str();
  letter.to = address;
  return letter;
}

}  // namespace

contracts::EmailRequested password_reset_letter(const std::string& public_url,
                                                const store::User& user, const std::string& token) {
  auto letter = letter_to(user.email);
  letter.subject = "A new password for Monitron";
  letter.text = "Somebody asked for a new password of the account " + user.email +
                ".\nTo choose it, open this within 30 minutes:\n\n" + public_url +
                "/reset-password#token=" + token +
                "\n\nThe link works once. If it was not you who asked, nothing has to be done: the "
                "password\nstays as it is.\n";
  return letter;
}

contracts::EmailRequested password_changed_letter(const std::string& public_url,
                                                  const store::User& user) {
  auto letter = letter_to(user.email);
  letter.subject = "Your password for Monitron was changed";
  letter.text = "The password of the account " + user.email +
                " was changed just now, and all other sessions have ended.\n\nIf it was not you, "
                "ask for a new password at once, and tell an administrator:\n\n" +
                public_url + "/forgot-password\n";
  return letter;
}

contracts::EmailRequested verification_letter(const std::string& public_url,
                                              const store::User& user, const std::string& token) {
  auto letter = letter_to(user.email);
  letter.subject = "Is this your address? Monitron asks";
  letter.text = "Somebody uses the address " + user.email +
                " for an account of Monitron.\nIf it is you, open this within 24 hours:\n\n" +
                public_url + "/verify-email#token=" + token +
                "\n\nIf it is not you, nothing has to be done.\n";
  return letter;
}

contracts::EmailRequested invitation_letter(const std::string& public_url,
                                            const std::string& address, const std::string& inviter,
                                            const std::string& token) {
  auto letter = letter_to(address);
  letter.subject = "You are invited to Monitron";
  letter.text = (inviter.empty() ? "An administrator" : inviter) +
                " invites you to Monitron.\nTo open your account, open this within 7 days:\n\n" +
                public_url + "/accept-invitation#token=" + token +
                "\n\nThe link works once. If you did not expect it, nothing has to be done.\n";
  return letter;
}

contracts::EmailRequested notice_letter(const std::string& public_url, const std::string& address,
                                        const std::string& what) {
  auto letter = letter_to(address);
  letter.subject = what;
  letter.text = what +
                ".\n\nIf it was not you, change your password at once, and tell an "
                "administrator:\n\n" +
                public_url + "/settings\n";
  return letter;
}

void send_letter(pqxx::work& tx, const contracts::EmailRequested& letter) {
  store::kApiOutbox.append(tx, contracts::to_account_message(letter));
}

}  // namespace monitron::api
