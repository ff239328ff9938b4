#include "services/data/engine/csv.h"

#include <algorithm>
#include <utility>

#include "common/text/utf8.h"

namespace farrell::data {
namespace {

constexpr std::size_t kMaxRecordBytes = std::size_t{16} * 1024 * 1024;
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

bool IsUtf16Or32(std::string_view start) {
  using namespace std::literals;
  return start.starts_with("\xFF\xFE"sv) || start.starts_with("\xFE\xFF"sv) || start.starts_with("\0\0\xFE\xFF"sv);
}

}  // namespace

CsvReader::CsvReader(RecordHandler on_record, ProblemHandler on_problem)
    : on_record_(std::move(on_record)), on_problem_(std::move(on_problem)) {}

// Holds back the first four bytes until it is clear whether they are a byte order mark.
std::string_view CsvReader::CheckStart(std::string_view chunk) {
  const std::size_t wanted = 4 - std::min<std::size_t>(4, start_.size());
  const std::size_t taken = std::min(wanted, chunk.size());
  start_ += chunk.substr(0, taken);
  if (start_.size() < 4) return {};
  start_decided_ = true;
  return chunk.substr(taken);
}

void CsvReader::Feed(std::string_view chunk) {
  if (stopped_) return;
  if (!start_decided_) {
    chunk = CheckStart(chunk);
    if (!start_decided_) return;
    FeedText(std::exchange(start_, {}));
  }
  FeedText(chunk);
}

void CsvReader::FeedText(std::string_view text) {
  if (stopped_) return;
  if (byte_count_ == 0) {
    if (IsUtf16Or32(text)) {
      on_problem_({CsvProblem::Kind::kUnknownEncoding, 1,
                   "the file is in UTF-16 or UTF-32 (it starts with that byte order mark): save it as UTF-8"});
      stopped_ = true;
      return;
    }
    if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  }
  byte_count_ += static_cast<std::int64_t>(text.size());
  CheckEncoding(text);
  std::size_t position = 0;
  while (position < text.size() && !stopped_) {
    // Runs of ordinary bytes are copied whole.
    std::size_t end = position;
    if (state_ == State::kPlain) {
      while (end < text.size() && text[end] != ',' && text[end] != '\n' && text[end] != '\r') ++end;
    } else if (state_ == State::kQuoted) {
      while (end < text.size() && text[end] != '"' && text[end] != '\n' && text[end] != '\r') ++end;
    }
    if (end > position) {
      skip_line_feed_ = false;
      record_.append(text.substr(position, end - position));
      if (record_.size() > kMaxRecordBytes) TooLong();
      position = end;
      continue;
    }
    Byte(text[position]);
    ++position;
  }
}

void CsvReader::Byte(char byte) {
  const bool continues_return = std::exchange(skip_line_feed_, false) && byte == '\n';
  switch (state_) {
    case State::kQuoted:
      if (byte == '"') {
        state_ = State::kQuoteInQuoted;
        return;
      }
      // Line ends inside quotes belong to the cell; CRLF counts as one line.
      if (byte == '\r' || (byte == '\n' && !continues_return)) ++line_;
      skip_line_feed_ = byte == '\r';
      record_ += byte;
      if (record_.size() > kMaxRecordBytes) TooLong();
      return;
    case State::kQuoteInQuoted:
      if (byte == '"') {
        record_ += '"';
        state_ = State::kQuoted;
        return;
      }
      if (byte != ',' && byte != '\n' && byte != '\r') {
        if (!text_after_quote_) {
          text_after_quote_ = true;
          on_problem_({CsvProblem::Kind::kQuoteUnclosed, line_,
                       "text follows the closing quote of a cell: double the quotes inside the cell (\"\")"});
        }
        record_ += byte;
        state_ = State::kPlain;
        return;
      }
      break;
    case State::kCellStart:
      if (continues_return && record_.empty() && ends_.empty()) return;
      if (byte == '"') {
        any_quoted_ = true;
        quote_line_ = line_;
        state_ = State::kQuoted;
        return;
      }
      break;
    case State::kPlain: break;
  }
  if (byte == ',') {
    EndCell();
  } else if (byte == '\n' || byte == '\r') {
    EndRecord(true);
    ++line_;
    record_line_ = line_;
    skip_line_feed_ = byte == '\r';
  } else {
    record_ += byte;
    state_ = State::kPlain;
  }
}

void CsvReader::EndCell() {
  ends_.push_back(record_.size());
  state_ = State::kCellStart;
}

void CsvReader::EndRecord(bool ended) {
  EndCell();
  const bool blank = ends_.size() == 1 && record_.empty() && !any_quoted_;
  if (!blank) {
    cells_.clear();
    std::size_t start = 0;
    for (const std::size_t end : ends_) {
      cells_.push_back(std::string_view(record_).substr(start, end - start));
      start = end;
    }
    on_record_({record_line_, cells_, ended});
  }
  record_.clear();
  ends_.clear();
  any_quoted_ = false;
  text_after_quote_ = false;
}

void CsvReader::TooLong() {
  stopped_ = true;
  if (state_ == State::kQuoted) {
    on_problem_({CsvProblem::Kind::kQuoteUnclosed, quote_line_,
                 "a quote opened on this line is not closed within 16 MiB: close or double it"});
  } else {
    on_problem_({CsvProblem::Kind::kRecordTooLong, record_line_,
                 "a record of more than 16 MiB: is this a CSV file with line ends?"});
  }
}

void CsvReader::EncodingError() {
  if (encoding_reported_ != encoding_line_) {
    encoding_reported_ = encoding_line_;
    on_problem_({CsvProblem::Kind::kUnknownEncoding, encoding_line_,
                 "bytes that are not UTF-8 text (GBK, UTF-16 or Latin-1, perhaps): save the file as UTF-8"});
  }
  expected_ = 0;
}

// Well-formed UTF-8 as in table 3-7 of the Unicode Standard; lines are counted apart from the records', because the
// check runs ahead of them.
void CsvReader::CheckEncoding(std::string_view text) {
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (expected_ > 0) {
      if (byte >= low_ && byte <= high_) {
        --expected_;
        low_ = 0x80;
        high_ = 0xBF;
        continue;
      }
      EncodingError();
    }
    if (byte < 0x80) {
      if (byte == '\n') {
        if (!encoding_after_return_) ++encoding_line_;
      } else if (byte == '\r') {
        ++encoding_line_;
      } else if (byte == 0) {
        EncodingError();
      }
      encoding_after_return_ = byte == '\r';
      continue;
    }
    encoding_after_return_ = false;
    const text::Utf8Lead lead = text::ReadUtf8Lead(byte);
    if (lead.length == 0) {
      EncodingError();
      continue;
    }
    expected_ = static_cast<int>(lead.length) - 1;
    low_ = lead.low;
    high_ = lead.high;
  }
}

void CsvReader::Finish() {
  if (!start_decided_) {
    start_decided_ = true;
    FeedText(std::exchange(start_, {}));
  }
  if (stopped_) return;
  if (expected_ > 0) {
    on_problem_(
        {CsvProblem::Kind::kTruncated, line_, "the file ends inside a character: it was cut off, fetch it again"});
  }
  if (state_ == State::kQuoted) {
    on_problem_({CsvProblem::Kind::kQuoteUnclosed, quote_line_,
                 "a quote opened on this line is never closed: close it, or double it if it belongs to the text"});
    return;
  }
  const bool nothing_pending = state_ == State::kCellStart && record_.empty() && ends_.empty();
  if (!nothing_pending) EndRecord(false);
}

}  // namespace farrell::data
