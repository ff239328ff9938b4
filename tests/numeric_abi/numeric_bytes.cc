// Prints the bits of one result of every kind, a line each: NAME SHA-256. The test runs it under other processors and
// compares. Two lines are controls: `libm`, the C library's own functions,
// which do follow the processor, and `products.other_caches`.
#include <Eigen/Core>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "common/cache/result_cache.h"
#include "common/canonical/canonical.h"
#include "common/numeric/abi.h"
#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"
#include "common/numeric/random.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/server.h"
#include "services/data/service/data_service.h"
#include "services/dea/service/dea_service.h"
#include "services/regression/service/regression_service.h"
#include "tests/integration/cluster.h"

namespace farrell::testing {
namespace {

class Bits {
 public:
  void Add(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    stream_.Update(std::string_view(reinterpret_cast<const char*>(&bits), sizeof(bits)));
  }
  void Print(const std::string& name) { std::cout << name << ' ' << stream_.Finish() << '\n'; }

 private:
  canonical::Sha256Stream stream_;
};

void PrintElementary() {
  Bits ours;
  Bits libm;
  for (int step = 1; step < 20'000; ++step) {
    const double x = step * 0.0137;
    for (const double value :
         {numeric::Log(x), numeric::Log1p(x), numeric::Exp(-x), numeric::Expm1(x / 50), numeric::Pow(x, 1.7),
          numeric::LogGamma(x), numeric::Erf(x / 90), numeric::Erfc(x / 90)}) {
      ours.Add(value);
    }
    for (const double value : {std::log(x), std::exp(x), std::pow(x, 1.7), std::sin(x)}) libm.Add(value);
  }
  ours.Print("elementary");
  libm.Print("libm");
}

void PrintDistributions() {
  Bits bits;
  for (const double df : {1.0, 2.5, 7.0, 29.0, 300.0}) {
    for (int step = 1; step < 200; ++step) {
      const double x = step * 0.05;
      bits.Add(numeric::StudentTTwoSided(x, df));
      bits.Add(numeric::StudentTQuantile(step / 200.0, df));
      bits.Add(numeric::FSurvival(x, 3, df));
      bits.Add(numeric::ChiSquareSurvival(x, df));
      bits.Add(numeric::NormalQuantile(step / 200.0));
    }
  }
  for (int draw = 0; draw < 1000; ++draw) bits.Add(numeric::NormalDraw(7, 3, draw));
  bits.Print("distributions");
}

// Large enough that Eigen blocks the product, whose order of summation follows the sizes it takes for the caches.
void PrintProduct(const std::string& name) {
  constexpr int kSize = 700;
  Eigen::MatrixXd left(kSize, kSize);
  Eigen::MatrixXd right(kSize, kSize);
  for (int row = 0; row < kSize; ++row) {
    for (int column = 0; column < kSize; ++column) {
      left(row, column) = numeric::UniformDraw(1, row, column);
      right(row, column) = numeric::UniformDraw(2, row, column);
    }
  }
  const Eigen::MatrixXd product = left * right;
  Bits bits;
  for (int row = 0; row < kSize; ++row) {
    for (int column = 0; column < kSize; ++column) bits.Add(product(row, column));
  }
  bits.Print(name);
}

void PrintProducts() {
  std::cout << "caches " << Eigen::l1CacheSize() << ' ' << Eigen::l2CacheSize() << ' ' << Eigen::l3CacheSize() << '\n';
  PrintProduct("products");
  // The second control: what another processor's caches would have done.
  Eigen::setCpuCacheSizes(48 * 1024, 1024 * 1024, 32 * 1024 * 1024);
  PrintProduct("products.other_caches");
  numeric::FixNumericEnvironment();
}

void PrintServices(int threads) {
  ResultCache cache;
  std::shared_ptr<grpc::Channel> channel;
  const ChannelProvider provider = [&] { return channel; };
  auto data = std::move(data::DataService::Open(sql::DatabaseAt("memory"))).value();
  dea::DeaService dea(provider, cache, threads);
  regression::RegressionService regression(provider, cache, threads);
  const auto server =
      std::move(StartServer({}, {Serve<data::v1::DataService>(data.get()), Serve<dea::v1::DeaService>(&dea),
                                 Serve<regression::v1::RegressionService>(&regression)}))
          .value();
  channel = server->InProcessChannel();
  const auto data_stub = data::v1::DataService::NewStub(channel);
  const auto dea_stub = dea::v1::DeaService::NewStub(channel);
  const auto regression_stub = regression::v1::RegressionService::NewStub(channel);

  const std::string snapshot = Import(*data_stub, MadePanel(80, 5), "unit", "time");
  data::v1::DeriveSnapshotRequest derive;
  derive.set_snapshot_digest(snapshot);
  const std::vector<std::pair<std::string, std::string>> expressions = {
      {"log_y", "log(y1) + exp(-x1 / 100) * sqrt(x2) ^ 1.3"},
      {"z", "standardize(log(x1))"},
      {"w", "winsorize(growth(y2), 0.05)"},
      {"k", "pim(x3, 0.15, 0.05)"},
      {"d", "deflate(y1, x2) + mean(x1) / sd(x3)"}};
  for (const auto& [name, expression] : expressions) {
    auto& derivation = *derive.add_derivations();
    derivation.set_name(name);
    derivation.set_expression(expression);
  }
  grpc::ClientContext context;
  data::v1::DeriveSnapshotResponse derived;
  const Status status = FromGrpc(data_stub->DeriveSnapshot(&context, derive, &derived));
  std::cout << "expressions " << (status.ok() ? derived.snapshot().digest() : status.ToString()) << '\n';

  const auto print = [](const std::string& name, const Answer& answer) {
    std::cout << name << ' ' << (answer.status.ok() ? canonical::Sha256(answer.bytes) : answer.status.ToString())
              << '\n';
  };
  for (const auto rts : {dea::v1::RETURNS_TO_SCALE_CRS, dea::v1::RETURNS_TO_SCALE_VRS}) {
    auto model = MadeModel(snapshot, dea::v1::Frontier::SCHEME_GLOBAL);
    model.mutable_model()->set_rts(rts);
    model.mutable_model()->set_scale(true);
    print("dea." + dea::v1::ReturnsToScale_Name(rts), Evaluate(*dea_stub, model));
  }
  const std::string& columns = derived.snapshot().digest();
  print("within.cr3", Fit(*regression_stub, MadeFit(columns, "log_y ~ log(x1) + z + x3 | unit + time")));
  auto wild = MadeFit(columns, "log_y ~ log(x1) + z | unit + time");
  auto& inference = *wild.add_inferences();
  inference.set_type(regression::v1::Inference::TYPE_WILD);
  inference.set_draws(999);
  inference.set_seed(20);
  print("wild", Fit(*regression_stub, wild));
  auto hc3 = MadeFit(columns, "log(y1) ~ x1 + x2 + z + k");
  hc3.add_inferences()->set_type(regression::v1::Inference::TYPE_HC3);
  print("ols.hc3", Fit(*regression_stub, hc3));
}

}  // namespace
}  // namespace farrell::testing

// numeric_bytes THREADS
int main(int argc, char** argv) {
  farrell::testing::PrintElementary();
  farrell::testing::PrintDistributions();
  farrell::testing::PrintProducts();
  farrell::testing::PrintServices(argc > 1 ? std::stoi(argv[1]) : 1);
  return 0;
}
