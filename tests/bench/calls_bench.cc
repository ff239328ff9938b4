// A cached Evaluate of farrell-dea beside a bare gRPC echo of as many bytes: run by ./dev bench, not by ctest.
//
// Both servers are processes of their own with the same kind of server; the clients are the same threads, one
// connection each, and take bytes as they come, so that what differs is the server's work. The echo does nothing: no
// stations, no log, no protobuf. The rows take turns, and the middle one of several rounds is printed.
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/method_handler.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/rpc/server.h"
#include "tests/integration/cluster.h"

namespace farrell::testing {
namespace {

using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;
using Sizes = std::vector<std::size_t>;

constexpr const char* kUnaryEcho = "/farrell.bench.Echo/Unary";
constexpr const char* kStreamedEcho = "/farrell.bench.Echo/Streamed";
constexpr const char* kEvaluate = "/farrell.dea.v1.DeaService/Evaluate";
constexpr std::chrono::seconds kRow{2};
constexpr int kRounds = 5;

grpc::ByteBuffer Bytes(std::size_t size) {
  const grpc::Slice slice(std::string(size, 'x'));
  return grpc::ByteBuffer(&slice, 1);
}

// Answers every request with the same bytes: at once, or as messages of the sizes given.
class Echo final : public grpc::Service {
 public:
  explicit Echo(const Sizes& sizes) {
    std::size_t total = 0;
    for (const std::size_t size : sizes) {
      messages_.push_back(Bytes(size));
      total += size;
    }
    whole_ = Bytes(total);
    AddMethod(new RpcServiceMethod(
        kUnaryEcho, RpcMethod::NORMAL_RPC,
        new grpc::internal::RpcMethodHandler<Echo, grpc::ByteBuffer, grpc::ByteBuffer>(
            [](Echo* echo, grpc::ServerContext*, const grpc::ByteBuffer*, grpc::ByteBuffer* answer) {
              *answer = echo->whole_;
              return grpc::Status::OK;
            },
            this)));
    AddMethod(new RpcServiceMethod(kStreamedEcho, RpcMethod::SERVER_STREAMING,
                                   new grpc::internal::ServerStreamingHandler<Echo, grpc::ByteBuffer, grpc::ByteBuffer>(
                                       [](Echo* echo, grpc::ServerContext*, const grpc::ByteBuffer*,
                                          grpc::ServerWriter<grpc::ByteBuffer>* writer) {
                                         for (const grpc::ByteBuffer& message : echo->messages_) writer->Write(message);
                                         return grpc::Status::OK;
                                       },
                                       this)));
  }

 private:
  std::vector<grpc::ByteBuffer> messages_;
  grpc::ByteBuffer whole_;
};

int ServeEcho(const std::string& port_file, const Sizes& sizes) {
  PrepareSignals();
  Echo echo(sizes);
  return RunServer({.listen = "127.0.0.1:0", .port_file = port_file}, {{"farrell.bench.Echo", &echo}}).ok() ? 0 : 1;
}

void Check(const grpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.error_message().c_str());
  std::exit(1);
}

struct Target {
  const char* name;
  const char* method;
  std::string address;
  grpc::ByteBuffer request;
};

// A connection that nobody else shares.
std::shared_ptr<grpc::Channel> OwnChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// One call; sizes of the messages of its answer.
Sizes Ask(grpc::Channel& channel, const Target& target) {
  const bool unary = target.method == kUnaryEcho;
  const RpcMethod method(target.method, unary ? RpcMethod::NORMAL_RPC : RpcMethod::SERVER_STREAMING);
  grpc::ClientContext context;
  grpc::ByteBuffer answer;
  Sizes sizes;
  if (unary) {
    Check(grpc::internal::BlockingUnaryCall(&channel, method, &context, target.request, &answer));
    return {answer.Length()};
  }
  const std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> reader(
      grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(&channel, method, &context, target.request));
  while (reader->Read(&answer)) sizes.push_back(answer.Length());
  Check(reader->Finish());
  return sizes;
}

struct Row {
  double calls_per_second = 0;
  double p50 = 0;  // microseconds
  double p99 = 0;
};

Row Measure(const Target& target, int clients) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::vector<double>> times(static_cast<std::size_t>(clients));
  const auto end = Clock::now() + kRow;
  const auto started = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::vector<double>& mine : times) {
      threads.emplace_back([&] {
        const auto channel = OwnChannel(target.address);
        Ask(*channel, target);
        while (Clock::now() < end) {
          const auto start = Clock::now();
          Ask(*channel, target);
          mine.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
        }
      });
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
  std::vector<double> all;
  for (const auto& mine : times) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  const auto at = [&](double share) {
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  };
  return {static_cast<double>(all.size()) / seconds, at(0.5), at(0.99)};
}

