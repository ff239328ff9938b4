// A workbook under construction: libxlsxwriter behind three verbs, with what it leaves out. It writes numbers with 16
// digits, which loses the last bit of many; the file is therefore rewritten with the shortest text that reads back as
// the same number.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

struct lxw_workbook;
struct lxw_worksheet;
struct lxw_format;

namespace farrell::reporting {

// How a cell looks. Rules are drawn at its upper and lower edge.
struct CellLook {
  enum class Rule { kNone, kThin, kThick };
  std::string number_format = {};
  Rule above = Rule::kNone;
  Rule below = Rule::kNone;
  bool bold = false;
  bool italic = false;
  bool right = false;
  bool centred = false;
  bool wrapped = false;
  bool red = false;
  bool small = false;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the comparison with 0 that this makes for a pointer's.
  auto operator<=>(const CellLook&) const = default;
};

class XlsxWorkbook {
 public:
  // `font`: of every cell.
  static Result<std::unique_ptr<XlsxWorkbook>> Create(std::string font);
  ~XlsxWorkbook();
  XlsxWorkbook(const XlsxWorkbook&) = delete;
  XlsxWorkbook& operator=(const XlsxWorkbook&) = delete;

  // Title and authors of the file; properties under their own names.
  void Describe(const std::string& title, const std::string& authors);
  void Property(const std::string& name, const std::string& value);

  // Begins a sheet; what follows is written on it. The name is cut, freed of what Excel refuses and made unique;
  // returned. `header`: printed on top of every page.
  std::string Sheet(const std::string& name, const std::string& header);
  // Goes on writing on the first sheet.
  void ReturnToFirst();
  // Rows and columns from 0.
  void Text(int row, int column, std::string_view text, const CellLook& look = {});
  void Number(int row, int column, double value, const CellLook& look);
  void Blank(int row, int column, const CellLook& look);
  void Link(int row, int column, const std::string& sheet, std::string_view text);
  // One text over columns first..last.
  void Merge(int row, int first, int last, std::string_view text, const CellLook& look);
  void Widths(int first, int last, double characters);
  void RowHeight(int row, double points);
  // Keeps rows above `row` and columns left of `column` in sight, and repeats rows first..row-1 on every printed page.
  void Freeze(int first, int row, int column);

  // The file. Nothing can be written after it.
  Result<std::string> Finish() &&;

 private:
  XlsxWorkbook() = default;
  lxw_format* Format(const CellLook& look);

  int file_ = -1;
  std::string font_;
  lxw_workbook* workbook_ = nullptr;
  lxw_worksheet* sheet_ = nullptr;
  std::map<CellLook, lxw_format*> formats_;
  std::vector<std::string> names_;
  lxw_worksheet* first_ = nullptr;
  // By sheet, then "B5".
  std::vector<std::map<std::string, double>> numbers_;
  std::size_t at_ = 0;
};

}  // namespace farrell::reporting
