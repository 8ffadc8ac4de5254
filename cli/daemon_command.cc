// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon_command.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/daemon_client.h"
#include "cli/daemon_config.h"
#include "cli/daemon_doctor.h"
#include "cli/daemon_report.h"
#include "cli/daemon_top.h"
#include "cli/monitor_command.h"

namespace tacet {
namespace {

using Kind = DaemonCommand::Kind;

constexpr int kFine = 0;
constexpr int kFailed = 1;
constexpr int kUsageError = 2;
constexpr int kNoDaemon = 3;

constexpr int kAnswerMs = 2000;
constexpr int kSlowAnswerMs = 10000;  // loads a model, asks a sound server
constexpr int kLoopbackMs = 60000;
constexpr int kJsonIndent = 2;

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "tacet: %s\n", std::string(status.message()).c_str());
  return kFailed;
}

int Print(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    return Fail(absl::ErrnoToStatus(errno, "standard output: cannot write"));
  }
  return kFine;
}

int PrintJson(const Json& json) {
  return Print(
      json.dump(kJsonIndent, ' ', false, Json::error_handler_t::replace) +
      "\n");
}

// {"key":KEY,"value":VALUE}. Errors: InvalidArgument without "=".
absl::StatusOr<Json> SettingArguments(const std::string& setting) {
  const size_t equals = setting.find('=');
  if (equals == setting.npos || equals == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", setting, "': expected KEY=VALUE"));
  }
  return Json{{"key", setting.substr(0, equals)},
              {"value", setting.substr(equals + 1)}};
}

// A file goes by its absolute path: the daemon has another working folder.
Json ModelArguments(const std::string& model) {
  std::error_code error;
  const bool is_file = model.find('/') != model.npos ||
                       std::filesystem::is_regular_file(model, error);
  if (!is_file) return {{"name", model}};
  return {{"file", std::filesystem::absolute(model, error).string()}};
}

bool UserAgrees() {
  if (isatty(STDIN_FILENO) != 1) return false;
  std::fputs(
      "The microphone will carry test bursts for a few seconds, undenoised.\n"
      "Go on? [y/N] ",
      stderr);
  char answer[16] = {};
  if (std::fgets(answer, sizeof answer, stdin) == nullptr) return false;
  return answer[0] == 'y' || answer[0] == 'Y';
}

// One question, and how to show its answer.
struct Question {
  const char* command;
  Json arguments = Json::object();
  int timeout_ms = kAnswerMs;
  std::string (*report)(const Json&) = nullptr;  // null: nothing to show
};

std::string MetricsReport(const Json& metrics) {
  const auto text = metrics.find("text");
  return text != metrics.end() && text->is_string() ? text->get<std::string>()
                                                    : "";
}

std::string ModeReport(const Json& mode) {
  const auto name = mode.find("mode");
  return name != mode.end() && name->is_string()
             ? name->get<std::string>() + "\n"
             : "";
}

std::string ChangeReport(const Json& change) {
  return change.value("restarting", false)
             ? "The audio restarts; 'tacet status' tells what came of it.\n"
             : "";
}

absl::StatusOr<Question> QuestionOf(const DaemonCommand& command) {
  switch (command.kind) {
    case Kind::kStatus:
      return Question{"status", {}, kAnswerMs, StatusReport};
    case Kind::kSet: {
      absl::StatusOr<Json> arguments = SettingArguments(command.argument);
      if (!arguments.ok()) return arguments.status();
      return Question{"set", *std::move(arguments), kSlowAnswerMs,
                      ChangeReport};
    }
    case Kind::kMode:
      return Question{
          "mode", {{"mode", command.argument}}, kAnswerMs, ModeReport};
    case Kind::kDevices:
      return Question{"devices", {}, kSlowAnswerMs, DevicesReport};
    case Kind::kModelUse:
      return Question{"model", ModelArguments(command.argument), kSlowAnswerMs};
    case Kind::kReload:
      return Question{"reload", {}, kSlowAnswerMs, ChangeReport};
    case Kind::kLatency:
      if (command.loopback) {
        return Question{"loopback",
                        {{"force", command.even_if_heard}},
                        kLoopbackMs,
                        LoopbackReportText};
      }
      return Question{
          "latency", {{"reset", command.reset}}, kAnswerMs, LatencyTable};
    case Kind::kMetrics:
      return Question{"metrics", {}, kAnswerMs, MetricsReport};
    case Kind::kStop:
      return Question{"stop", {}, kAnswerMs};
    default:
      return absl::InternalError("not a question to the daemon");
  }
}

int AskDaemon(const DaemonCommand& command, DaemonClient* client) {
  absl::StatusOr<Question> question = QuestionOf(command);
  if (!question.ok()) {
    Fail(question.status());
    return kUsageError;
  }
  const absl::StatusOr<Json> answer = client->Ask(
      question->command, std::move(question->arguments), question->timeout_ms);
  if (!answer.ok()) return Fail(answer.status());
  // It hangs up once it has ended what it does.
  if (command.kind == Kind::kStop) (void)client->Receive(kSlowAnswerMs);
  if (command.json) return PrintJson(*answer);
  return question->report == nullptr ? kFine : Print(question->report(*answer));
}

int TalkToDaemon(const DaemonCommand& command) {
  const bool is_loopback = command.kind == Kind::kLatency && command.loopback;
  absl::StatusOr<std::unique_ptr<DaemonClient>> client =
      DaemonClient::Connect();
  if (!client.ok()) {
    Fail(client.status());
    return kNoDaemon;
  }
  if (is_loopback && !command.force && !UserAgrees()) {
    return Fail(absl::FailedPreconditionError(
        "nothing was measured; --force does not ask"));
  }
  // A client may be silent only for so long, and the user took their time.
  if (is_loopback) {
    client = DaemonClient::Connect();
    if (!client.ok()) {
      Fail(client.status());
      return kNoDaemon;
    }
  }
  if (command.kind == Kind::kMonitor) {
    client->reset();
    const absl::Status status = RunMonitor(command.port);
    return status.ok() ? kFine : Fail(status);
  }
  if (command.kind != Kind::kTop) return AskDaemon(command, client->get());
  const absl::Status status = RunTop(client->get(), command.num_frames);
  return status.ok() ? kFine : Fail(status);
}

}  // namespace

int RunDaemonCommand(const DaemonCommand& command) {
  switch (command.kind) {
    case Kind::kConfigCheck:
      return CheckConfigFiles(command.argument);
    case Kind::kConfigShow:
      return ShowConfig();
    case Kind::kConfigInit:
      return InitConfig(command.force);
    case Kind::kDoctor:
      return PrintFindings(Examine());
    default:
      return TalkToDaemon(command);
  }
}

}  // namespace tacet
