// Stata files through the service: written by ReadStat, read by the program beside it.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <readstat.h>

#include <cstdlib>
#include <string>

#include "tests/data/service_fixture.h"

namespace farrell::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ssize_t Append(const void* bytes, std::size_t count, void* context) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(bytes), count);
  return static_cast<ssize_t>(count);
}

// Two provinces with labels, a year, a number that is missing in two ways, a text.
std::string Panel() {
  std::string file;
  readstat_writer_t* writer = readstat_writer_init();
  readstat_set_data_writer(writer, Append);
  readstat_label_set_t* names = readstat_add_label_set(writer, READSTAT_TYPE_INT32, "names");
  readstat_label_int32_value(names, 1, "北京");
  readstat_label_int32_value(names, 2, "天津");
  readstat_variable_t* province = readstat_add_variable(writer, "province", READSTAT_TYPE_INT32, 0);
  readstat_variable_set_label_set(province, names);
  readstat_variable_t* year = readstat_add_variable(writer, "year", READSTAT_TYPE_INT16, 0);
  readstat_variable_t* gdp = readstat_add_variable(writer, "gdp", READSTAT_TYPE_DOUBLE, 0);
  readstat_variable_set_label(gdp, "Gross regional product");
  readstat_variable_t* region = readstat_add_variable(writer, "region", READSTAT_TYPE_STRING, 8);
  readstat_begin_writing_dta(writer, &file, 4);
  for (int row = 0; row < 4; ++row) {
    readstat_begin_row(writer);
    readstat_insert_int32_value(writer, province, 1 + row / 2);
    readstat_insert_int16_value(writer, year, static_cast<std::int16_t>(2018 + row % 2));
    if (row == 1) {
      readstat_insert_missing_value(writer, gdp);
    } else if (row == 2) {
      readstat_insert_tagged_missing_value(writer, gdp, 'c');
    } else {
      readstat_insert_double_value(writer, gdp, 0.1 + row);
    }
    readstat_insert_string_value(writer, region, "north");
    readstat_end_row(writer);
  }
  readstat_end_writing(writer);
  readstat_writer_free(writer);
  return file;
}

class DtaTest : public DataServiceTest {
 protected:
  void SetUp() override {
    ::setenv("FARRELL_READ_DTA", FARRELL_BINARY_DIR "/bin/farrell-read-dta", 1);
    DataServiceTest::SetUp();
  }
  static v1::ImportOptions Options() {
    v1::ImportOptions options;
    options.set_format(v1::TABLE_FORMAT_DTA);
    options.set_file_name("panel.dta");
    options.set_unit_key("province");
    options.set_time_key("year");
    return options;
  }
};

TEST_F(DtaTest, AStataFileIsTheSameTableAsItsCsv) {
  const auto imported = Import(Panel(), Options(), 100);
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  EXPECT_THAT(imported->assumptions(),
              ElementsAre("province holds the labels of its values", "1 cell with a missing value .a to .z: missing"));
  v1::ImportOptions csv;
  csv.set_unit_key("province");
  csv.set_time_key("year");
  v1::ColumnMetadata& gdp = *csv.add_columns();
  gdp.set_name("gdp");
  gdp.set_label("Gross regional product");
  const auto same = Import(
      "province,year,gdp,region\n北京,2018,0.1,north\n北京,2019,,north\n天津,2018,,north\n天津,2019,3.1,north\n", csv);
  ASSERT_TRUE(same.ok()) << same.status().ToString();
  EXPECT_EQ(same->snapshot().digest(), imported->snapshot().digest());
}

TEST_F(DtaTest, WhatIsNoStataFileIsRefused) {
  EXPECT_EQ(Import("province,year\na,1\n", Options()).status().reason(), "DTA_INVALID");
  const std::string whole = Panel();
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    const Status status = Import(whole.substr(0, size), Options()).status();
    EXPECT_THAT(status.reason(), ::testing::AnyOf("DTA_INVALID", "TABLE_INVALID")) << size;
  }
  v1::ImportOptions with_mapping = Options();
  with_mapping.mutable_mapping()->set_sheet("x");
  EXPECT_EQ(Import(whole, with_mapping).status().reason(), "IMPORT_OPTIONS_INVALID");
  ::setenv("FARRELL_READ_DTA", "/nonexistent/farrell-read-dta", 1);
  EXPECT_EQ(Import(whole, Options()).status().reason(), "DTA_UNAVAILABLE");
}

}  // namespace
}  // namespace farrell::data
