// Workbooks through the service: written by openpyxl, read by the program beside it.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <string>

#include "common/process/side_process.h"
#include "tests/data/service_fixture.h"

namespace farrell::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

// The bytes of a workbook made by these lines of Python on `book` and its sheet `s`.
std::string Workbook(const std::string& lines) {
  const std::string script = "import io, sys, datetime, openpyxl\nbook = openpyxl.Workbook()\ns = book.active\n" +
                             lines + "\nout = io.BytesIO()\nbook.save(out)\nsys.stdout.buffer.write(out.getvalue())\n";
  const auto end =
      RunSideProcess({.arguments = {"/usr/bin/python3", "-c", script}, .input = {}, .environment = {}}, {});
  return end.ok() && end->exit_code == 0 ? end->output : "";
}

constexpr const char* kPage = R"(
s.title = '表1'
s['A1'] = '各地区R＆D情况'; s.merge_cells('A1:C1')
s['A2'] = '地  区①'; s.merge_cells('A2:A3')
s['B2'] = 'R&D经费支出（万元）'; s.merge_cells('B2:C2')
s['B3'] = 2018; s['C3'] = '２０１９年'
s['A4'] = '北  京'; s['B4'] = 0.1; s['C4'] = '1,234.5②'
s['A5'] = '天  津'; s['B5'] = '…'; s['C5'] = 3
s['A6'] = '注：不含港澳台。'
)";

class WorkbookTest : public DataServiceTest {
 protected:
  void SetUp() override {
    DataServiceTest::SetUp();
    page_ = Workbook(kPage);
    if (page_.empty()) GTEST_SKIP() << "python3-openpyxl is not installed";
  }
  static v1::ImportOptions Options() {
    v1::ImportOptions options;
    options.set_format(v1::TABLE_FORMAT_XLSX);
    options.set_file_name("page.xlsx");
    options.set_unit_key("province");
    options.set_time_key("year");
    options.mutable_mapping()->add_missing("…");
    auto& variable = *options.mutable_mapping()->add_variables();
    variable.set_header("R&D经费支出");
    variable.set_name("rd_exp");
    return options;
  }
  Result<v1::ValidateTableResponse> Validate(const std::string& bytes, const v1::ImportOptions& options) {
    grpc::ClientContext context;
    v1::ValidateTableResponse response;
    const auto writer = stub_->ValidateTable(&context, &response);
    v1::ValidateTableRequest request;
    *request.mutable_options() = options;
    writer->Write(request);
    request.set_chunk(bytes);
    writer->Write(request);
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    if (!status.ok()) return FromGrpc(status);
    return response;
  }
  // Places and reasons of what is wrong with a sheet.
  std::vector<std::string> Wrong(const std::string& lines, const v1::ImportOptions& options) {
    const auto response = Validate(Workbook(lines), options);
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    std::vector<std::string> told;
    if (!response.ok()) return told;
    for (const v1::TableProblem& problem : response->problems()) {
      told.push_back(problem.column() + " " + problem.reason());
    }
    return told;
  }

  std::string page_;
};

TEST_F(WorkbookTest, AYearbookPageIsTheSameTableAsItsCsv) {
  const auto preview = Validate(page_, Options());
  ASSERT_TRUE(preview.ok()) << preview.status().ToString();
  EXPECT_EQ(preview->problem_count(), 0);
  EXPECT_EQ(preview->preview(), "province,year,rd_exp\n北京,2018,0.1\n北京,2019,1234.5\n天津,2018,\n天津,2019,3\n");
  EXPECT_THAT(preview->assumptions(), Contains(HasSubstr("is a title")));
  const auto imported = Import(page_, Options(), 777);
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  EXPECT_EQ(imported->assumptions_size(), preview->assumptions_size());
  const v1::Column& column = imported->snapshot().columns(2);
  EXPECT_EQ(column.metadata().unit(), "万元");
  EXPECT_EQ(column.metadata().label(), "R&D经费支出");
  v1::ImportOptions csv;
  csv.set_unit_key("province");
  csv.set_time_key("year");
  *csv.add_columns() = column.metadata();
  EXPECT_EQ(Import(preview->preview(), csv)->snapshot().digest(), imported->snapshot().digest());
}

TEST_F(WorkbookTest, WhatCannotBeToldNamesItsCell) {
  v1::ImportOptions options = Options();
  options.clear_mapping();
  EXPECT_THAT(Wrong("s.append(['unit', 'x']); s.append(['a', 1]); s.append(['b', '=B2*2'])", options),
              ElementsAre("Sheet!B3 FORMULA_NOT_CALCULATED"));
  EXPECT_THAT(Wrong("s.append(['unit', 'x']); s.append(['a', 1]); s.append(['b', datetime.date(2019, 1, 1)])", options),
              ElementsAre("Sheet!B3 DATE_AS_VALUE"));
  EXPECT_THAT(Wrong("s.append(['unit', 'x']); s.append(['a', 1]); s.append(['b', 'n.a.'])", options),
              ElementsAre("Sheet!B3 NOT_NUMERIC"));
  const Status refused =
      Import(Workbook("s.append(['unit', 'x']); s.append(['a', 1]); s.append(['b', '#N/A'])"), options).status();
  EXPECT_EQ(refused.reason(), "TABLE_INVALID");
  ASSERT_THAT(refused.violations(), SizeIs(1));
  EXPECT_EQ(refused.violations()[0].field, "row 3, column Sheet!B3");
}

