#include "tests/reporting/documents/document_samples.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "services/reporting/engine/report.h"
#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

const std::filesystem::path kFigures = std::filesystem::path(FARRELL_SOURCE_DIR) / "services/reporting/figures";

// A drawing that needs no renderer.
std::string Drawing(const std::string& id) {
  return "<svg role=\"img\" aria-labelledby=\"" + id +
         "-title\" xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" "
         "height=\"100\" viewBox=\"0 0 200 100\"><title id=\"" +
         id + "-title\">" + id + "</title><rect width=\"200\" height=\"100\" fill=\"#0072b2\"/></svg>";
}

std::vector<StoredFile> Render(const ReportFacts& facts) {
  const Result<ReportContent> content = BuildReport(facts);
  EXPECT_TRUE(content.ok()) << content.status().ToString();
  std::map<std::string, std::string> svgs;
  std::vector<FigureSource> sources;
  for (const Figure& figure : content->figures) {
    svgs[figure.id] = Drawing(figure.id);
    sources.push_back({figure.id, figure.spec});
  }
  if (HasPackage("vega")) {
    auto drawn = RenderFigures(sources, RealExport().figures, {});
    EXPECT_TRUE(drawn.ok()) << drawn.status().ToString();
    if (drawn.ok()) svgs = *std::move(drawn);
  }
  const auto files = RenderReport(*content, svgs);
  EXPECT_TRUE(files.ok()) << files.status().ToString();
  std::vector<StoredFile> stored;
  for (const ReportFile& file : *files) stored.push_back({file.path, file.bytes});
  return stored;
}

std::vector<DocumentSample> Make() {
  std::vector<DocumentSample> samples;
  samples.push_back({"english", Render(SampleFacts())});
  SampleShape shape;
  shape.units = {"北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江", "安徽"};
  shape.groups = {"东部", "中部", "西部"};
  ReportFacts facts = SampleFacts(shape);
  facts.study.title = "人工智能与区域创新效率:来自构造数据的检验";
  facts.study.question = "人工智能是否提高了区域创新效率?各地区之间是否存在差异?";
  facts.study.authors = {"甲", "乙"};
  facts.study.limits = "构造数据不能说明真实地区的任何问题。";
  facts.study.words = Words("zh");
  facts.data.synthetic = true;
  for (TableSpec& table : facts.tables) table.title = "表格:" + table.title;
  samples.push_back({"chinese", Render(facts)});
  return samples;
}

}  // namespace

const std::vector<DocumentSample>& DocumentSamples() {
  static const std::vector<DocumentSample> samples = Make();
  return samples;
}

const std::string& BytesOf(const DocumentSample& sample, const std::string& path) {
  for (const StoredFile& file : sample.files) {
    if (file.path == path) return file.bytes;
  }
  static const std::string none;
  ADD_FAILURE() << sample.name << " has no " << path;
  return none;
}

ExportOptions RealExport() {
  ExportOptions options;
  options.figures.script = (kFigures / "render.mjs").string();
  return options;
}

bool HasProgram(const std::string& name) {
  const char* path = ::getenv("PATH");
  std::string folders = path == nullptr ? "" : path;
  for (std::size_t at = 0; at <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    if (::access((folders.substr(at, end - at) + "/" + name).c_str(), X_OK) == 0) return true;
    at = end + 1;
  }
  return false;
}

std::string AxeScript() { return (kFigures / "node_modules/axe-core/axe.min.js").string(); }

bool HasPackage(const std::string& name) { return std::filesystem::exists(kFigures / "node_modules" / name); }

}  // namespace farrell::reporting
