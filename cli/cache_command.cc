// farrell cache: what is kept of results, why a key is what it is, pins and quarantine.

#include <fmt/core.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "common/text/number.h"
#include "common/text/time.h"
#include "farrell/common/v1/cache.grpc.pb.h"

namespace farrell::cli {
namespace {

using common::v1::CacheService;

struct CacheFlags {
  std::string key;
  std::string against;
  std::int64_t sample = 100;
  bool all = false;
  bool json = false;
};

bool AsJson(Session& session, const CacheFlags& flags) {
  return flags.json || session.options().output_format() == Format::kJson;
}

// What every server answers; those of an older version, which know no caches, are left out.
template <typename Request, typename Response>
class Answers {
 public:
  using Method = grpc::Status (CacheService::StubInterface::*)(grpc::ClientContext*, const Request&, Response*);
  struct Answer {
    std::string service;
    Response response;
  };

  Status Ask(Session& session, Method method, const Request& request) {
    FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
    for (const Connection::CacheServer& server : connection->caches()) {
      Call call(session);
      Response response;
      Status status = FromGrpc(((**server.service).*method)(call.context(), request, &response));
      if (status.ok()) {
        answers_.push_back({server.name, std::move(response)});
      } else if (status.code() == Code::kNotFound || status.code() == Code::kFailedPrecondition) {
        // Another may know better. Who knows the key, and not the other, or cannot pin, has more to say.
        const bool more = refusal_.ok() || refusal_.reason() == "KEY_NOT_FOUND";
        if (more) refusal_ = std::move(status);
      } else if (status.code() != Code::kUnimplemented) {
        return status;
      }
    }
    if (!answers_.empty()) return Status::Ok();
    if (!refusal_.ok()) return refusal_;
    return Unavailable("CACHE_SERVICE_MISSING", "no server tells what it keeps: they are of an earlier version");
  }

  std::vector<Answer>& all() { return answers_; }

