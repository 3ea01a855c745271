#include "service/settings.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace monitron::service {
namespace {

using Values = std::map<std::string, std::string>;

Values good() {
  return {{"JWT_SECRET", std::string(32, 'j')}, {"ENCRYPTION_KEY", std::string(32, 'e')}};
}

}  // namespace

// M-185…M-199: promised names with promised defaults.
TEST(Settings, DefaultsAreThePromisedOnes) {
  const auto settings = Settings::from("api", good());
  ASSERT_TRUE(settings) << settings.error().text;
  EXPECT_EQ(settings->text("RABBITMQ_URL"), "amqp://guest:guest@localhost:5672/");
  EXPECT_EQ(settings->integer("PORT"), 3000);
  const auto url = settings->database_url();
  for (const char* part :
       {"host='localhost'", "port='5432'", "user='monitron_user'", "password='monitron_password'",
        "dbname='monitron_db'", "sslmode='disable'"}) {
    EXPECT_NE(url.find(part), std::string::npos) << part << " in " << url;
  }
  const auto notifier = Settings::from("notifier", {{"ENCRYPTION_KEY", std::string(32, 'e')}});
  ASSERT_TRUE(notifier) << notifier.error().text;
  EXPECT_EQ(notifier->integer("EMAIL_PORT"), 587);
  EXPECT_EQ(notifier->list("ALERTMANAGER_URL").at(0), "http://localhost:9093/api/v1/alerts");
}

//
TEST(Settings, DatabaseUrlWinsOverItsParts) {
  auto values = good();
  values["DATABASE_URL"] = "postgres://u:p@h:1/d?sslmode=require";
  values["DB_HOST"] = "elsewhere";
  const auto url = Settings::from("api", values)->database_url();
  EXPECT_EQ(url, "postgres://u:p@h:1/d?sslmode=require");
}

// M-192, M-193, S-20: weak secrets are refused, and every mistake is named at once.
TEST(Settings, EveryMistakeIsNamedAtOnce) {
  const auto settings =
      Settings::from("api", {{"JWT_SECRET", "short"},
                             {"ENCRYPTION_KEY", "your_32_byte_encryption_key_here"},
                             {"PORT", "70000"},
                             {"DB_SSLMODE", "maybe"},
                             {"MONITRON_API_ADRESS", "127.0.0.1:1"}});
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().fault, Fault::invalid);
  for (const char* name : {"JWT_SECRET: has fewer", "ENCRYPTION_KEY: is a placeholder",
                           "PORT: ", "DB_SSLMODE: ", "MONITRON_API_ADRESS: is not a setting"}) {
    EXPECT_NE(settings.error().text.find(name), std::string::npos) << settings.error().text;
  }
}

TEST(Settings, ThoseOfTheCommandLineAreNobodysMistake) {
  auto values = good();
  values["MONITRON_URL"] = "http://127.0.0.1:3000";
  values["MONITRON_TOKEN"] = "t";
  EXPECT_TRUE(Settings::from("ingest", values));
}

TEST(Settings, ADurationHasUnitsAndLimits) {
  auto values = good();
  EXPECT_EQ(Settings::from("ingest", values)->duration("MONITRON_INGEST_MAX_AGE"),
            std::chrono::hours(168));
  values["MONITRON_INGEST_MAX_AGE"] = "3650d";
  EXPECT_EQ(Settings::from("ingest", values)->duration("MONITRON_INGEST_MAX_AGE"),
            std::chrono::hours(87600));
  for (const char* wrong : {"7", "a week", "1s", "101y"}) {
    values["MONITRON_INGEST_MAX_AGE"] = wrong;
    const auto settings = Settings::from("ingest", values);
    ASSERT_FALSE(settings) << wrong;
    EXPECT_NE(settings.error().text.find("MONITRON_INGEST_MAX_AGE: is not"), std::string::npos)
        << settings.error().text;
  }
}

// S-20.
TEST(Settings, EncryptionKeyHasExactly32Bytes) {
  for (const std::size_t size : {0U, 31U, 33U}) {
    auto values = good();
    values["ENCRYPTION_KEY"] = std::string(size, 'k');
    EXPECT_FALSE(Settings::from("api", values)) << size;
  }
}

TEST(Settings, OlderEncryptionKeysAreCutByTheirLength) {
  const std::string comma = "0123456789,0123456789,0123456789", other(32, 'o');
  auto values = good();
  EXPECT_EQ(Settings::from("api", values)->encryption_keys().size(), 1U);
  for (const char separator : {',', '\n'}) {
    values["ENCRYPTION_KEYS_OLD"] = comma + separator + other;
    const auto settings = Settings::from("api", values);
    ASSERT_TRUE(settings) << settings.error().text;
    EXPECT_EQ(settings->encryption_keys(),
              (std::vector<std::string>{values["ENCRYPTION_KEY"], comma, other}));
  }
  for (const auto& wrong :
       {other + "," + other + ",", other + other, other.substr(1), other + ";" + other}) {
    values["ENCRYPTION_KEYS_OLD"] = wrong;
    EXPECT_FALSE(Settings::from("api", values)) << wrong;
  }
}

TEST(Settings, ASecretIsReadFromItsFile) {
  const std::string path = ::testing::TempDir() + "/jwt_secret";
  std::ofstream(path) << std::string(40, 'x') << "\n";
  auto values = good();
  values.erase("JWT_SECRET");
  values["JWT_SECRET_FILE"] = path;
  const auto settings = Settings::from("api", values);
  ASSERT_TRUE(settings) << settings.error().text;
  EXPECT_EQ(settings->text("JWT_SECRET"), std::string(40, 'x'));
  values["JWT_SECRET_FILE"] = path + ".none";
  EXPECT_FALSE(Settings::from("api", values));
  EXPECT_TRUE(Settings::from("notifier", values)) << "has no such secret, and looks for none";
}

//
TEST(Settings, GinModeDebugMeansDebugLogs) {
  auto values = good();
  values["GIN_MODE"] = "debug";
  EXPECT_EQ(Settings::from("api", values)->text("LOG_LEVEL"), "debug");
}

// M-184: the example in the repository is the one generated from the table.
TEST(Settings, TheExampleFileIsUpToDate) {
  std::ifstream file(std::string(MONITRON_SOURCE_DIR) + "/.env.example");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text, env_example());
}

}  // namespace monitron::service
