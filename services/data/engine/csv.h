// A streaming reader of RFC 4180 CSV in UTF-8.
//
// Bytes may arrive in chunks of any size: a boundary may fall inside a character, between CR and LF or inside a quoted
// cell, and the records are the same. Memory is bounded by the longest record.
//
// Accepted: UTF-8 with or without byte order mark; CRLF, LF or CR line ends; cells in double quotes with commas, line
// ends and doubled quotes inside; a last record without line end. A double quote inside an unquoted cell stands for
// itself. Blank lines carry no cells and are skipped.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farrell::data {

// Something wrong with the bytes themselves.
struct CsvProblem {
  enum class Kind {
    kUnknownEncoding,  // bytes that are not UTF-8 (or NUL, or UTF-16/UTF-32)
    kQuoteUnclosed,    // file ends inside a quoted cell, or text follows the closing quote
    kTruncated,        // file ends inside a UTF-8 character
    kRecordTooLong,    // a record of more than 16 MiB
  };
  Kind kind = Kind::kUnknownEncoding;
  std::int64_t line = 0;  // 1-based line of the file
  std::string message;    // one sentence: what is wrong and how to mend it
};

struct CsvRecord {
  std::int64_t line = 0;                    // 1-based line on which the record starts
  std::span<const std::string_view> cells;  // valid during the call only
  bool ended = true;                        // false: the file ended before the record's line end
};

class CsvReader {
 public:
  using RecordHandler = std::function<void(const CsvRecord&)>;
  using ProblemHandler = std::function<void(const CsvProblem&)>;

  CsvReader(RecordHandler on_record, ProblemHandler on_problem);

  // The next bytes of the file. After a problem that makes the rest unreadable (see stopped()) bytes are ignored.
  void Feed(std::string_view chunk);

  // The file has ended. Call exactly once.
  void Finish();

  // True when the rest of the file cannot be read as CSV at all: UTF-16, or a record that is too long.
  bool stopped() const { return stopped_; }

  // Bytes seen, the byte order mark not counted.
  std::int64_t byte_count() const { return byte_count_; }

 private:
  enum class State { kCellStart, kPlain, kQuoted, kQuoteInQuoted };

  void FeedText(std::string_view text);
  std::string_view CheckStart(std::string_view chunk);
  void CheckEncoding(std::string_view text);
  void EncodingError();
  void Byte(char byte);
  void EndCell();
  void EndRecord(bool ended);
  void TooLong();

  RecordHandler on_record_;
  ProblemHandler on_problem_;
  std::string start_;              // first bytes, until the byte order mark is decided
  std::string record_;             // cells of the current record, unquoted, one after another
  std::vector<std::size_t> ends_;  // end of every finished cell in record_
  std::vector<std::string_view> cells_;
  std::int64_t line_ = 1;
  std::int64_t record_line_ = 1;
  std::int64_t quote_line_ = 1;
  std::int64_t byte_count_ = 0;
  State state_ = State::kCellStart;
  bool start_decided_ = false;
  bool any_quoted_ = false;        // the record has a quoted cell, so an empty one is not a blank line
  bool text_after_quote_ = false;  // reported once a record
  bool skip_line_feed_ = false;    // the last byte was a CR that ended a line
  bool stopped_ = false;

  // UTF-8 decoder state: bytes still expected, range of the next one.
  bool encoding_after_return_ = false;
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xBF;
  int expected_ = 0;
  std::int64_t encoding_line_ = 1;      // line of the decoder's position
  std::int64_t encoding_reported_ = 0;  // last line reported
};

}  // namespace farrell::data
