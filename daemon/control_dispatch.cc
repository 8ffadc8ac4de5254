// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_dispatch.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/control_json.h"
#include "daemon/metrics_text.h"

namespace tacet {
namespace {

// Of a client's text in a message.
constexpr size_t kShown = 40;

// A handler's reply of another type, as JSON.
template <typename Result, typename ToJson>
ControlHandler::Reply<Result> Converted(const JsonReply& reply,
                                        ToJson to_json) {
  return [reply, to_json](const absl::StatusOr<Result>& result) {
    reply(result.ok() ? absl::StatusOr<Json>(to_json(*result))
                      : absl::StatusOr<Json>(result.status()));
  };
}

// The same of a command that changes settings.
ControlHandler::DoneReply Changed(ControlHandler* handler,
                                  const JsonReply& reply) {
  return [handler, reply](const absl::Status& status) {
    if (!status.ok()) return reply(status);
    reply(handler->IsRestarting() ? Json{{"restarting", true}}
                                  : Json::object());
  };
}

// The value of `set` as text, so that 12, "12" and true all work.
absl::StatusOr<std::string> ValueText(const Request& request) {
  const auto value = request.arguments.find("value");
  if (value != request.arguments.end() &&
      (value->is_number() || value->is_boolean())) {
    return value->dump();
  }
  return request.Text("value");
}

void Set(const Request& request, ControlHandler* handler,
         const JsonReply& reply) {
  const absl::StatusOr<std::string> key = request.Text("key");
  if (!key.ok()) return reply(key.status());
  const absl::StatusOr<std::string> value = ValueText(request);
  if (!value.ok()) return reply(value.status());
  handler->Set(*key, *value, Changed(handler, reply));
}

// clean and bypass take turns; muted becomes clean.
Mode Toggled(Mode mode) {
  return mode == Mode::kClean ? Mode::kBypass : Mode::kClean;
}

absl::StatusOr<Json> SetMode(const Request& request, ControlHandler* handler) {
  const absl::StatusOr<std::string> name = request.Text("mode");
  if (!name.ok()) return name.status();
  if (*name == "toggle") {
    handler->SetMode(Toggled(handler->Status().mode));
  } else {
    bool found = false;
    for (const Mode mode : {Mode::kClean, Mode::kBypass, Mode::kMute}) {
      if (ModeName(mode) != *name) continue;
      handler->SetMode(mode);
      found = true;
    }
    if (!found) {
      return absl::InvalidArgumentError(
          absl::StrCat("mode: '", name->substr(0, kShown),
                       "', expected clean, bypass, mute or toggle"));
    }
  }
  return Json{{"mode", ModeName(handler->Status().mode)}};
}

absl::StatusOr<Json> Latency(const Request& request, ControlHandler* handler) {
  const absl::StatusOr<bool> reset = request.Flag("reset");
  if (!reset.ok()) return reset.status();
  Json report = LatencyJson(handler->Latency());
  report["latency"] = StatusJson(handler->Status())["latency"];
  if (*reset) handler->ResetLatency();
  return report;
}

void UseModel(const Request& request, ControlHandler* handler,
              const JsonReply& reply) {
  const bool has_file = request.arguments.contains("file");
  if (has_file == request.arguments.contains("name")) {
    return reply(absl::InvalidArgumentError(
        "model: expected one of \"file\" and \"name\""));
  }
  const absl::StatusOr<std::string> model =
      request.Text(has_file ? "file" : "name");
  if (!model.ok()) return reply(model.status());
  const bool is_absolute = model->rfind('/', 0) == 0;
  const bool is_name = !model->empty() && model->find('/') == model->npos;
  if (has_file ? !is_absolute : !is_name) {
    return reply(absl::InvalidArgumentError(
        absl::StrCat("model: '", *model, "' is no ",
                     has_file ? "absolute path" : "built-in name")));
  }
  handler->UseModel(*model,
                    Converted<std::string>(reply, [](const std::string& name) {
                      return Json{{"model", name}};
                    }));
}

void Loopback(const Request& request, ControlHandler* handler,
              const JsonReply& reply) {
  const absl::StatusOr<bool> force = request.Flag("force");
  if (!force.ok()) return reply(force.status());
  handler->Loopback(*force, Converted<LoopbackReport>(reply, LoopbackJson));
}

void Stop(ControlHandler* handler, const JsonReply& reply) {
  reply(Json::object());
  handler->Stop();
}

}  // namespace

void Dispatch(const Request& request, ControlHandler* handler,
              const JsonReply& reply) {
  const std::string& command = request.command;
  if (command == "status") return reply(StatusJson(handler->Status()));
  if (command == "set") return Set(request, handler, reply);
  if (command == "mode") return reply(SetMode(request, handler));
  if (command == "model") return UseModel(request, handler, reply);
  if (command == "reload") {
    return handler->Reload(Changed(handler, reply));
  }
  if (command == "devices") {
    return handler->Devices(
        Converted<std::vector<DeviceInfo>>(reply, DevicesJson));
  }
  if (command == "latency") return reply(Latency(request, handler));
  if (command == "loopback") return Loopback(request, handler, reply);
  if (command == "metrics") {
    return reply(
        Json{{"text", MetricsText(handler->Status(), handler->Latency())}});
  }
  if (command == "stop") return Stop(handler, reply);
  reply(absl::InvalidArgumentError(absl::StrCat(
      "unknown command \"", command.substr(0, kShown),
      "\"; known: devices, latency, loopback, metrics, mode, model, monitor, "
      "reload, set, status, stop, subscribe")));
}

}  // namespace tacet