 private:
  std::vector<Answer> answers_;
  Status refusal_;
};

std::string TimeOf(const google::protobuf::Timestamp& time) {
  return text::FormatTime(text::SystemTime(std::chrono::seconds(time.seconds())));
}

std::string Seconds(double seconds) { return text::FormatSignificant(seconds, 4) + " s"; }

// Digests are told by their beginning on a terminal.
std::string Shortened(std::string json) {
  constexpr std::size_t kDigest = 66;  // in quotes
  constexpr std::size_t kShown = 13;
  if (json.size() == kDigest && json.find_first_not_of("0123456789abcdef", 1) == kDigest - 1) {
    json = json.substr(0, kShown) + "…\"";
  }
  return json;
}

std::string DescribeHeld(const common::v1::HeldEntry& held) {
  std::string line = fmt::format("{}, {}", held.tier(), text::FormatCounted(held.byte_count(), "byte"));
  if (held.has_computed_seconds()) line += ", computed in " + Seconds(held.computed_seconds());
  if (held.has_made_at()) line += ", made " + TimeOf(held.made_at());
  if (held.pinned()) line += ", pinned";
  return line;
}

// What a person reads: the key, where it is held, and the fields that differ.
std::string ForPeople(const common::v1::ExplainKeyResponse& told) {
  std::string page = fmt::format("key        {}\n", told.key());
  if (!told.operation().empty()) page += fmt::format("operation  {}\n", told.operation());
  if (told.has_asked_at()) page += fmt::format("asked      {}\n", TimeOf(told.asked_at()));
  const char* name = "held";
  for (const common::v1::HeldEntry& held : told.held()) {
    page += fmt::format("{:<9}  {}\n", std::exchange(name, ""), DescribeHeld(held));
  }
  if (told.held().empty()) page += "held       nowhere: it would be computed\n";
  if (told.description().empty()) return page + "described  not here\n";
  if (told.against().empty()) {
    page += "against    no other key of this operation was asked for before\n\n";
    return page + nlohmann::json::parse(told.description(), nullptr, false).dump(2) + "\n";
  }
  page += fmt::format("against    {}\n", told.against());
  page += fmt::format("fields     {} equal, {} different\n", told.equal_count(), told.differences_size());
  if (told.differences().empty()) return page;
  Rows rows(Format::kTable, {"field", "value", "against"}, false);
  for (const common::v1::FieldDifference& difference : told.differences()) {
    rows.Add({Text(difference.field()), Text(Shortened(difference.value())), Text(Shortened(difference.against()))});
  }
  return page + "\n" + rows.Take();
}

Status RunExplain(Session& session, const CacheFlags& flags) {
  common::v1::ExplainKeyRequest request;
  request.set_key(flags.key);
  request.set_against(flags.against);
  Answers<common::v1::ExplainKeyRequest, common::v1::ExplainKeyResponse> answers;
  FARRELL_RETURN_IF_ERROR(answers.Ask(session, &CacheService::StubInterface::ExplainKey, request));
  // Who can say what the key is made of says it; all say where its result is.
  common::v1::ExplainKeyResponse told;
  for (const auto& answer : answers.all()) {
    if (told.key().empty() || (told.description().empty() && !answer.response.description().empty())) {
      told = answer.response;
      told.clear_held();
    }
  }
  for (const auto& answer : answers.all()) {
    if (answer.response.key() != told.key()) {
      return InvalidArgument("KEY_AMBIGUOUS", "several keys begin with " + flags.key)
          .WithViolations({{"KEY", "give more digits"}});
    }
    for (const common::v1::HeldEntry& held : answer.response.held()) *told.add_held() = held;
  }
  if (AsJson(session, flags)) return Print(ToJson(told));
  if (session.options().output_format() == Format::kTable) return Print(ForPeople(told));
  Rows rows(Format::kCsv, {"field", "value", "against"}, false);
  for (const common::v1::FieldDifference& difference : told.differences()) {
    rows.Add({Text(difference.field()), Text(difference.value()), Text(difference.against())});
  }
  return Print(rows.Take());
}

// {"services": [{"service": NAME, …the message}]}
template <typename Answer>
std::string JsonOfAll(const std::vector<Answer>& answers) {
  std::string json = "{\n  \"services\": [";
  const char* separator = "\n    ";
  for (const Answer& answer : answers) {
    json += fmt::format("{}{{\"service\": {}, \"answer\": {}}}", std::exchange(separator, ",\n    "),
                        JsonText(answer.service), ToJsonValue(answer.response, 2));
  }
  return json + "\n  ]\n}\n";
}

Status RunStats(Session& session, const CacheFlags& flags) {
  Answers<common::v1::GetCacheStatsRequest, common::v1::GetCacheStatsResponse> answers;
  FARRELL_RETURN_IF_ERROR(answers.Ask(session, &CacheService::StubInterface::GetCacheStats, {}));
  if (AsJson(session, flags)) return Print(JsonOfAll(answers.all()));
  const Format format = session.options().output_format();
  Rows rows(format, {"service", "tier", "entries", "bytes", "limit_bytes", "hits", "pinned", "quarantined"}, false);
  const auto count = [](bool known, std::int64_t value) { return known ? Whole(value) : RowCell(); };
  std::string notes;
  for (const auto& [service, stats] : answers.all()) {
    for (const common::v1::TierStats& tier : stats.tiers()) {
      rows.Add({Text(service), Text(tier.tier()), count(tier.has_entry_count(), tier.entry_count()),
                count(tier.has_byte_count(), tier.byte_count()),
                count(tier.limit_byte_count() > 0, tier.limit_byte_count()),
                count(tier.has_hit_count(), tier.hit_count()), count(true, tier.pinned_count()),
                count(true, tier.quarantined_count())});
    }
    notes += fmt::format("{}: {} computed, {} shared with others under way, {} saved, {} damaged, {} not written\n",
                         service, text::FormatCount(stats.computed_count()), text::FormatCount(stats.coalesced_count()),
                         Seconds(stats.saved_seconds()), text::FormatCount(stats.corrupt_count()),
                         text::FormatCount(stats.disk_failure_count()));
  }
  return Print(rows.Take() + (format == Format::kTable ? "\n" + notes : ""));
}

Status RunCacheVerify(Session& session, const CacheFlags& flags) {
  common::v1::VerifyCacheRequest request;
  request.set_sample_count(flags.sample);
  request.set_all(flags.all);
  Answers<common::v1::VerifyCacheRequest, common::v1::VerifyCacheResponse> answers;
  FARRELL_RETURN_IF_ERROR(answers.Ask(session, &CacheService::StubInterface::VerifyCache, request));
  std::int64_t damaged = 0;
  Rows rows(session.options().output_format(), {"service", "entries", "checked", "damaged"}, false);
  for (const auto& [service, verified] : answers.all()) {
    damaged += verified.damaged_count();
    rows.Add({Text(service), Whole(verified.entry_count()), Whole(verified.checked_count()),
              Whole(verified.damaged_count())});
  }
  FARRELL_RETURN_IF_ERROR(Print(AsJson(session, flags) ? JsonOfAll(answers.all()) : rows.Take()));
  if (damaged == 0) return Status::Ok();
  for (const auto& [service, verified] : answers.all()) {
    for (const std::string& key : verified.damaged_keys()) PrintNote(fmt::format("damaged in {}: {}", service, key));
  }
  return Status(Code::kDataLoss, "CACHE_DAMAGED",
                fmt::format("{} failed verification; put aside, and computed anew when they are asked for",
                            text::FormatCounted(damaged, "kept result")));
}

// pin, unpin, quarantine: one key, whoever holds it.
template <typename Request, typename Response>
std::function<Status(Session&, const CacheFlags&)> OnKey(
    grpc::Status (CacheService::StubInterface::*method)(grpc::ClientContext*, const Request&, Response*),
    const char* done) {
  return [method, done](Session& session, const CacheFlags& flags) -> Status {
    Request request;
    request.set_key(flags.key);
    Answers<Request, Response> answers;
    FARRELL_RETURN_IF_ERROR(answers.Ask(session, method, request));
    if (AsJson(session, flags)) return Print(JsonOfAll(answers.all()));
    Rows rows(session.options().output_format(), {"key", "done", "service"}, false);
    for (const auto& [service, response] : answers.all()) {
      rows.Add({Text(response.key()), Text(done), Text(service)});
    }
    return Print(rows.Take());
  };
}

}  // namespace

void AddCacheCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<CacheFlags>();
  CLI::App* cache = app.add_subcommand("cache", "What is kept of results, and why a key is what it is");
  cache->require_subcommand(1);
  AddExamples(cache, {"farrell cache explain 3f2a91c0"});

