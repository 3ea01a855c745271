#pragma once
// The transaction that the functions of this room work in; see db::Pool::transact.

#include <pqxx/transaction>