TEST_F(WorkbookTest, SheetsAreNamedOrListed) {
  const std::string two = Workbook("s.append(['unit', 'x']); s.append(['a', 1]); book.create_sheet('附录')");
  v1::ImportOptions options = Options();
  options.clear_mapping();
  Status status = Import(two, options).status();
  EXPECT_EQ(status.reason(), "SHEET_NOT_FOUND");
  EXPECT_THAT(status.message(), HasSubstr("Sheet, 附录"));
  options.mutable_mapping()->set_sheet("附");
  status = Import(two, options).status();
  EXPECT_EQ(status.reason(), "SHEET_NOT_FOUND");
  EXPECT_THAT(status.message(), HasSubstr("'附'"));
  options.mutable_mapping()->set_sheet("Sheet");
  options.clear_time_key();
  EXPECT_TRUE(Import(two, options).ok());
}

// A page of one region, a sheet each: rows are indicators, columns years, the names of the sheets the regions.
constexpr const char* kRegions = R"(
for name, first in (('北京', 100.5), ('天津', 300.5)):
    s = book.create_sheet(name)
    s.append([name + '市主要指标']); s.merge_cells('A1:D1')
    s.append(['指  标', '计量单位', 2015, '2016年'])
    s.append(['地区生产总值①', '亿元', first, '1,234.5'])
    s.append(['R&D经费（万元）', None, first + 1, '…'])
    s.append(['注：按当年价格计算。'])
del book['Sheet']
)";

TEST_F(WorkbookTest, ASheetARegionIsTheSameTableAsItsCsv) {
  v1::ImportOptions options = Options();
  v1::SheetMapping& mapping = *options.mutable_mapping();
  mapping.clear_variables();
  mapping.set_rows(v1::SheetMapping::KEY_VARIABLES);
  mapping.set_sheet_names(v1::SheetMapping::KEY_UNITS);
  const std::string book = Workbook(kRegions);
  const auto preview = Validate(book, options);
  ASSERT_TRUE(preview.ok()) << preview.status().ToString();
  EXPECT_EQ(preview->preview(),
            "province,year,地区生产总值,R&D经费\n北京,2015,100.5,101.5\n北京,2016,1234.5,\n"
            "天津,2015,300.5,301.5\n天津,2016,1234.5,\n");
  EXPECT_THAT(preview->assumptions(), Contains("every sheet: 地区生产总值 is measured in '亿元'"));
  EXPECT_THAT(preview->assumptions(), Contains("sheet 天津: '天津市主要指标' in A1 is a title and names no column"));
  const auto imported = Import(book, options, 777);
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  EXPECT_EQ(imported->snapshot().columns(3).metadata().unit(), "万元");
  v1::ImportOptions csv;
  csv.set_unit_key("province");
  csv.set_time_key("year");
  *csv.add_columns() = imported->snapshot().columns(2).metadata();
  *csv.add_columns() = imported->snapshot().columns(3).metadata();
  EXPECT_EQ(Import(preview->preview(), csv)->snapshot().digest(), imported->snapshot().digest());

  // Parts are read in their order, and say what they are in place of the names.
  mapping.add_sheets()->set_sheet("天津");
  v1::SheetPart& part = *mapping.add_sheets();
  part.set_sheet("北京");
  part.set_unit("Beijing");
  EXPECT_EQ(Validate(book, options)->preview(),
            "province,year,地区生产总值,R&D经费\n天津,2015,300.5,301.5\n天津,2016,1234.5,\n"
            "Beijing,2015,100.5,101.5\nBeijing,2016,1234.5,\n");
  part.set_unit("天津");
  EXPECT_THAT(Wrong(kRegions, options), ElementsAre("北京!C3 DUPLICATE_KEY", "北京!D3 DUPLICATE_KEY",
                                                    "北京!C4 DUPLICATE_KEY", "北京!D4 DUPLICATE_KEY"));
  part.set_sheet("上海");
  mapping.add_sheets()->set_sheet("重庆");
  const Status status = Import(book, options).status();
  EXPECT_EQ(status.reason(), "SHEET_NOT_FOUND");
  EXPECT_THAT(status.message(), HasSubstr("'上海', '重庆'"));
}

