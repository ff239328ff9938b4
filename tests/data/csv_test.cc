#include "services/data/engine/csv.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace farrell::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Record {
  std::int64_t line;
  std::vector<std::string> cells;
  bool ended;
  bool operator==(const Record&) const = default;
};

struct Parsed {
  std::vector<Record> records;
  std::vector<std::pair<CsvProblem::Kind, std::int64_t>> problems;
  std::vector<std::string> messages;
  bool operator==(const Parsed&) const = default;
  std::vector<std::vector<std::string>> Cells() const {
    std::vector<std::vector<std::string>> cells;
    for (const Record& record : records) cells.push_back(record.cells);
    return cells;
  }
};

Parsed Parse(std::string_view text, std::size_t chunk) {
  Parsed parsed;
  CsvReader reader(
      [&](const CsvRecord& record) {
        parsed.records.push_back(
            {record.line, std::vector<std::string>(record.cells.begin(), record.cells.end()), record.ended});
      },
      [&](const CsvProblem& problem) {
        parsed.problems.emplace_back(problem.kind, problem.line);
        parsed.messages.push_back(problem.message);
      });
  for (std::size_t offset = 0; offset < text.size(); offset += chunk) reader.Feed(text.substr(offset, chunk));
  reader.Finish();
  // The encoding is checked a chunk ahead of the records; only the order of the problems depends on that.
  std::sort(parsed.problems.begin(), parsed.problems.end(),
            [](const auto& a, const auto& b) { return std::pair(a.second, a.first) < std::pair(b.second, b.first); });
  std::sort(parsed.messages.begin(), parsed.messages.end());
  return parsed;
}

// Parses in chunks of every size; the result must not depend on it.
Parsed ParseAll(std::string_view text) {
  const Parsed whole = Parse(text, text.size() + 1);
  for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) {
    const Parsed parsed = Parse(text, chunk);
    EXPECT_EQ(parsed, whole) << "chunks of " << chunk;
    if (!(parsed == whole)) break;
  }
  return whole;
}

using Row = std::vector<std::string>;

TEST(CsvTest, ReadsPlainQuotedAndEmptyCells) {
  EXPECT_THAT(ParseAll("a,b\n1,\"x,y\"\n,\n\"\",\"say \"\"hi\"\"\"\n").Cells(),
              ElementsAre(Row{"a", "b"}, Row{"1", "x,y"}, Row{"", ""}, Row{"", "say \"hi\""}));
}

TEST(CsvTest, LineEndsMayBeCrLfLfOrCr) {
  for (const char* end : {"\r\n", "\n", "\r"}) {
    const std::string text = std::string("a,b") + end + "1,2" + end + "3,4" + end;
    const Parsed parsed = ParseAll(text);
    EXPECT_THAT(parsed.Cells(), ElementsAre(Row{"a", "b"}, Row{"1", "2"}, Row{"3", "4"}));
    EXPECT_EQ(parsed.records[2].line, 3);
  }
}

TEST(CsvTest, QuotedCellsKeepLineEndsAndLinesAreStillCounted) {
  const Parsed parsed = ParseAll("a,b\r\n\"one\r\ntwo\",\"x\ny\"\r\n3,4\r\n");
  EXPECT_THAT(parsed.Cells(), ElementsAre(Row{"a", "b"}, Row{"one\r\ntwo", "x\ny"}, Row{"3", "4"}));
  EXPECT_EQ(parsed.records[1].line, 2);
  EXPECT_EQ(parsed.records[2].line, 5);
}

TEST(CsvTest, ByteOrderMarkAndChineseHeaders) {
  const Parsed parsed = ParseAll("\xEF\xBB\xBF省份,年份,专利申请数\n北京,2010,1\n");
  EXPECT_THAT(parsed.Cells(), ElementsAre(Row{"省份", "年份", "专利申请数"}, Row{"北京", "2010", "1"}));
  EXPECT_THAT(parsed.problems, IsEmpty());
}

TEST(CsvTest, TheLastRecordNeedsNoLineEnd) {
  const Parsed parsed = ParseAll("a,b\n1,2");
  EXPECT_THAT(parsed.Cells(), ElementsAre(Row{"a", "b"}, Row{"1", "2"}));
  EXPECT_FALSE(parsed.records[1].ended);
  EXPECT_TRUE(parsed.records[0].ended);
}

TEST(CsvTest, BlankLinesAreSkippedButAnEmptyQuotedCellIsACell) {
  const Parsed parsed = ParseAll("a\n\n\r\n1\n\"\"\n\n");
  EXPECT_THAT(parsed.Cells(), ElementsAre(Row{"a"}, Row{"1"}, Row{""}));
  EXPECT_EQ(parsed.records[1].line, 4);
}

