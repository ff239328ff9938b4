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

}  // namespace
}  // namespace farrell::data
