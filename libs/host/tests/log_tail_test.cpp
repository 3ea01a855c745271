// Followed files, real ones: rotation, truncation, restarts. T-054.

#include "host/log_tail.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

namespace monitron::host {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

class LogTailTest : public testing::Test {
 protected:
  LogTailTest() {
    char pattern[] = "/tmp/monitron-log-XXXXXX";
    directory_ = mkdtemp(pattern);
    path_ = directory_ + "/app.log";
  }
  ~LogTailTest() override { fs::remove_all(directory_); }

  static void append(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::app | std::ios::binary) << text;
  }
  void append(const std::string& text) const { append(path_, text); }
  Lines read(LogTail& tail) {
    Lines lines;
    last_ = tail.read(now_, [&](std::string_view line) { lines.emplace_back(line); });
    tail.keep();
    return lines;
  }
  // One that has looked for the file, which is empty.
  LogTail begun() {
    append("");
    LogTail tail(path_);
    EXPECT_EQ(read(tail), Lines{});
    return tail;
  }

  std::string directory_;
  std::string path_;
  SteadyInstant now_{};
  TailRound last_;
};

TEST_F(LogTailTest, WhatIsThereAtFirstIsOldWhatComesLaterIsNew) {
  append("old\nhalf");
  LogTail tail(path_);
  EXPECT_EQ(read(tail), Lines{});
  EXPECT_TRUE(last_.readable);
  append(" a line\nnew\n");
  EXPECT_EQ(read(tail), (Lines{"half a line", "new"}));
  EXPECT_EQ(last_.bytes, 16u);

  LogTail other(directory_ + "/other.log");
  EXPECT_EQ(read(other), Lines{});
  EXPECT_FALSE(last_.readable);
  EXPECT_FALSE(last_.problem.empty());
  append(directory_ + "/other.log", "all\nof it\n");
  EXPECT_EQ(read(other), (Lines{"all", "of it"}));
  EXPECT_TRUE(last_.readable);
}

TEST_F(LogTailTest, ALineWaitsForItsEnd) {
  auto tail = begun();
  append("o");
  EXPECT_EQ(read(tail), Lines{});
  EXPECT_EQ(last_.unread, 1u);
  append("ne\n\ntw");
  EXPECT_EQ(read(tail), (Lines{"one", ""}));
  EXPECT_EQ(read(tail), Lines{});
  append("o\n");
  EXPECT_EQ(read(tail), Lines{"two"});
  EXPECT_EQ(last_.unread, 0u);
}