TEST(CsvTest, EmptyInputHasNoRecords) {
  EXPECT_THAT(ParseAll("").records, IsEmpty());
  EXPECT_THAT(ParseAll("\xEF\xBB\xBF").records, IsEmpty());
  EXPECT_THAT(ParseAll("\n\n").records, IsEmpty());
}

TEST(CsvTest, BytesThatAreNotUtf8AreNamedByLine) {
  // "北京" in GBK.
  const Parsed parsed = ParseAll("a,b\n1,2\n\xB1\xB1\xBE\xA9,3\n4,5\n\xFF,6\n");
  EXPECT_THAT(parsed.problems, ElementsAre(std::pair(CsvProblem::Kind::kUnknownEncoding, 3),
                                           std::pair(CsvProblem::Kind::kUnknownEncoding, 5)));
  EXPECT_THAT(parsed.messages[0], HasSubstr("UTF-8"));
  EXPECT_THAT(parsed.records, SizeIs(5));
}

TEST(CsvTest, OverlongSurrogateAndNulBytesAreNotText) {
  for (const std::string_view bad :
       {std::string_view("\xC0\x80"), std::string_view("\xED\xA0\x80"), std::string_view("\xF4\x90\x80\x80"),
        std::string_view("\xE0\x80\x80"), std::string_view("\0", 1), std::string_view("\x80")}) {
    const Parsed parsed = ParseAll("a\n" + std::string(bad) + "\n");
    ASSERT_FALSE(parsed.problems.empty());
    EXPECT_EQ(parsed.problems[0], std::pair(CsvProblem::Kind::kUnknownEncoding, std::int64_t{2}));
  }
}

TEST(CsvTest, Utf16IsRecognised) {
  for (const std::string_view mark : {std::string_view("\xFF\xFE"), std::string_view("\xFE\xFF")}) {
    const Parsed parsed = ParseAll(std::string(mark) + std::string("a\0,\0b\0", 6));
    ASSERT_THAT(parsed.problems, SizeIs(1));
    EXPECT_THAT(parsed.messages[0], HasSubstr("UTF-16"));
    EXPECT_THAT(parsed.records, IsEmpty());
  }
}

TEST(CsvTest, AnUnclosedQuoteIsNamedWhereItOpens) {
  const Parsed parsed = ParseAll("a,b\n1,2\n3,\"open\n4,5\n");
  EXPECT_THAT(parsed.problems, ElementsAre(std::pair(CsvProblem::Kind::kQuoteUnclosed, 3)));
  EXPECT_THAT(parsed.records, SizeIs(2));
}

TEST(CsvTest, TextAfterAClosingQuoteIsReportedOnceARecord) {
  const Parsed parsed = ParseAll("a,b\n\"x\"y,\"z\"w\n1,2\n");
  EXPECT_THAT(parsed.problems, ElementsAre(std::pair(CsvProblem::Kind::kQuoteUnclosed, 2)));
}

TEST(CsvTest, AQuoteInsideAnUnquotedCellIsPlain) {
  EXPECT_THAT(ParseAll("a\n5\" pipe\n").Cells(), ElementsAre(Row{"a"}, Row{"5\" pipe"}));
}

TEST(CsvTest, AFileCutInsideACharacterIsTruncated) {
  const Parsed parsed = ParseAll("a,b\n1,\xE5\x8C");
  EXPECT_THAT(parsed.problems, ElementsAre(std::pair(CsvProblem::Kind::kTruncated, 2)));
}

// Whatever the bytes, the chunks do not matter and nothing crashes.
TEST(CsvTest, RandomBytesReadTheSameInAnyChunks) {
  const std::vector<std::string> pieces = {"a",  ",",    "\"",   "\"\"", "\n",  "\r\n", "\r",
                                           "省", "\xE5", "\xFF", "",     "1.5", " "};
  std::uint64_t state = 7;
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int count = 0; count < 30; ++count) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      text += pieces[static_cast<std::size_t>(state >> 33U) % pieces.size()];
    }
    ParseAll(text);
    if (HasFailure()) return;
  }
}

TEST(CsvTest, ARecordWithoutEndIsRefusedInBoundedMemory) {
  CsvProblem last;
  CsvReader reader([](const CsvRecord&) {}, [&](const CsvProblem& problem) { last = problem; });
  reader.Feed("a\n\"");
  const std::string block(1 << 20, 'x');
  int fed = 0;
  while (!reader.stopped() && fed < 64) {
    reader.Feed(block);
    ++fed;
  }
  EXPECT_TRUE(reader.stopped());
  EXPECT_LE(fed, 18);
  EXPECT_EQ(last.kind, CsvProblem::Kind::kQuoteUnclosed);
  EXPECT_EQ(last.line, 2);
}

}  // namespace
}  // namespace farrell::data
