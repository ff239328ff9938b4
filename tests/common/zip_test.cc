#include "common/archive/zip.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace farrell::archive {
namespace {

using ::testing::HasSubstr;

std::string Zip(const std::vector<ZipMember>& members) { return WriteZip(members).value(); }

// Every place of a name, in the local header and in the central directory; a name of the same length.
std::string Renamed(std::string zip, const std::string& from, const std::string& to) {
  EXPECT_EQ(from.size(), to.size());
  for (std::size_t at = zip.find(from); at != std::string::npos; at = zip.find(from, at + 1)) {
    zip.replace(at, from.size(), to);
  }
  return zip;
}

// The only violation of an archive that is refused.
FieldViolation Refusal(const std::string& zip, const ZipLimits& limits = {}) {
  const Result<std::vector<ZipMember>> read = ReadZip(zip, limits);
  EXPECT_FALSE(read.ok());
  if (read.ok()) return {};
  EXPECT_EQ(read.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(read.status().reason(), "ZIP_INVALID");
  return read.status().violations().empty() ? FieldViolation{"", read.status().message()}
                                            : read.status().violations().front();
}

TEST(ZipTest, GivesBackWhatWasPutIn) {
  const std::string binary("\0\xff\r\n\x1a", 5);
  const std::string large(3'000'000, 'x');
  const auto read = ReadZip(Zip({{"b/c.bin", binary}, {"a.txt", "text"}, {"省.csv", ""}, {"large", large}}));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  ASSERT_EQ(read->size(), 4U);
  EXPECT_EQ((*read)[0].name, "a.txt");
  EXPECT_EQ((*read)[1].bytes, binary);
  EXPECT_EQ((*read)[2].bytes, large);
  EXPECT_EQ((*read)[3].name, "省.csv");
}

TEST(ZipTest, TheSameMembersInAnyOrderAreTheSameBytesInAnyTimeZone) {
  ASSERT_EQ(::setenv("TZ", "Asia/Shanghai", 1), 0);
  const std::string first = Zip({{"a", "1"}, {"b", "2"}});
  ASSERT_EQ(::setenv("TZ", "America/New_York", 1), 0);
  EXPECT_EQ(Zip({{"b", "2"}, {"a", "1"}}), first);
  EXPECT_NE(Zip({{"b", "2"}, {"a", "3"}}), first);
}

TEST(ZipTest, ANameThatCannotStandIsNotWritten) {
  for (const char* name :
       {"", "/etc/passwd", "../up", "a/../../b", "a//b", "a\\b", "C:x", "./a", "a\nb", "a/", "\xff"}) {
    EXPECT_EQ(WriteZip({{name, "x"}}).status().reason(), "ZIP_NOT_WRITTEN") << name;
  }
  EXPECT_FALSE(WriteZip({{"a", "x"}, {"a", "y"}}).ok());
}

TEST(ZipTest, PathsThatLeaveTheArchiveAreRefused) {
  const std::string zip = Zip({{"harmless-name", "x"}});
  EXPECT_THAT(Refusal(Renamed(zip, "harmless-name", "../../.bashrc")).description, HasSubstr("outside the archive"));
  EXPECT_THAT(Refusal(Renamed(zip, "harmless-name", "/etc/shadow--")).description, HasSubstr("absolute"));
  EXPECT_THAT(Refusal(Renamed(zip, "harmless-name", "..\\..\\win.ini")).description, HasSubstr("backslash"));
  EXPECT_THAT(Refusal(Renamed(zip, "harmless-name", "C:/autoexec--")).description, HasSubstr("drive"));
}

TEST(ZipTest, EveryBadMemberIsNamedAtOnce) {
  std::string zip = Zip({{"first-name", "x"}, {"other-name", "y"}, {"sound-name", "z"}});
  zip = Renamed(Renamed(zip, "first-name", "../escape1"), "other-name", "/absolute1");
  const auto read = ReadZip(zip);
  ASSERT_FALSE(read.ok());
  ASSERT_EQ(read.status().violations().size(), 2U);
  EXPECT_EQ(read.status().violations()[0].field, "../escape1");
  EXPECT_EQ(read.status().violations()[1].field, "/absolute1");
}

TEST(ZipTest, ARepeatedNameIsRefused) {
  EXPECT_THAT(Refusal(Renamed(Zip({{"twice-1", "x"}, {"twice-2", "y"}}), "twice-2", "twice-1")).description,
              HasSubstr("twice"));
}

TEST(ZipTest, ABombIsNotUnpacked) {
  const std::string zip = Zip({{"bomb", std::string(5'000'000, '\0')}});
  EXPECT_LT(zip.size(), 20'000U);
  EXPECT_THAT(Refusal(zip, {.most_members = 10, .most_bytes = 1'000'000}).description, HasSubstr("5000000 bytes"));
  const std::string halves = Zip({{"half1", std::string(600'000, '\0')}, {"half2", std::string(600'000, '\0')}});
  EXPECT_EQ(Refusal(halves, {.most_members = 10, .most_bytes = 1'000'000}).field, "half2");
  EXPECT_THAT(Refusal(halves, {.most_members = 1}).description, HasSubstr("2 members"));
}

// The announced size of a member in its two headers.
TEST(ZipTest, AMemberThatUnpacksToMoreThanAnnouncedIsRefused) {
  std::string zip = Zip({{"bomb", std::string(70'000, '\0')}});
  const std::string honest{'\x70', '\x11', '\x01', '\0'};
  const std::string small{'\x10', '\0', '\0', '\0'};
  int found = 0;
  for (std::size_t at = zip.find(honest); at != std::string::npos; at = zip.find(honest, at + 1)) {
    zip.replace(at, honest.size(), small);
    ++found;
  }
  ASSERT_EQ(found, 2);
  Refusal(zip);
}

TEST(ZipTest, AChangedByteOfAMemberIsSeen) {
  std::string zip = Zip({{"m", "0.123456789 0.987654321 0.192837465"}});
  zip[zip.find("m") + 8] = static_cast<char>(zip[zip.find("m") + 8] ^ 0x10);
  EXPECT_EQ(Refusal(zip).field, "m");
}

TEST(ZipTest, ACutOffArchiveIsRefusedWhereverItIsCut) {
  const std::string zip = Zip({{"a.txt", "some text"}, {"b/c.txt", std::string(500, 'c')}});
  for (std::size_t size = 0; size < zip.size(); ++size) {
    EXPECT_FALSE(ReadZip(zip.substr(0, size)).ok()) << size;
  }
}

TEST(ZipTest, NoFlippedByteBringsItDown) {
  const std::string zip = Zip({{"a.txt", "some text"}, {"b/c.txt", std::string(500, 'c')}});
  for (std::size_t at = 0; at < zip.size(); ++at) {
    for (const char mask : {'\x01', '\x80', '\xff'}) {
      std::string damaged = zip;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      const auto read = ReadZip(damaged);
      if (!read.ok()) continue;
      for (const ZipMember& member : *read) {
        EXPECT_EQ(ProblemOfName(member.name), "");
        EXPECT_TRUE(member.bytes == "some text" || member.bytes == std::string(500, 'c')) << at;
      }
    }
  }
}

TEST(ZipTest, BytesThatAreNoArchiveAreRefused) {
  Refusal("");
  Refusal("PK");
  Refusal(std::string(10'000, 'P'));
  Refusal("PK\x05\x06" + std::string(18, '\xff'));
}

TEST(ZipTest, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(ReadZip(Zip({{"a", "x"}}), {}, source.get_token()).status().code(), Code::kCancelled);
}

}  // namespace
}  // namespace farrell::archive