  using Run = std::function<Status(Session&, const CacheFlags&)>;
  const auto add = [&](const char* name, const char* description, const Run& run, const char* example) {
    CLI::App* verb = cache->add_subcommand(name, description);
    SetRun(verb, program, [flags, run](Session& session) { return run(session, *flags); });
    AddFormatFlag(verb, program.options, {"table", "csv", "json"});
    verb->add_flag("--json", flags->json, "The same as --format json");
    AddServiceFlags(verb, program.options);
    AddExamples(verb, {example});
    return verb;
  };
  const auto takes_key = [&](CLI::App* verb) {
    verb->add_option("KEY", flags->key, "Content key, or a unique prefix of at least 8 digits")
        ->required()
        ->type_name("");
  };

  CLI::App* explain =
      add("explain", "Name the fields in which a key differs from another, and where its result is held", RunExplain,
          "farrell cache explain 3f2a91c0 --against 77b0d1e4");
  takes_key(explain);
  explain
      ->add_option("--against", flags->against,
                   "Another key; default: the one of the same operation asked for before that shares most fields")
      ->type_name("KEY");

  add("stats", "Entries, bytes, hits and seconds saved, by tier", RunStats, "farrell cache stats --json");

  CLI::App* verify = add("verify", "Read kept results again and check their seals (exit code 6 if any is damaged)",
                         RunCacheVerify, "farrell cache verify --all");
  CLI::Option* sample = verify->add_option("--sample", flags->sample, "Results to read, spread over all; default 100")
                            ->type_name("N")
                            ->check(Silent(CLI::Range(1, 1'000'000)));
  verify->add_flag("--all", flags->all, "Read them all")->excludes(sample);

  takes_key(add("pin", "Keep a result however long nobody asks for it",
                OnKey(&CacheService::StubInterface::PinEntry, "pinned"), "farrell cache pin 3f2a91c0"));
  takes_key(add("unpin", "Let a pinned result go when nobody asks for it",
                OnKey(&CacheService::StubInterface::UnpinEntry, "unpinned"), "farrell cache unpin 3f2a91c0"));
  takes_key(add("quarantine", "Put a result aside: it is never served again, and computed anew when asked for",
                OnKey(&CacheService::StubInterface::QuarantineEntry, "quarantined"),
                "farrell cache quarantine 3f2a91c0"));
}

}  // namespace farrell::cli