// The round in the middle by calls a second.
Row Middle(std::vector<Row> rows) {
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.calls_per_second < b.calls_per_second; });
  return rows[rows.size() / 2];
}

void Compare(std::vector<Target>& targets, int clients) {
  std::vector<std::vector<Row>> rows(targets.size());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < targets.size(); ++i) rows[i].push_back(Measure(targets[i], clients));
  }
  const double echo = Middle(rows.front()).calls_per_second;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Row row = Middle(rows[i]);
    std::printf("%-30s %7d %10.0f %9.0f %9.0f %9.0f %%\n", targets[i].name, clients, row.calls_per_second, row.p50,
                row.p99, 100 * row.calls_per_second / echo);
    std::fflush(stdout);
  }
}

int Main() {
  Cluster cluster;
  const auto data = cluster.Data();
  const std::string snapshot = Import(*data, MadePanel(30, 10), "unit", "time");
  const auto request = MadeModel(snapshot, dea::v1::Frontier::SCHEME_GLOBAL);
  const std::string bytes = request.SerializeAsString();
  const grpc::Slice slice(bytes);
  Target evaluate{"Evaluate, 30 x 10, cached", kEvaluate, cluster.dea.address(), grpc::ByteBuffer(&slice, 1)};
  const auto dea_channel = OwnChannel(evaluate.address);
  Sizes sizes;
  for (int i = 0; i < 3; ++i) sizes = Ask(*dea_channel, evaluate);

  std::vector<std::string> command = {std::filesystem::read_symlink("/proc/self/exe").string(), "--echo",
                                      cluster.dir / "echo.port"};
  std::size_t total = 0;
  for (const std::size_t size : sizes) {
    command.push_back(std::to_string(size));
    total += size;
  }
  const Process echo(command, cluster.dir / "echo.log");
  Eventually([&] { return std::filesystem::exists(command[2]); });
  const std::string address = "127.0.0.1:" + ReadFile(command[2]);
  std::vector<Target> targets = {{"echo", kUnaryEcho, address, Bytes(bytes.size())},
                                 {"echo, streamed", kStreamedEcho, address, Bytes(bytes.size())},
                                 evaluate};

  std::printf("request %zu bytes, answer %zu bytes in %zu messages; %u cores for servers and clients together\n",
              bytes.size(), total, sizes.size(), std::thread::hardware_concurrency());
  std::printf("%-30s %7s %10s %9s %9s %11s\n", "", "clients", "calls/s", "p50, us", "p99, us", "of the echo");
  for (const int clients : {1, 8}) Compare(targets, clients);
  return 0;
}

}  // namespace
}  // namespace farrell::testing

// Without arguments: the measurement. `--echo PORT_FILE SIZE...`: the server to compare with.
int main(int argc, char** argv) {
  if (argc < 4 || std::string(argv[1]) != "--echo") return farrell::testing::Main();
  farrell::testing::Sizes sizes;
  for (int i = 3; i < argc; ++i) sizes.push_back(std::stoul(argv[i]));
  return farrell::testing::ServeEcho(argv[2], sizes);
}
