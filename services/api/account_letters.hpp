#pragma once
// Letters about accounts. Their links lead to the web UI at MONITRON_PUBLIC_URL, whatever host the
// request named, and carry the token behind "#": no server and no log sees it there.

#include "contracts/email_requested.hpp"
#include "store/users.hpp"

namespace monitron::api {

contracts::EmailRequested password_reset_letter(const std::string& public_url,
                                                const store::User& user, const std::string& token);
contracts::EmailRequested password_changed_letter(const std::string& public_url,
                                                  const store::User& user);

contracts::EmailRequested verification_letter(const std::string& public_url,
                                              const store::User& user, const std::string& token);
// `inviter`: as people read it.
contracts::EmailRequested invitation_letter(const std::string& public_url,
                                            const std::string& address, const std::string& inviter,
                                            const std::string& token);
// `what`: "The second factor was turned on".
contracts::EmailRequested notice_letter(const std::string& public_url, const std::string& address,
                                        const std::string& what);

// With the transaction's end it is on its way.
void send_letter(pqxx::work& tx, const contracts::EmailRequested& letter);

}  // namespace monitron::api