TEST_F(WorkbookTest, EverySheetAYearIsVisible) {
  constexpr const char* kYears = R"(
for year, unit in ((2018, '万元'), (2019, '亿元')):
    s = book.create_sheet(str(year))
    s.append(['地区', 'x(' + unit + ')']); s.append(['北京', year / 4])
book['Sheet'].sheet_state = 'hidden'
)";
  v1::ImportOptions options = Options();
  options.clear_mapping();
  options.mutable_mapping()->set_sheet_names(v1::SheetMapping::KEY_PERIODS);
  EXPECT_THAT(Wrong(kYears, options), ElementsAre("2019!B1 UNITS_DIFFER"));
  options.mutable_mapping()->set_sheet("2019");
  EXPECT_EQ(Validate(Workbook(kYears), options)->preview(), "province,year,x\n北京,2019,504.75\n");
}

TEST_F(WorkbookTest, WhatIsNoWorkbookIsRefused) {
  v1::ImportOptions options = Options();
  EXPECT_EQ(Import("unit,x\na,1\n", options).status().reason(), "WORKBOOK_INVALID");
  EXPECT_EQ(Import(page_.substr(0, page_.size() / 2), options).status().reason(), "WORKBOOK_INVALID");
  // An archive that unpacks to more than a workbook may.
  const auto bomb = RunSideProcess({.arguments = {"/usr/bin/python3", "-c",
                                                  "import io, sys, zipfile\nout = io.BytesIO()\n"
                                                  "with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:\n"
                                                  "    with z.open('xl/worksheets/sheet1.xml', 'w') as member:\n"
                                                  "        for _ in range(300): member.write(bytes(1 << 20))\n"
                                                  "sys.stdout.buffer.write(out.getvalue())\n"},
                                    .input = {},
                                    .environment = {}},
                                   {});
  ASSERT_TRUE(bomb.ok());
  const Status status = Import(bomb->output, options, 1 << 20).status();
  EXPECT_EQ(status.reason(), "WORKBOOK_TOO_LARGE");
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
}

TEST_F(WorkbookTest, EveryBadOptionIsNamed) {
  v1::ImportOptions options = Options();
  options.mutable_mapping()->set_range("A3");
  options.mutable_mapping()->set_header_rows(-1);
  options.mutable_mapping()->set_time_column("B");
  options.mutable_mapping()->set_period(2019);
  options.mutable_mapping()->add_variables();
  const Status status = Import(page_, options).status();
  EXPECT_EQ(status.reason(), "IMPORT_OPTIONS_INVALID");
  EXPECT_THAT(status.violations(), SizeIs(5));
  options.set_format(v1::TABLE_FORMAT_CSV);
  EXPECT_THAT(Import(page_, options).status().violations(), SizeIs(1));
}

// What the rows say, or the names of the sheets, nothing else may say.
TEST_F(WorkbookTest, EveryContradictionIsNamed) {
  const auto bad_fields = [&](const v1::SheetMapping& mapping) {
    v1::ImportOptions options = Options();
    *options.mutable_mapping() = mapping;
    std::vector<std::string> fields;
    const Status status = Import(page_, options).status();
    for (const FieldViolation& each : status.violations()) {
      EXPECT_THAT(each.field, StartsWith("options.mapping."));
      fields.push_back(each.field.substr(std::string("options.mapping.").size()));
    }
    return fields;
  };
  v1::SheetMapping units;
  units.set_unit("Beijing");
  units.set_variable_column("A");
  units.set_measurement_column("B");
  units.set_sheet("2018");
  units.set_sheet_names(v1::SheetMapping::KEY_PERIODS);
  units.set_period(2018);
  for (const char* name : {"2018", "2018", ""}) units.add_sheets()->set_sheet(name);
  units.mutable_sheets(0)->set_unit("Beijing");
  EXPECT_THAT(bad_fields(units),
              UnorderedElementsAre("unit", "variable_column", "measurement_column", "sheet", "period", "sheets[0].unit",
                                   "sheets[1].sheet", "sheets[2].sheet"));
  v1::SheetMapping variables;
  variables.set_rows(v1::SheetMapping::KEY_VARIABLES);
  variables.set_unit_row(2);
  variables.set_unit_column("A");
  variables.set_variable("x");
  variables.set_sheet_names(v1::SheetMapping::KEY_VARIABLES);
  EXPECT_THAT(bad_fields(variables),
              UnorderedElementsAre("unit_row", "unit_column", "variable", "sheet_names", "variable"));
  v1::SheetMapping periods;
  periods.set_rows(v1::SheetMapping::KEY_PERIODS);
  periods.set_period(2018);
  EXPECT_THAT(bad_fields(periods), UnorderedElementsAre("period", "unit"));
  periods.clear_period();
  periods.add_sheets()->set_sheet("a");
  periods.mutable_sheets(0)->set_variable("x");
  periods.add_sheets()->set_sheet("b");
  EXPECT_THAT(bad_fields(periods), UnorderedElementsAre("sheets[1].unit"));
  periods.set_rows(static_cast<v1::SheetMapping::Key>(9));
  EXPECT_THAT(bad_fields(periods), UnorderedElementsAre("rows"));
}

}  // namespace
}  // namespace farrell::data
