// SPDX-License-Identifier: Apache-2.0
#include "cli/monitor_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/monitor_assets.h"
#include "cli/monitor_queue.h"

namespace tacet {
namespace {

constexpr int64_t kNanosecondsPerMs = 1'000'000;
constexpr size_t kStreamBlock = size_t{32} << 10;  // handed over at once
// Of the system, a connection; it would take megabytes.
constexpr int kSendBufferBytes = 128 << 10;

// The page needs nothing but itself, and nobody else needs the page. The token
// is in its address, which is not to be told.
constexpr std::pair<const char*, const char*> kHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; "
     "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
     "frame-ancestors 'none'"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
    {"Connection", "close"},
};

int DescriptorOf(MHD_Connection* connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
      ->connect_fd;
}

// Queues it, and lets go of it.
int Send(MHD_Connection* connection, unsigned status, const char* type,
         MHD_Response* response) {
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", type);
  for (const auto& [name, value] : kHeaders) {
    MHD_add_response_header(response, name, value);
  }
  const int queued = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return queued;
}

int SendText(MHD_Connection* connection, unsigned status,
             std::string_view text) {
  std::string line = absl::StrCat(std::string(text), "\n");
  return Send(connection, status, "text/plain; charset=utf-8",
              MHD_create_response_from_buffer(line.size(), line.data(),
                                              MHD_RESPMEM_MUST_COPY));
}

MonitorRequest RequestOf(MHD_Connection* connection, const char* url,
                         const char* method) {
  MonitorRequest request;
  request.method = method;
  request.path = url;
  const auto note = [](void* cls, MHD_ValueKind, const char* name,
                       const char* value) -> MHD_Result {
    auto* const request = static_cast<MonitorRequest*>(cls);
    const std::string_view text = value == nullptr ? "" : value;
    const auto is = [name](const char* other) {
      return strcasecmp(name, other) == 0;
    };
    if (is("Host")) request->hosts.push_back(text);
    if (is("Origin")) request->origins.push_back(text);
    if (is("Sec-Fetch-Site")) request->fetch_sites.push_back(text);
    if (is("Transfer-Encoding") || (is("Content-Length") && text != "0")) {
      request->has_body = true;
    }
    return MHD_YES;
  };
  MHD_get_connection_values(connection, MHD_HEADER_KIND, note, &request);
  return request;
}

}  // namespace

struct MonitorServer::Stream {
  MonitorServer* server;
  MHD_Connection* connection;
  MonitorQueue queue;
  bool is_suspended = false;  // until there is something to send
};

struct MonitorServer::Callbacks {
  static MHD_Result Handle(void* cls, MHD_Connection* connection,
                           const char* url, const char* method, const char*,
                           const char*, size_t*, void**) {
    auto* const server = static_cast<MonitorServer*>(cls);
    return static_cast<MHD_Result>(
        server->Answer(connection, RequestOf(connection, url, method)));
  }

  static void Connection(void* cls, MHD_Connection* connection, void**,
                         MHD_ConnectionNotificationCode code) {
    auto* const server = static_cast<MonitorServer*>(cls);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      server->due_ns_[connection] =
          server->now_ns_ + kRequestMs * kNanosecondsPerMs;
      setsockopt(DescriptorOf(connection), SOL_SOCKET, SO_SNDBUF,
                 &kSendBufferBytes, sizeof kSendBufferBytes);
    } else {
      server->due_ns_.erase(connection);
    }
  }

  static ssize_t ReadStream(void* cls, uint64_t, char* bytes, size_t size) {
    auto* const stream = static_cast<Stream*>(cls);
    if (stream->server->is_ending_) return MHD_CONTENT_READER_END_OF_STREAM;
    if (stream->queue.empty()) {
      MHD_suspend_connection(stream->connection);
      stream->is_suspended = true;
      return 0;
    }
    return static_cast<ssize_t>(stream->queue.Read(std::span(bytes, size)));
  }

  static void FreeStream(void* cls) {
    auto* const stream = static_cast<Stream*>(cls);
    stream->server->streams_.remove_if(
        [stream](const Stream& other) { return &other == stream; });
  }

  static void Silent(void*, const char*, va_list) {}
};

