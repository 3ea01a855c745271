#include "domain/target_name.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {
namespace {

std::string ascii(TargetForm form, const std::string& target) {
  const auto text = ascii_target(form, target);
  return text ? *text : text.error().text;
}

}  // namespace

// M-100, M-029, M-031: names are asked for as the registries have them.
TEST(TargetName, NamesBeyondAsciiAreAskedForByIdna) {
  EXPECT_EQ(ascii(TargetForm::domain, "bücher.example"), "xn--bcher-kva.example");
  EXPECT_EQ(ascii(TargetForm::domain, "BÜCHER。example"), "xn--bcher-kva.example");
  EXPECT_EQ(ascii(TargetForm::domain, "faß.example"), "xn--fa-hia.example");
  EXPECT_EQ(ascii(TargetForm::host, "παράδειγμα.δοκιμή"), "xn--hxajbheg2az3al.xn--jxalpdlp");
  EXPECT_EQ(ascii(TargetForm::host_port, "bücher.example:8443"), "xn--bcher-kva.example:8443");
  EXPECT_EQ(ascii(TargetForm::url, "https://bücher.example:8443/wühl?ü=1"),
            "https://xn--bcher-kva.example:8443/w%C3%BChl?%C3%BC=1");
  EXPECT_EQ(ascii(TargetForm::url, "http://[::1]:80/ü"), "http://[::1]:80/%C3%BC");
}

TEST(TargetName, WhatIsNoNameIsToldAndWhatIsForPeopleStays) {
  EXPECT_FALSE(ascii_target(TargetForm::domain, std::string(70, 'a') + "ü.example"));
  EXPECT_FALSE(ascii_target(TargetForm::domain, "a\u200e\u0301.example"));
  EXPECT_FALSE(ascii_target(TargetForm::domain, "broken\xff.example"));
  EXPECT_EQ(ascii(TargetForm::name, "Nächtliche Sicherung"), "Nächtliche Sicherung");
  EXPECT_EQ(ascii(TargetForm::url, "bücher.example"), "bücher.example");
}

RC_GTEST_PROP(TargetName, AsciiStaysAndTheRestBecomesIt, (const std::string& text)) {
  for (const auto form : {TargetForm::url, TargetForm::host_port, TargetForm::domain}) {
    const auto once = ascii_target(form, text);
    if (!once) continue;
    RC_ASSERT(ascii_target(form, *once).value() == *once);
  }
}

}  // namespace monitron::domain
