// What a page carries, and what stands on the next one.
#include "services/reporting/engine/table_pages.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

namespace farrell::reporting {
namespace {

using ::testing::HasSubstr;

Table Numbers(std::size_t columns) {
  Table table;
  table.id = "t";
  table.number = "6";
  table.title = "Robustness";
  table.notes = {"Beneath."};
  Row row;
  row.id = "coef:x";
  row.label = "x";
  for (std::size_t i = 0; i < columns; ++i) {
    table.columns.push_back({"c" + std::to_string(i), "(" + std::to_string(i + 1) + ")", false});
    row.cells.push_back(Cell::Real(static_cast<double>(i) + 0.125));
  }
  table.panels = {{"", {row}}};
  return table;
}

TEST(TablePages, FewColumnsStandUpright) {
  const TablePages pages = PagesOf(Numbers(6));
  EXPECT_FALSE(pages.landscape);
  ASSERT_EQ(pages.pieces.size(), 1U);
}

TEST(TablePages, MoreColumnsLieOnTheSide) {
  const TablePages pages = PagesOf(Numbers(18));
  EXPECT_TRUE(pages.landscape);
  ASSERT_EQ(pages.pieces.size(), 1U);
  EXPECT_EQ(pages.pieces[0].columns.size(), 18U);
}

TEST(TablePages, EveryColumnStandsInOnePieceUnderItsHeads) {
  Table table = Numbers(60);
  table.spanners = {{"first", 0, 9}, {"rest", 10, 59}};
  const TablePages pages = PagesOf(table);
  ASSERT_GT(pages.pieces.size(), 1U);
  std::size_t next = 0;
  for (const Table& piece : pages.pieces) {
    ASSERT_EQ(piece.panels.size(), 1U);
    ASSERT_EQ(piece.panels[0].rows.size(), 1U);
    const Row& row = piece.panels[0].rows[0];
    EXPECT_EQ(row.label, "x");
    ASSERT_EQ(row.cells.size(), piece.columns.size());
    ASSERT_FALSE(piece.spanners.empty());
    EXPECT_EQ(piece.spanners.back().last, piece.columns.size() - 1);
    for (std::size_t i = 0; i < piece.columns.size(); ++i, ++next) {
      EXPECT_EQ(piece.columns[i].id, "c" + std::to_string(next));
      EXPECT_EQ(row.cells[i].real, static_cast<double>(next) + 0.125);
    }
  }
  EXPECT_EQ(next, 60U);
  EXPECT_EQ(pages.pieces[0].spanners[0].label, "first");
  EXPECT_EQ(pages.pieces[1].spanners[0].label, "rest");
}

TEST(TablePages, AColumnWiderThanAPageStandsAlone) {
  Table table = Numbers(3);
  table.columns[1].label = std::string(400, 'x');
  table.panels[0].rows[0].cells[1] = Cell::Text(std::string(400, 'y'));
  std::size_t columns = 0;
  for (const Table& piece : PagesOf(table).pieces) columns += piece.columns.size();
  EXPECT_EQ(columns, 3U);
  EXPECT_EQ(PagesOf(Table()).pieces.size(), 1U);
}

TEST(TablePages, PiecesSayThatTheyContinue) {
  Table table = Numbers(60);
  const std::string html = RenderHtml(table);
  EXPECT_THAT(html, HasSubstr("<b>Table 6.</b> Robustness</caption>"));
  EXPECT_THAT(html, HasSubstr("<b>Table 6.</b> Robustness (continued)</caption>"));
  table.words = Words("zh");
  EXPECT_THAT(RenderHtml(table), HasSubstr("Robustness（续表）</caption>"));
  // Notes stand once, beneath the last.
  EXPECT_GT(html.find("Beneath."), html.rfind("</table>"));
  EXPECT_EQ(html.find("Beneath."), html.rfind("Beneath."));
}

// No page comes between a coefficient and its standard error.
TEST(TablePages, ACoefficientAndWhatStandsBelowItAreOneGroup) {
  Table table = Numbers(2);
  Row below = table.panels[0].rows[0];
  below.label.clear();
  below.role = Row::Role::kStdError;
  Row other = table.panels[0].rows[0];
  other.label = "Observations";
  table.panels[0].rows.push_back(below);
  table.panels[0].rows.push_back(other);
  const std::string html = RenderHtml(table);
  const std::size_t group = html.find("<tbody class=\"start block\">");
  ASSERT_NE(group, std::string::npos);
  const std::string rows = html.substr(group, html.find("</tbody>", group) - group);
  EXPECT_THAT(rows, HasSubstr("rowspan=\"2\""));
  EXPECT_THAT(rows, ::testing::Not(HasSubstr("Observations")));
  EXPECT_THAT(html, HasSubstr("<tbody class=\"more\">"));
}

}  // namespace
}  // namespace farrell::reporting
