#include "services/reporting/engine/xlsx_workbook.h"

#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "common/archive/zip.h"
#include "common/text/utf8.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kLongestSheetName = 31;
constexpr std::size_t kLongestText = 32'767;
constexpr double kFontSize = 10;
constexpr double kSmallSize = 9;
// 1980-01-01, the day of the members of the archive: a workbook says when it was made, and ours are made when they are
// asked for.
constexpr std::int64_t kCreated = 315'532'800;

// The first `most` characters; bytes that are none, and characters XML refuses, become U+FFFD.
std::string Cut(std::string_view text, std::size_t most) {
  std::string out;
  for (std::size_t count = 0; !text.empty() && count < most; ++count) {
    const std::size_t length = text::Utf8CharacterLength(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool refused = length == 0 || (first < 0x20 && first != '\n' && first != '\t');
    out += refused ? std::string_view("\uFFFD") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string Lower(const std::string& text) {
  std::string lower = text;
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string CellName(int row, int column) {
  std::string letters;
  for (int rest = column + 1; rest > 0; rest = (rest - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
  }
  return letters + std::to_string(row + 1);
}

std::string ShortestText(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

std::uint8_t Border(CellLook::Rule rule) {
  switch (rule) {
    case CellLook::Rule::kNone: return LXW_BORDER_NONE;
    case CellLook::Rule::kThin: return LXW_BORDER_THIN;
    case CellLook::Rule::kThick: return LXW_BORDER_MEDIUM;
  }
  return LXW_BORDER_NONE;
}

// `<c r="B5" s="3"><v>0.3</v></c>` → the number of B5 in full. Cells of other types are left alone.
std::string WithFullNumbers(const std::string& sheet, const std::map<std::string, double>& numbers) {
  static constexpr std::string_view kCell = "<c r=\"";
  static constexpr std::string_view kValue = "<v>";
  std::string out;
  out.reserve(sheet.size() + numbers.size() * 4);
  std::size_t done = 0;
  for (std::size_t at = sheet.find(kCell); at != std::string::npos; at = sheet.find(kCell, at + 1)) {
    const std::size_t name = at + kCell.size();
    const auto number = numbers.find(sheet.substr(name, sheet.find('"', name) - name));
    if (number == numbers.end()) continue;
    const std::size_t begin = sheet.find(kValue, name) + kValue.size();
    out.append(sheet, done, begin - done).append(ShortestText(number->second));
    done = sheet.find('<', begin);
  }
  return out.append(sheet, done);
}

Result<std::string> ReadAll(int file) {
  const off_t size = ::lseek(file, 0, SEEK_END);
  if (size <= 0) return Internal("XLSX_NOT_WRITTEN", "the workbook is empty");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t count = ::pread(file, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (count <= 0) return Internal("XLSX_NOT_WRITTEN", "the workbook cannot be read back");
    at += static_cast<std::size_t>(count);
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<XlsxWorkbook>> XlsxWorkbook::Create(std::string font) {
  std::unique_ptr<XlsxWorkbook> workbook(new XlsxWorkbook());
  workbook->font_ = std::move(font);
  // The library writes to a path; this one is memory.
  workbook->file_ = ::memfd_create("workbook", MFD_CLOEXEC);
  if (workbook->file_ < 0) return Internal("XLSX_NOT_WRITTEN", "no memory for a workbook");
  const std::string path = "/proc/self/fd/" + std::to_string(workbook->file_);
  workbook->workbook_ = workbook_new(path.c_str());
  if (workbook->workbook_ == nullptr) return Internal("XLSX_NOT_WRITTEN", "no workbook could be begun");
  return workbook;
}

XlsxWorkbook::~XlsxWorkbook() {
  if (workbook_ != nullptr) lxw_workbook_free(workbook_);
  if (file_ >= 0) ::close(file_);
}

void XlsxWorkbook::Describe(const std::string& title, const std::string& authors) {
  lxw_doc_properties properties{};
  std::string short_title = Cut(title, 255);
  std::string short_authors = Cut(authors, 255);
  properties.title = short_title.data();
  properties.author = short_authors.data();
  properties.created = kCreated;
  workbook_set_properties(workbook_, &properties);
}

void XlsxWorkbook::Property(const std::string& name, const std::string& value) {
  workbook_set_custom_property_string(workbook_, name.c_str(), Cut(value, 255).c_str());
}

std::string XlsxWorkbook::Sheet(const std::string& name, const std::string& header) {
  std::string plain = name;
  for (char& c : plain) {
    if (std::string_view("[]:*?/\\'").find(c) != std::string_view::npos || static_cast<unsigned char>(c) < 0x20)
      c = '_';
  }
  if (plain.empty()) plain = "_";
  // Excel tells no capital letter from a small one.
  const auto taken = [this](const std::string& wanted) {
    return std::any_of(names_.begin(), names_.end(),
                       [&](const std::string& other) { return Lower(other) == Lower(wanted); });
  };
  std::string unique = Cut(plain, kLongestSheetName);
  for (int copy = 2; taken(unique); ++copy) {
    const std::string tail = " (" + std::to_string(copy) + ")";
    unique = Cut(plain, kLongestSheetName - tail.size()) + tail;
  }
  sheet_ = workbook_add_worksheet(workbook_, unique.c_str());
  names_.push_back(unique);
  numbers_.emplace_back();
  at_ = numbers_.size() - 1;
  if (first_ == nullptr) first_ = sheet_;
  if (sheet_ == nullptr) return unique;
  worksheet_gridlines(sheet_, LXW_HIDE_ALL_GRIDLINES);
  worksheet_set_paper(sheet_, 9);
  worksheet_set_landscape(sheet_);
  worksheet_fit_to_pages(sheet_, 1, 0);
  // `&` begins a code of a header.
  std::string escaped;
  for (const char c : Cut(header, 200)) escaped += c == '&' ? std::string("&&") : std::string(1, c);
  if (!escaped.empty()) worksheet_set_header(sheet_, ("&C" + escaped).c_str());
  worksheet_set_footer(sheet_, "&C&A, &P / &N");
  return unique;
}

void XlsxWorkbook::ReturnToFirst() {
  sheet_ = first_;
  at_ = 0;
}

lxw_format* XlsxWorkbook::Format(const CellLook& look) {
  const auto [known, added] = formats_.try_emplace(look, nullptr);
  if (!added) return known->second;
  lxw_format* format = workbook_add_format(workbook_);
  format_set_font_name(format, font_.c_str());
  format_set_font_size(format, look.small ? kSmallSize : kFontSize);
  if (!look.number_format.empty()) format_set_num_format(format, look.number_format.c_str());
  format_set_top(format, Border(look.above));
  format_set_bottom(format, Border(look.below));
  if (look.bold) format_set_bold(format);
  if (look.italic) format_set_italic(format);
  if (look.right) format_set_align(format, LXW_ALIGN_RIGHT);
  if (look.centred) format_set_align(format, LXW_ALIGN_CENTER);
  if (look.wrapped) format_set_text_wrap(format);
  if (look.wrapped) format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
  if (look.red) format_set_font_color(format, 0xB00020);
  known->second = format;
  return format;
}

void XlsxWorkbook::Text(int row, int column, std::string_view text, const CellLook& look) {
  worksheet_write_string(sheet_, static_cast<lxw_row_t>(row), static_cast<lxw_col_t>(column),
                         Cut(text, kLongestText).c_str(), Format(look));
}

void XlsxWorkbook::Number(int row, int column, double value, const CellLook& look) {
  worksheet_write_number(sheet_, static_cast<lxw_row_t>(row), static_cast<lxw_col_t>(column), value, Format(look));
  numbers_[at_][CellName(row, column)] = value;
}

void XlsxWorkbook::Blank(int row, int column, const CellLook& look) {
  worksheet_write_blank(sheet_, static_cast<lxw_row_t>(row), static_cast<lxw_col_t>(column), Format(look));
}

void XlsxWorkbook::Link(int row, int column, const std::string& sheet, std::string_view text) {
  const auto at_row = static_cast<lxw_row_t>(row);
  const auto at_column = static_cast<lxw_col_t>(column);
  worksheet_write_url(sheet_, at_row, at_column, ("internal:'" + sheet + "'!A1").c_str(), nullptr);
  worksheet_write_string(sheet_, at_row, at_column, Cut(text, kLongestText).c_str(), Format({}));
}

void XlsxWorkbook::Merge(int row, int first, int last, std::string_view text, const CellLook& look) {
  if (first == last) {
    Text(row, first, text, look);
    return;
  }
  worksheet_merge_range(sheet_, static_cast<lxw_row_t>(row), static_cast<lxw_col_t>(first), static_cast<lxw_row_t>(row),
                        static_cast<lxw_col_t>(last), Cut(text, kLongestText).c_str(), Format(look));
}

void XlsxWorkbook::Widths(int first, int last, double characters) {
  worksheet_set_column(sheet_, static_cast<lxw_col_t>(first), static_cast<lxw_col_t>(last), characters, nullptr);
}

void XlsxWorkbook::RowHeight(int row, double points) {
  worksheet_set_row(sheet_, static_cast<lxw_row_t>(row), points, nullptr);
}

void XlsxWorkbook::Freeze(int first, int row, int column) {
  worksheet_freeze_panes(sheet_, static_cast<lxw_row_t>(row), static_cast<lxw_col_t>(column));
  worksheet_repeat_rows(sheet_, static_cast<lxw_row_t>(first), static_cast<lxw_row_t>(row - 1));
}

Result<std::string> XlsxWorkbook::Finish() && {
  const lxw_error error = workbook_close(std::exchange(workbook_, nullptr));
  if (error != LXW_NO_ERROR) return Internal("XLSX_NOT_WRITTEN", lxw_strerror(error));
  FARRELL_ASSIGN_OR_RETURN(const std::string bytes, ReadAll(file_));
  FARRELL_ASSIGN_OR_RETURN(std::vector<archive::ZipMember> members, archive::ReadZip(bytes));
  for (archive::ZipMember& member : members) {
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      if (member.name == "xl/worksheets/sheet" + std::to_string(i + 1) + ".xml") {
        member.bytes = WithFullNumbers(member.bytes, numbers_[i]);
      }
    }
  }
  return archive::WriteZip(std::move(members));
}

}  // namespace farrell::reporting
