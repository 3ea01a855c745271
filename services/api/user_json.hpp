#pragma once
// Users in JSON. The password goes in only.

#include "api/fields.hpp"
#include "store/users.hpp"

namespace monitron::api {

Json user_json(const store::User& user);
// … and what the person may do: for that person.
Json account_json(pqxx::work& tx, const store::User& user);

void check_email(Fields& fields, const std::string& email);
void check_password(Fields& fields, const std::string& password, const store::User& user);

// {email, name, password} and, for admins, role; `password` is checked by the rules.
Outcome<store::User> read_new_user(const http::Request& request, bool with_role,
                                   std::string& password);

}  // namespace monitron::api
