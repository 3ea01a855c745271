#pragma once
// Settings that what is sent to PostgreSQL and read from it is made for. Defaults of the database,
// of the account and of the environment (PGDATESTYLE, …) may be others.

namespace monitron::db {

// Texts of times, numbers, bytes and arrays, quoted literals; and that each statement sees what was
// committed before it, which is what a lock is waited for.
inline constexpr const char* kOwnSettings =
    "SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; "
    "SET bytea_output = 'hex'; SET extra_float_digits = 1; SET client_encoding = 'UTF8'; "
    "SET array_nulls = on; SET standard_conforming_strings = on; "
    "SET default_transaction_isolation = 'read committed'";

}  // namespace monitron::db
