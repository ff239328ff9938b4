// The network between namespaces loses packets, is slow and is cut: dea, regression and the solvers on one side, data,
// reporting, both Redis and the caller on the other. Needs CAP_NET_ADMIN, ip (iproute2) and iptables.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/fault/trial.h"

namespace farrell::testing {
namespace {

// Two ends of a cable, one of them in a namespace of its own.
class Cable {
 public:
  Cable() {
    const std::string number = std::to_string(getpid());
    name_ = "farrell" + number;
    // 10.200-249.x.y belongs to nobody on a machine that runs tests.
    network_ = "10." + std::to_string(200 + getpid() / 256 % 50) + "." + std::to_string(getpid() % 256) + ".";
    outer_ = "fo" + number;
    const std::string inner = "fi" + number;
    Run({"ip", "netns", "add", name_});
    if (!problem_.empty()) return;
    Run({"ip", "link", "add", outer_, "type", "veth", "peer", "name", inner, "netns", name_});
    Run({"ip", "addr", "add", outside() + "/24", "dev", outer_});
    Run({"ip", "link", "set", outer_, "up"});
    Run({"ip", "-n", name_, "addr", "add", inside() + "/24", "dev", inner});
    Run({"ip", "-n", name_, "link", "set", inner, "up"});
    Run({"ip", "-n", name_, "link", "set", "lo", "up"});
    Run(Inside({"iptables", "-L", "-n"}));
  }
  ~Cable() {
    RunToEnd({"ip", "link", "del", outer_});
    RunToEnd({"ip", "netns", "del", name_});
  }
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;

  // Why there is none; empty when there is.
  const std::string& problem() const { return problem_; }
  std::string outside() const { return network_ + "1"; }
  std::string inside() const { return network_ + "2"; }
  std::vector<std::string> Inside(std::vector<std::string> command) const {
    command.insert(command.begin(), {"ip", "netns", "exec", name_});
    return command;
  }

  // A share of the packets in each direction disappears: 1 cuts the cable, connections stay open.
  void Lose(double share) {
    std::vector<std::string> rule = {"-m", "statistic", "--mode", "random", "--probability", std::to_string(share)};
    for (const char* chain : {"INPUT", "OUTPUT"}) {
      std::vector<std::string> command = Inside({"iptables", "-A", chain, "!", "-i", "lo"});
      if (std::string(chain) == "OUTPUT") command[command.size() - 2] = "-o";
      command.insert(command.end(), rule.begin(), rule.end());
      command.insert(command.end(), {"-j", "DROP"});
      Run(command);
    }
  }
  // Bits a second in each direction; what waits in the queue is up to 400 ms late.
  void Slow(const std::string& rate) {
    const std::vector<std::string> shape = {"root", "tbf", "rate", rate, "burst", "32kbit", "latency", "400ms"};
    std::vector<std::string> command = {"tc", "qdisc", "add", "dev", outer_};
    command.insert(command.end(), shape.begin(), shape.end());
    Run(command);
    command = Inside({"tc", "qdisc", "add", "dev", "fi" + name_.substr(7)});
    command.insert(command.end(), shape.begin(), shape.end());
    Run(command);
  }
  void Mend() {
    RunToEnd(Inside({"iptables", "-F"}));
    RunToEnd({"tc", "qdisc", "del", "dev", outer_, "root"});
    RunToEnd(Inside({"tc", "qdisc", "del", "dev", "fi" + name_.substr(7), "root"}));
  }

 private:
  void Run(const std::vector<std::string>& command) {
    if (!problem_.empty()) return;
    try {
      const Finished run = RunToEnd(command);
      if (run.exit_code != 0) problem_ = command[0] + ": " + run.output.substr(0, run.output.find('\n'));
    } catch (const std::exception&) {
      problem_ = command[0] + " is not installed (Debian: iproute2, iptables)";
    }
  }

  std::string name_;
  std::string network_;
  std::string outer_;
  std::string problem_;
};

struct Weather {
  std::string name;
  double lost = 0;
  std::string rate{};
  std::chrono::milliseconds lasts{};
};
const std::vector<Weather> kWeathers = {
    {.name = "network loses 10 % of packets", .lost = 0.1, .lasts = std::chrono::milliseconds(3000)},
    {.name = "network of 1 Mbit/s, up to 400 ms late", .rate = "1mbit", .lasts = std::chrono::milliseconds(3000)},
    {.name = "network cut for 2 s", .lost = 1, .lasts = std::chrono::milliseconds(2000)},
};

TEST(Network, LosesIsSlowAndIsCut) {
  if (const std::string missing = PostgresServer::Missing(); !missing.empty()) GTEST_SKIP() << missing;
  const TempDir dir;
  const std::vector<Workload> workloads = {StudyWorkload(), BootstrapWorkload(dir)};
  Cable cable;
  if (!cable.problem().empty()) {
    const std::string skipped = "needs CAP_NET_ADMIN, iproute2 and iptables: " + cable.problem();
    for (const Weather& weather : kWeathers) {
      for (const Workload& workload : workloads) {
        LeaveFaultLine({.fault = weather.name, .workload = workload.name, .skipped = skipped});
      }
    }
    GTEST_SKIP() << skipped;
  }
  SplitCluster cluster({.host = cable.outside(), .computing = {.command = cable.Inside({}), .host = cable.inside()}});
  for (const Workload& workload : workloads) {
    Trials trials(cluster, workload);
    for (const Weather& weather : kWeathers) {
      const auto begin = [&] { weather.rate.empty() ? cable.Lose(weather.lost) : cable.Slow(weather.rate); };
      trials.Disturb({weather.name, begin, [&] { cable.Mend(); }, weather.lasts}, workload.repeats(1));
      ASSERT_EQ(cable.problem(), "");
    }
  }
  EXPECT_EQ(cluster.Remains(), "");
}

}  // namespace
}  // namespace farrell::testing