TEST_F(LogTailTest, LongLinesAreCutAndTheRestIsCounted) {
  auto tail = begun();
  append(std::string(kLongestLine, 'a') + "\n" + std::string(kLongestLine + 7, 'b') + "\nc\n");
  const auto lines = read(tail);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], std::string(kLongestLine, 'a'));
  EXPECT_EQ(lines[1], std::string(kLongestLine, 'b'));
  EXPECT_EQ(lines[2], "c");
  EXPECT_EQ(last_.skipped, 8u);
  append(std::string(300'000, 'd'));
  EXPECT_EQ(read(tail).size(), 1u) << "it is one line, whether it ends or not";
  append(std::string(300'000, 'd'));
  EXPECT_EQ(read(tail).size(), 0u);
  EXPECT_EQ(last_.skipped, 300'000u);
  append("\ne\n");
  EXPECT_EQ(read(tail), Lines{"e"});
}

TEST_F(LogTailTest, RotationByRenameLosesNothing) {
  auto tail = begun();
  append("1\n");
  fs::rename(path_, path_ + ".1");
  append(path_ + ".1", "2\n");
  append("3\n");
  EXPECT_EQ(read(tail), (Lines{"1", "2", "3"}));
  append(path_ + ".1", "late\nend");
  append("4\n");
  EXPECT_EQ(read(tail), (Lines{"late", "4"}));
  read(tail);
  now_ += kQuiet;
  EXPECT_EQ(read(tail), Lines{"end"}) << "nothing comes to it any more";
  EXPECT_EQ(tail.places().files.size(), 1u);
  append(path_ + ".1", "too late\n");
  append("5\n");
  EXPECT_EQ(read(tail), Lines{"5"});
}

TEST_F(LogTailTest, ADeletedFileIsReadToItsEnd) {
  auto tail = begun();
  append("1\n");
  fs::remove(path_);
  EXPECT_EQ(read(tail), Lines{"1"});
  EXPECT_FALSE(last_.readable);
  append("2\n");
  EXPECT_EQ(read(tail), Lines{"2"});
  EXPECT_TRUE(last_.readable);
}

TEST_F(LogTailTest, FourRotatedFilesAreReadBesidesTheLastOne) {
  auto tail = begun();
  for (int i = 0; i < 5; ++i) {
    append("half");
    fs::rename(path_, path_ + "." + std::to_string(i));
    append("");
    EXPECT_EQ(read(tail), Lines{});
    EXPECT_EQ(last_.skipped, i < 4 ? 0u : 4u);
  }
  EXPECT_EQ(tail.places().files.size(), 5u);
}

TEST_F(LogTailTest, TruncationBeginsAnew) {
  auto tail = begun();
  append("1\n2\n3\n");
  EXPECT_EQ(read(tail).size(), 3u);
  fs::resize_file(path_, 0);
  EXPECT_EQ(read(tail), Lines{});
  append("4\n");
  EXPECT_EQ(read(tail), Lines{"4"});
  fs::resize_file(path_, 0);
  append("5, more than there was\n");
  EXPECT_EQ(read(tail), Lines{"5, more than there was"}) << "the size alone does not tell";
  fs::resize_file(path_, 0);
  append("6, as much as that was\n");
  EXPECT_EQ(read(tail), Lines{"6, as much as that was"});
}

TEST_F(LogTailTest, GoesOnAfterARestart) {
  auto places = begun().places();
  append("1\n2");
  {
    LogTail tail(path_, places);
    EXPECT_EQ(read(tail), Lines{"1"});
    places = tail.places();
  }
  append("2\n");
  fs::rename(path_, path_ + ".1");
  append("3\n");
  {
    LogTail tail(path_, places);
    EXPECT_EQ(read(tail), (Lines{"22", "3"})) << "it is found by its inode";
    EXPECT_EQ(last_.lost, 0u);
    places = tail.places();
  }
  fs::remove(path_ + ".1");
  fs::resize_file(path_, 0);
  append("4\n");
  LogTail tail(path_, places);
  EXPECT_EQ(read(tail), Lines{"4"}) << "written anew meanwhile";
  EXPECT_EQ(last_.lost, 1u);
}

TEST_F(LogTailTest, ThatThereWasNoFileIsKnownAfterARestart) {
  LogTail first(path_);
  read(first);
  append("1\n");
  LogTail second(path_, first.places());
  EXPECT_EQ(read(second), Lines{"1"});
}

TEST_F(LogTailTest, WhatIsTakenBackIsReadAgain) {
  auto tail = begun();
  append("1\n");
  fs::rename(path_, path_ + ".1");
  append("2\n");
  for (int i = 0; i < 2; ++i) {
    Lines lines;
    tail.read(now_, [&](std::string_view line) { lines.emplace_back(line); });
    EXPECT_EQ(lines, (Lines{"1", "2"}));
    tail.take_back();
  }
  EXPECT_EQ(read(tail), (Lines{"1", "2"}));
  tail.take_back();
  EXPECT_EQ(read(tail), Lines{}) << "what is kept is kept";
}

TEST_F(LogTailTest, WhatIsNoFileOrMayNotBeReadIsTold) {
  for (const auto& path : {directory_, directory_ + "/none/app.log"}) {
    LogTail tail(path);
    read(tail);
    EXPECT_FALSE(last_.readable) << path;
    EXPECT_FALSE(last_.problem.empty()) << path;
  }
  append("1\n");
  fs::permissions(path_, fs::perms::none);
  const auto root = geteuid();
  ASSERT_EQ(root == 0 ? seteuid(65'534) : 0, 0);  // root may read everything
  LogTail tail(path_);
  read(tail);
  EXPECT_FALSE(last_.readable);
  EXPECT_EQ(last_.problem, "Permission denied");
  ASSERT_EQ(seteuid(root), 0);
  fs::permissions(path_, fs::perms::owner_read);
  EXPECT_EQ(read(tail), Lines{}) << "it was there";
  EXPECT_TRUE(last_.readable);
}

TEST_F(LogTailTest, OnceIsFourMegabytesAndSixtyFourBehindIsTheMost) {
  auto tail = begun();
  const std::string line(1023, 'x');
  std::string megabyte;
  for (int i = 0; i < 1024; ++i) megabyte += line + "\n";
  for (int i = 0; i < 9; ++i) append(megabyte);
  EXPECT_NEAR(static_cast<double>(read(tail).size()), 4096, 64);
  EXPECT_NEAR(static_cast<double>(read(tail).size()), 4096, 64);
  EXPECT_EQ(read(tail).size() * 1024 + last_.unread, last_.bytes);
  EXPECT_EQ(last_.skipped, 0u);
  for (int i = 0; i < 66; ++i) append(megabyte);
  append("end");
  read(tail);
  EXPECT_GE(last_.skipped, 2u << 20);
  EXPECT_LE(last_.skipped, (2u << 20) + 1024u) << "up to the end of a line";
  EXPECT_LE(last_.unread, kMostBehind - kMostAtOnce + 1024);
}

TEST_F(LogTailTest, GarbageIsLinesToo) {
  auto tail = begun();
  std::string bytes(100'000, '\0');
  std::uint32_t state = 1;
  for (auto& byte : bytes) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  bytes += "\n";
  append(bytes);
  const auto ends = std::count(bytes.begin(), bytes.end(), '\n');
  EXPECT_EQ(static_cast<long>(read(tail).size()), ends);
  EXPECT_EQ(last_.bytes, bytes.size());
}

// One whose end is read is written, rotated and read by chance.
class Story {
 public:
  explicit Story(std::string path) : path_(std::move(path)), tail_(path_) {
    write("");
    look();
  }
  void write(const std::string& text) {
    std::ofstream(path_, std::ios::app | std::ios::binary) << text;
    line_has_ended_ = text.empty() ? line_has_ended_ : text.back() == '\n';
  }
  void look() {
    const auto round = tail_.read({}, [&](std::string_view line) { lines.emplace_back(line); });
    tail_.keep();
    passed += round.bytes;
    waiting_ = round.unread;
  }
  void start_again() { tail_ = LogTail(path_, tail_.places()); }
  void rename() {
    if (!line_has_ended_ || renamed_ == 4) return;
    fs::rename(path_, path_ + "." + std::to_string(renamed_++));
    write("");
    look();  // of a file that it has not seen nobody knows by what name it goes
  }
  void truncate() {
    look();
    if (waiting_ == 0 && line_has_ended_) fs::resize_file(path_, 0);
  }
  Lines lines;
  std::uint64_t passed = 0;

 private:
  std::string path_;
  LogTail tail_;
  bool line_has_ended_ = true;
  int renamed_ = 0;
  std::uint64_t waiting_ = 0;
};

// However writes, looks, rotations and restarts fall together, the lines are the same.
TEST_F(LogTailTest, AnySplitIntoRoundsGivesTheSameLines) {
  int number = 0;
  const bool held = rc::check([&] {
    const auto lengths = *rc::gen::container<std::vector<std::size_t>>(
        rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, 300),
                       rc::gen::inRange<std::size_t>(kLongestLine - 2, 3 * kLongestLine)));
    std::string text;
    Lines expected;
    for (const auto length : lengths) {
      std::string line;  // none is like another
      while (line.size() < length) line += std::to_string(text.size() + line.size()) + " ";
      line.resize(length);
      text += line + "\n";
      expected.push_back(line.substr(0, kLongestLine));
    }
    Story story(directory_ + "/" + std::to_string(number++) + ".log");
    using Step = void (Story::*)();
    const Step steps[] = {&Story::look, &Story::start_again, &Story::rename, &Story::truncate};
    for (std::size_t at = 0; at < text.size();) {
      const auto size = *rc::gen::inRange<std::size_t>(1, 20'000);
      story.write(text.substr(at, size));
      at += size;
      const auto step = *rc::gen::inRange<std::size_t>(0, 6);
      if (step < std::size(steps)) (story.*steps[step])();
    }
    story.look();
    const bool same = story.lines == expected;  // they are long to be shown
    RC_ASSERT(same);
    RC_ASSERT(story.passed == text.size());
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace monitron::host
