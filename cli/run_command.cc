// farrell run watch, farrell publications: what happens, while it happens.

#include <fmt/core.h>

#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/follow.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/presence.h"
#include "cli/reporting_call.h"
#include "cli/rows.h"
#include "cli/schedule_words.h"
#include "cli/session.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"

namespace farrell::cli {
namespace {

namespace v1 = reporting::v1;
using Stub = v1::ReportingService::StubInterface;

struct RunWatchFlags {
  std::string run = "latest";
  std::string study;
  std::optional<std::int64_t> after;
  bool latest = false;
  bool follow = false;
  bool difference = false;
  int limit = 100;
};

// A stream that is read again where it was lost, until its end; `open` goes on after what `take` has had.
template <typename Reply, typename Open, typename Take>
Status ReadOn(Session& session, const Open& open, const Take& take) {
  return Follow(session, ReportingIsThere(session), [&](bool& heard) {
    Call call(session);
    const auto reader = open(call.context());
    return ReadStream<Reply>(call, *reader, [&](Reply& reply) {
      heard = true;
      return take(reply);
    });
  });
}

std::string EventText(const v1::RunEvent& event) {
  std::string text = fmt::format("{:>4}  {}  {}", event.sequence(), event.at(),
                                 EnumWord(v1::RunEvent::Kind_Name(event.kind()), "KIND_"));
  if (!event.step_id().empty()) text += "  " + event.step_id();
  if (!event.source().empty()) text += fmt::format("  {} in {:.3f} s", event.source(), event.seconds());
  if (!event.state().empty()) text += "  " + event.state();
  if (!event.message().empty()) text += ": " + event.message();
  return text + "\n";
}

// One line a message, so that a program can read them as they come.
std::string JsonLine(const google::protobuf::Message& message) {
  std::string line;
  bool blank = false;
  for (const char c : ToJsonValue(message, 0)) {
    if (c == '\n') {
      blank = true;
    } else if (c != ' ' || !blank) {
      blank = false;
      line += c;
    }
  }
  return line + "\n";
}

Status RunWatch(Session& session, const RunWatchFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  v1::WatchRunRequest request;
  request.set_run_id(flags.run);
  request.set_after_sequence(flags.after.value_or(0));
  std::string state;
  FARRELL_RETURN_IF_ERROR(ReadOn<v1::WatchRunResponse>(
      session, [&](grpc::ClientContext* context) { return connection->reporting()->WatchRun(context, request); },
      [&](v1::WatchRunResponse& reply) {
        request.set_after_sequence(reply.event().sequence());
        state = reply.event().state();
        return Print(session.options().output_format() == Format::kJson ? JsonLine(reply.event())
                                                                        : EventText(reply.event()));
      }));
  if (state == "failed") return Status(Code::kFailedPrecondition, "RUN_FAILED", "the run failed");
  return Status();
}

Status PrintPublication(Session& session, const v1::Publication& publication) {
  if (session.options().output_format() == Format::kJson) return Print(JsonLine(publication));
  std::string causes;
  for (const std::string& cause : publication.causes()) causes += (causes.empty() ? "" : ", ") + cause;
  std::string text = fmt::format("{:>4}  {}  {}  run {}", publication.sequence(), publication.published_at(),
                                 publication.study_id(), publication.run_id());
  if (!publication.schedule_name().empty()) {
    text += fmt::format("  by {} for {}", publication.schedule_name(), publication.nominal_time());
  }
  if (publication.provisional()) text += "  provisional";
  if (!publication.previous_run_id().empty()) {
    text += fmt::format("  {} of {} cells moved since {}{}", publication.moved_count(), publication.cell_count(),
                        publication.previous_run_id(), causes.empty() ? "" : " (" + causes + ")");
  }
  text += "\n";
  if (!publication.difference().empty()) text += publication.difference() + "\n";
  return Print(text);
}

Status FollowPublications(Session& session, const RunWatchFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  v1::WatchPublicationsRequest request;
  request.set_study_id(flags.study);
  request.set_with_difference(flags.difference);
  if (flags.after) {
    request.set_after_sequence(*flags.after);
  } else {
    // What is published while a connection is lost belongs to what was asked for.
    v1::ListPublicationsRequest newest;
    newest.set_page_size(1);
    v1::ListPublicationsResponse there;
    FARRELL_RETURN_IF_ERROR(AskReporting(session, &Stub::ListPublications, newest, there));
    request.set_after_sequence(there.newest_sequence());
  }
  return ReadOn<v1::WatchPublicationsResponse>(
      session,
      [&](grpc::ClientContext* context) { return connection->reporting()->WatchPublications(context, request); },
      [&](v1::WatchPublicationsResponse& reply) {
        request.set_after_sequence(reply.publication().sequence());
        return PrintPublication(session, reply.publication());
      });
}

Status RunPublications(Session& session, const RunWatchFlags& flags) {
  if (flags.follow) return FollowPublications(session, flags);
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  v1::ListPublicationsRequest request;
  request.set_study_id(flags.study);
  request.set_latest(flags.latest);
  request.set_with_difference(flags.difference);
  request.set_page_size(flags.limit);
  Call call(session);
  v1::ListPublicationsResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->reporting()->ListPublications(call.context(), request, &response)));
  if (session.options().output_format() == Format::kJson) return Print(ToJson(response));
  for (const v1::Publication& publication : response.publications()) {
    FARRELL_RETURN_IF_ERROR(PrintPublication(session, publication));
  }
  return Status();
}

}  // namespace

void AddRunCommands(CLI::App& app, Program& program) {
  auto flags = std::make_shared<RunWatchFlags>();
  CLI::App* run = app.add_subcommand("run", "Watch a run of a study");
  run->require_subcommand(1);
  CLI::App* watch =
      run->add_subcommand("watch", "Tell the events of a run until it has ended; resumes when it is lost");
  watch->add_option("RUN", flags->run, "Run id, a unique prefix of it, or latest (default)")->type_name("");
  watch->add_option("--after", flags->after, "Go on after this event; default: from the first")
      ->check(NotNegative())
      ->type_name("N");
  AddFormatFlag(watch, program.options, {"table", "json"});
  AddServiceFlags(watch, program.options);
  AddExamples(watch, {"farrell run watch 3f2a9c --format json"});
  SetRun(watch, program, [flags](Session& session) { return RunWatch(session, *flags); });

  CLI::App* publications =
      app.add_subcommand("publications", "Which runs stand for their studies, and what changed from one to the next");
  publications->add_option("--study", flags->study, "Of one study; default: of all")->type_name("ID");
  CLI::Option* latest = publications->add_flag("--latest", flags->latest, "The newest of every study alone");
  publications->add_flag("--difference", flags->difference, "With what changed, as Markdown");
  CLI::Option* follow =
      publications->add_flag("--follow", flags->follow, "Tell new ones as they come, until it is interrupted");
  follow->excludes(latest);
  publications
      ->add_option("--after", flags->after, "With --follow: those after this number, 0 for all; default: only new ones")
      ->needs(follow)
      ->check(NotNegative())
      ->type_name("N");
  publications->add_option("--limit", flags->limit, "Most publications to list; default 100")
      ->type_name("N")
      ->check(Silent(CLI::Range(1, 1000)));
  AddFormatFlag(publications, program.options, {"table", "json"});
  AddServiceFlags(publications, program.options);
  AddExamples(publications, {"farrell publications --latest", "farrell publications --follow --format json"});
  SetRun(publications, program, [flags](Session& session) { return RunPublications(session, *flags); });
}

}  // namespace farrell::cli
