#include "cli/progress.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/output.h"
#include "common/text/display.h"
#include "common/text/number.h"

namespace farrell::cli {
namespace {

constexpr int kBarWidth = 30;

std::size_t TerminalWidth() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

std::string DescribeProgress(const common::v1::Progress& progress) {
  std::string text = progress.stage();
  if (progress.total_count() > 0) {
    const std::int64_t percent = 100 * progress.completed_count() / progress.total_count();
    text += fmt::format("  {}/{} ({} %)", text::FormatCount(progress.completed_count()),
                        text::FormatCount(progress.total_count()), percent);
  }
  if (!progress.message().empty()) text += "  " + progress.message();
  return text;
}

std::string Bar(std::int64_t completed, std::int64_t total, int width) {
  if (total <= 0) return {};
  const std::int64_t filled = std::clamp<std::int64_t>(completed * width / total, 0, width);
  std::string bar;
  for (std::int64_t i = 0; i < width; ++i) bar += i < filled ? "━" : "─";
  return bar + " ";
}

ProgressDisplay::Mode ProgressDisplay::ChooseMode(bool quiet) {
  if (quiet) return Mode::kNone;
  return ::isatty(STDERR_FILENO) == 1 ? Mode::kBar : Mode::kLines;
}

void ProgressDisplay::Update(const common::v1::Progress& progress) {
  if (mode_ == Mode::kBar) DrawBar(progress);
  if (mode_ == Mode::kLines) PrintLine(progress);
}

void ProgressDisplay::DrawBar(const common::v1::Progress& progress) {
  std::string bar = Bar(progress.completed_count(), progress.total_count(), kBarWidth);
  const std::size_t room = TerminalWidth() - std::min<std::size_t>(TerminalWidth(), text::DisplayWidth(bar) + 1);
  const std::string text = text::Shorten(DescribeProgress(progress), room);
  if (ErrorOutputHasColor() && !bar.empty()) bar = "\033[36m" + bar + "\033[0m";
  const std::string line = "\r\033[2K" + bar + text;
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressDisplay::PrintLine(const common::v1::Progress& progress) {
  // One line a stage and one for every further tenth of it: readable in a log, whatever the speed.
  const std::int64_t tenth =
      progress.total_count() > 0 ? 10 * progress.completed_count() / progress.total_count() : std::int64_t{0};
  if (progress.stage() == last_stage_ && tenth == last_tenth_) return;
  last_stage_ = progress.stage();
  last_tenth_ = tenth;
  const std::string line = DescribeProgress(progress) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void ProgressDisplay::Clear() {
  if (!drawn_) return;
  std::fputs("\r\033[2K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace farrell::cli
