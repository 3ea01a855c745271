// Which dictionaries a sender may name by their hash.

#include "ingest/dictionaries.hpp"

#include <gtest/gtest.h>

namespace monitron::ingest {
namespace {

contracts::Batch batch_of(const std::string& name) {
  contracts::Batch batch;
  batch.blocks.emplace_back();
  batch.blocks[0].dictionary = contracts::pack_dictionary({{name, {}}});
  batch.blocks[0].series_count = 1;
  return batch;
}

contracts::Batch by_hash(contracts::Batch batch) {
  batch.blocks[0].dictionary.packed.clear();
  return batch;
}

// As the door does it.
void learn(Dictionaries& dictionaries, const std::string& name) {
  auto batch = batch_of(name);
  const auto learned = dictionaries.complete(batch);
  ASSERT_TRUE(learned) << learned.error().text;
  dictionaries.remember(*learned);
}

bool knows(Dictionaries& dictionaries, const std::string& name) {
  auto batch = by_hash(batch_of(name));
  return dictionaries.complete(batch).has_value();
}

TEST(Dictionaries, OnlyWhatIsNewIsLearned) {
  Dictionaries sut;
  auto batch = batch_of("a");
  auto learned = sut.complete(batch);
  ASSERT_TRUE(learned);
  EXPECT_EQ(learned->size(), 1u);
  EXPECT_FALSE(knows(sut, "a"));
  sut.remember(*learned);
  EXPECT_TRUE(knows(sut, "a"));
  learned = sut.complete(batch);
  ASSERT_TRUE(learned);
  EXPECT_TRUE(learned->empty());
}

TEST(Dictionaries, AHashAloneIsCompleted) {
  Dictionaries sut;
  learn(sut, "a");
  auto batch = by_hash(batch_of("a"));
  ASSERT_TRUE(sut.complete(batch));
  EXPECT_EQ(batch.blocks[0].dictionary.packed, batch_of("a").blocks[0].dictionary.packed);
}

TEST(Dictionaries, WhatIsKnownIsNoReasonToForget) {
  Dictionaries sut(600);
  for (const char* name : {"a", "b", "c"}) learn(sut, name);
  for (int i = 0; i < 100; ++i) sut.remember({{batch_of("a").blocks[0].dictionary, 1}});
  for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(knows(sut, name)) << name;
}

TEST(Dictionaries, MoreThanFitsIsForgotten) {
  Dictionaries sut(2000);
  for (int i = 0; i < 1000; ++i) learn(sut, "metric" + std::to_string(i));
  EXPECT_TRUE(knows(sut, "metric999"));
  int known = 0;
  for (int i = 0; i < 1000; ++i) known += knows(sut, "metric" + std::to_string(i)) ? 1 : 0;
  EXPECT_LT(known, 20);
}

TEST(Dictionaries, OtherBytesOfAKnownHashAreRefused) {
  Dictionaries sut;
  learn(sut, "a");
  auto forged = batch_of("b");
  forged.blocks[0].dictionary.hash = batch_of("a").blocks[0].dictionary.hash;
  EXPECT_FALSE(sut.complete(forged));
  auto miscounted = by_hash(batch_of("a"));
  miscounted.blocks[0].series_count = 2;
  EXPECT_EQ(sut.complete(miscounted).error().fault, Fault::invalid);
}

}  // namespace
}  // namespace monitron::ingest