absl::StatusOr<std::unique_ptr<MonitorServer>> MonitorServer::Start(int port) {
  absl::StatusOr<std::string> token = MakeMonitorToken();
  if (!token.ok()) return token.status();
  std::unique_ptr<MonitorServer> server(new MonitorServer());
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  errno = 0;
  server->http_ = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
      &Callbacks::Handle, server.get(),  //
      MHD_OPTION_EXTERNAL_LOGGER, &Callbacks::Silent, nullptr,
      MHD_OPTION_SOCK_ADDR, reinterpret_cast<sockaddr*>(&address),
      MHD_OPTION_STRICT_FOR_CLIENT, 1,  //
      MHD_OPTION_CONNECTION_LIMIT, unsigned{kMaxConnections},
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, size_t{kMaxRequestBytes},
      MHD_OPTION_CONNECTION_TIMEOUT, unsigned{kStalledS},
      MHD_OPTION_NOTIFY_CONNECTION, &Callbacks::Connection, server.get(),
      MHD_OPTION_END);
  if (server->http_ == nullptr) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("127.0.0.1:", port, ": cannot listen"));
  }
  const MHD_DaemonInfo* const info =
      MHD_get_daemon_info(server->http_, MHD_DAEMON_INFO_BIND_PORT);
  server->address_ = {info->port, *std::move(token)};
  return server;
}

MonitorServer::~MonitorServer() {
  if (http_ == nullptr) return;
  is_ending_ = true;
  for (const Stream& stream : streams_) {
    if (stream.is_suspended) MHD_resume_connection(stream.connection);
  }
  MHD_run(http_);  // ends the streams
  MHD_stop_daemon(http_);
}

int MonitorServer::fd() const {
  return MHD_get_daemon_info(http_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int MonitorServer::TimeoutMs(int64_t now_ns) const {
  // After it has had kMaxConnections the library listens again only from its
  // next turn on, and nothing but time brings that.
  constexpr int kMaxMs = 500;
  int timeout_ms = kMaxMs;
  MHD_UNSIGNED_LONG_LONG http_ms = 0;
  if (MHD_get_timeout(http_, &http_ms) == MHD_YES) {
    timeout_ms = static_cast<int>(std::min<uint64_t>(http_ms, kMaxMs));
  }
  for (const auto& [connection, due_ns] : due_ns_) {
    const int64_t left_ms =
        std::max<int64_t>(0, due_ns - now_ns) / kNanosecondsPerMs + 1;
    timeout_ms = std::min(timeout_ms, static_cast<int>(left_ms));
  }
  return timeout_ms;
}

void MonitorServer::Run(int64_t now_ns) {
  now_ns_ = now_ns;
  for (const auto& [connection, due_ns] : due_ns_) {
    if (now_ns < due_ns) continue;
    // The library then sees that the client is gone.
    shutdown(DescriptorOf(connection), SHUT_RDWR);
  }
  MHD_run(http_);
}

int MonitorServer::Answer(MHD_Connection* connection,
                          const MonitorRequest& request) {
  const Access access = CheckAccess(request, address_);
  if (access.refusal != 0) {
    return SendText(connection, static_cast<unsigned>(access.refusal),
                    access.why);
  }
  if (access.resource == "events") return OpenStream(connection);
  for (const MonitorAsset& asset : MonitorAssets()) {
    if (asset.name != access.resource) continue;
    return Send(connection, MHD_HTTP_OK, asset.type,
                MHD_create_response_from_buffer(
                    asset.bytes.size(), const_cast<char*>(asset.bytes.data()),
                    MHD_RESPMEM_PERSISTENT));
  }
  return SendText(connection, MHD_HTTP_NOT_FOUND, "no such page");
}

int MonitorServer::OpenStream(MHD_Connection* connection) {
  if (num_streams() >= kMaxStreams) {
    return SendText(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                    absl::StrCat(kMaxStreams, " browsers watch already"));
  }
  Stream& stream = streams_.emplace_back(Stream{this, connection, {}});
  // The browser asks again so many milliseconds after a loss.
  stream.queue.Push(std::make_shared<const std::string>("retry: 1000\n\n"));
  due_ns_.erase(connection);
  return Send(connection, MHD_HTTP_OK, "text/event-stream",
              MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kStreamBlock,
                                                &Callbacks::ReadStream, &stream,
                                                &Callbacks::FreeStream));
}

void MonitorServer::Publish(std::string_view name, const Json& data) {
  const auto event = std::make_shared<const std::string>(absl::StrCat(
      "event: ", std::string(name), "\ndata: ",
      data.dump(-1, ' ', false, Json::error_handler_t::replace), "\n\n"));
  for (Stream& stream : streams_) {
    stream.queue.Push(event);
    if (!std::exchange(stream.is_suspended, false)) continue;
    MHD_resume_connection(stream.connection);
  }
}

}  // namespace tacet
