// How grave lines say they are. T-054.

#include "host/log_level.hpp"

#include <gtest/gtest.h>
#include <string>

namespace monitron::host {
namespace {

struct Case {
  const char* line;
  const char* level;
};

constexpr Case kCases[] = {
    // words in capitals
    {"2026-11-24 02:00:00,123 ERROR [main] c.e.Shop - no stock", "error"},
    {"2026-11-24 02:00:00.123 UTC [77] FATAL:  terminating connection", "fatal"},
    {"2026-11-24 02:00:00.123 UTC [77] PANIC:  could not write", "fatal"},
    {"2026-11-24 02:00:00.123 UTC [77] NOTICE:  table does not exist", "notice"},
    {"WARN  a.b.C: slow", "warn"},
    {"WARNING:root:slow", "warn"},
    {"CRITICAL:root:gone", "critical"},
    {"[2026-11-24T02:00:00+00:00] app.EMERG: down", "fatal"},
    {"[2026-11-24T02:00:00+00:00] app.ALERT: down", "fatal"},
    {"TRACE a", "trace"},
    {"(DEBUG) a", "debug"},
    {"I say INFO and then ERROR", "info"},
    // marked ones in any case
    {"2026/11/24 02:00:00 [error] 7#7: *1 open() failed", "error"},
    {"2026/11/24 02:00:00 [crit] 7#7: *1 SSL_do_handshake() failed", "critical"},
    {"02:00:00.123 [info] GET /", "info"},
    {"[Tue Nov 24 02:00:00 2026] [core:warn] [pid 7] slow", "warn"},
    {"Error: it broke", "error"},
    {"2026-11-24T02:00:00Z\tdebug\tshop/shop.go:7\tcalled", "debug"},
    {"02:00 | Warning | slow", "unknown"},
    {"02:00 |Warning| slow", "warn"},
    // no levels
    {"", "unknown"},
    {"no error was found, for your information", "unknown"},
    {"ERROR_CODE MYERROR ERRORS error_log", "unknown"},
    {"    at com.example.Shop.sell(Shop.java:7)", "unknown"},
    {"10.0.0.1 - - [24/Nov/2026:02:00:00 +0000] \"GET /error HTTP/1.1\" 200 7", "unknown"},
    // syslog's numbers
    {"<0>kernel panic", "fatal"},
    {"<34>Oct 11 22:14:15 host su: failed INFO", "critical"},
    {"<165>1 2003-10-11T22:14:15.003Z host app - ID47 - text", "notice"},
    {"<191>last", "debug"},
    {"<192>too large", "unknown"},
    {"<x>WARN", "warn"},
    {"<>", "unknown"},
    {"<7", "unknown"},
    // keys
    {"time=02:00 level=warn msg=\"ERROR in it\"", "warn"},
    {"ts=1 lvl=\"eror\" level=\"error\"", "error"},
    {"severity=CRITICAL", "critical"},
    {"sealevel=error", "unknown"},
    {"level=none ERROR", "error"},
    {"level=", "unknown"},
    // JSON
    {R"({"level":"warn","msg":"ERROR"})", "warn"},
    {R"(  { "time" : 1, "level" : "Info" })", "info"},
    {R"({"severity":"NOTICE"})", "notice"},
    {R"({"log.level":"error"})", "error"},
    {R"({"level":50,"msg":"pino"})", "error"},
    {R"({"level":70})", "unknown"},
    {R"({"msg":"[error] none"})", "unknown"},
    {R"({"level")", "unknown"},
    {R"({"level":)", "unknown"},
    // colours
    {"\x1b[31mERROR\x1b[0m it broke", "error"},
    {"\x1b[1;33mwarning\x1b[0m: slow", "warn"},
    {"\x1b[", "unknown"},
};

TEST(LogLevels, AreFoundAsProgramsWriteThem) {
  for (const auto& one : kCases) EXPECT_STREQ(name_of(level_of(one.line)), one.level) << one.line;
}

TEST(LogLevels, AreLookedForInTheFirst200Bytes) {
  EXPECT_EQ(level_of(std::string(195, '.') + "ERROR"), LogLevel::error);
  EXPECT_EQ(level_of(std::string(196, '.') + "ERROR"), LogLevel::unknown);
}

}  // namespace
}  // namespace monitron::host
