// The encoding behind content keys, held by vectors computed independently of this code.
#include "common/canonical/canonical.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace farrell::canonical {
namespace {

using Array = Value::Array;
using Object = Value::Object;

// Year 2019; units 11, 12, 13; variables rd_fte, rd_exp, pat with value 1 + i + j/8.
std::vector<Cell> Slice2019() {
  const std::vector<std::string> variables = {"rd_fte", "rd_exp", "pat"};
  std::vector<Cell> cells;
  for (int unit = 0; unit < 3; ++unit) {
    for (std::size_t variable = 0; variable < variables.size(); ++variable) {
      cells.push_back(
          {std::to_string(11 + unit), variables[variable], Real(1.0 + unit + static_cast<double>(variable) / 8.0)});
    }
  }
  return cells;
}

Value Action(int algo_rev, const std::string& slice) {
  const Value units = Array{"11", "12", "13"};
  return Object{
      {"op", "dea.solve"},
      {"spec", Object{{"model", "sbm"},
                      {"orientation", "output"},
                      {"rts", "vrs"},
                      {"inputs", Set({"rd_fte", "rd_exp", "rd_fte"})},
                      {"outputs", Set({"pat"})},
                      {"lag", 0},
                      {"super", false},
                      {"tol", Real(1e-9)}}},
      {"reference", Object{{"scheme", "contemporaneous"}, {"dmus", units}, {"slices", Object{{"2019", slice}}}}},
      {"eval", Object{{"dmus", units}, {"year", 2019}}},
      {"engine",
       Object{
           {"algo", "dea"}, {"algo_rev", algo_rev}, {"num_abi", "x86-64-v2;glpk5.0;nofma;threads=any-deterministic"}}},
      {"seed", Value()},
      {"result_schema", "farrell.DeaResult.v1"}};
}

constexpr const char* kSlice = "2e53e90ce67665a5e1aed48c1e316b838106ca069b60ef7f74c13368928f19e6";

TEST(Canonical, SliceVector) { EXPECT_EQ(SliceDigest(2019, Slice2019()), kSlice); }

TEST(Canonical, CellOrderIsIrrelevant) {
  std::vector<Cell> cells = Slice2019();
  std::reverse(cells.begin(), cells.end());
  EXPECT_EQ(SliceDigest(2019, cells), kSlice);
}

TEST(Canonical, ActionBytes) {
  EXPECT_EQ(
      Action(7, kSlice).Encode(),
      R"({"engine":{"algo":"dea","algo_rev":7,"num_abi":"x86-64-v2;glpk5.0;nofma;threads=any-deterministic"},)"
      R"("eval":{"dmus":["11","12","13"],"year":2019},"op":"dea.solve",)"
      R"("reference":{"dmus":["11","12","13"],"scheme":"contemporaneous","slices":{"2019":"2e53e90ce67665a5e1aed48c1e316b838106ca069b60ef7f74c13368928f19e6"}},)"
      R"("result_schema":"farrell.DeaResult.v1","seed":null,)"
      R"("spec":{"inputs":["rd_exp","rd_fte"],"lag":0,"model":"sbm","orientation":"output","outputs":["pat"],"rts":"vrs","super":false,"tol":"3e112e0be826d695"}})");
}

TEST(Canonical, ActionVectors) {
  EXPECT_EQ(Digest("farrell.action.v1", Action(7, kSlice)),
            "10019ec13e608e0c49833df37f5102890d36da310267628450a8cb6ed4ec85ad");
  EXPECT_EQ(Digest("farrell.action.v1", Action(8, kSlice)),
            "ee667ebad9c2446eb0c8cd55657d590d243e4c7ca3638f36311cb94d0b69e284");
  std::vector<Cell> revised = Slice2019();
  for (Cell& cell : revised) {
    if (cell.unit == "13" && cell.variable == "pat") cell.value = Real(9.0);
  }
  EXPECT_EQ(Digest("farrell.action.v1", Action(7, SliceDigest(2019, revised))),
            "e6c6be528ce09e6c6e41316a400aa63819484fccf7421e3d5a01311e62dd8ade");
}

TEST(Canonical, RealsAreBits) {
  EXPECT_EQ(Real(1.0), "3ff0000000000000");
  EXPECT_EQ(Real(-0.0), Real(0.0));
  EXPECT_EQ(Real(std::numeric_limits<double>::denorm_min()), "0000000000000001");
  EXPECT_NE(Real(0.1), Real(0.1 + 1e-17 * 2));
  EXPECT_EQ(Real(std::numeric_limits<double>::quiet_NaN()), "nonfinite");
  EXPECT_EQ(Real(std::numeric_limits<double>::infinity()), "nonfinite");
}

TEST(Canonical, MissingIsNullNotZero) {
  EXPECT_NE(SliceDigest(2019, {{"11", "pat", Value()}}), SliceDigest(2019, {{"11", "pat", Real(0.0)}}));
  EXPECT_NE(SliceDigest(2019, {{"11", "pat", Real(1.0)}}), SliceDigest(Value(), {{"11", "pat", Real(1.0)}}));
}

TEST(Canonical, TextIsEscapedSoThatNothingCollides) {
  EXPECT_EQ(Value("a\"b\\c\n\x01").Encode(), "\"a\\\"b\\\\c\\u000a\\u0001\"");
  EXPECT_NE(Value(Array{"a", "b"}).Encode(), Value(Array{"a\",\"b"}).Encode());
}

// FIPS 180-4, examples of the standard's authors.
TEST(Canonical, Sha256Examples) {
  EXPECT_EQ(Sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Canonical, StreamedSha256EqualsWhole) {
  const std::string text(100'000, 'x');
  Sha256Stream stream;
  for (std::size_t at = 0; at < text.size(); at += 777) stream.Update(std::string_view(text).substr(at, 777));
  EXPECT_EQ(stream.Finish(), Sha256(text));
}

}  // namespace
}  // namespace farrell::canonical
