// SPDX-License-Identifier: Apache-2.0
#include "cli/monitor_access.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace tacet {
namespace {

const MonitorAddress kAddress = {4711, "0123456789abcdef0123456789abcdef"};

MonitorRequest Good() {
  static const std::string path = absl::StrCat("/", kAddress.token, "/events");
  return {.method = "GET",
          .path = path,
          .hosts = {"127.0.0.1:4711"},
          .origins = {},
          .fetch_sites = {},
          .has_body = false};
}

int Refusal(const MonitorRequest& request) {
  return CheckAccess(request, kAddress).refusal;
}

TEST(MonitorAccess, UrlLeadsIn) {
  EXPECT_EQ(kAddress.Url(),
            "http://127.0.0.1:4711/0123456789abcdef0123456789abcdef/");
  const Access access = CheckAccess(Good(), kAddress);
  EXPECT_EQ(access.refusal, 0);
  EXPECT_EQ(access.resource, "events");
  MonitorRequest request = Good();
  const std::string path = absl::StrCat("/", kAddress.token, "/");
  request.path = path;
  EXPECT_EQ(CheckAccess(request, kAddress).resource, "");
  EXPECT_EQ(Refusal(request), 0);
}

TEST(MonitorAccess, HostIsOurAddressAlone) {
  for (const char* const host :
       {"", "127.0.0.1", "127.0.0.1:4712", "127.0.0.1:47110", "localhost:4711",
        "evil.example:4711", "127.0.0.1:4711.evil.example"}) {
    MonitorRequest request = Good();
    request.hosts = {host};
    EXPECT_EQ(Refusal(request), 421) << host;
  }
  MonitorRequest request = Good();
  request.hosts = {};
  EXPECT_EQ(Refusal(request), 421);
  request.hosts = {"127.0.0.1:4711", "127.0.0.1:4711"};
  EXPECT_EQ(Refusal(request), 421);
}

TEST(MonitorAccess, OtherPagesAreRefused) {
  for (const char* const origin :
       {"", "null", "http://evil.example", "https://127.0.0.1:4711",
        "http://127.0.0.1:4712", "http://127.0.0.1"}) {
    MonitorRequest request = Good();
    request.origins = {origin};
    EXPECT_EQ(Refusal(request), 403) << origin;
  }
  for (const char* const site : {"", "cross-site", "same-site"}) {
    MonitorRequest request = Good();
    request.fetch_sites = {site};
    EXPECT_EQ(Refusal(request), 403) << site;
  }
  MonitorRequest request = Good();
  request.origins = {"http://127.0.0.1:4711", "http://evil.example"};
  EXPECT_EQ(Refusal(request), 403);
  request.origins = {"http://127.0.0.1:4711"};
  request.fetch_sites = {"same-origin"};
  EXPECT_EQ(Refusal(request), 0);
  request.fetch_sites = {"none"};
  EXPECT_EQ(Refusal(request), 0);
}

TEST(MonitorAccess, WithoutTheTokenThereIsNothing) {
  const std::string token = kAddress.token;
  std::string wrong = token;
  wrong.back() = '0';
  for (const std::string& path : std::vector<std::string>{
           "", "/", "//", absl::StrCat("/", token), absl::StrCat(token, "/"),
           absl::StrCat("/", wrong, "/"), absl::StrCat("/", token, "0/"),
           absl::StrCat("/", token.substr(1), "/"), "/events",
           absl::StrCat("//", token, "/"), absl::StrCat("/x/", token, "/"),
           "/0123456789ABCDEF0123456789ABCDEF/"}) {
    MonitorRequest request = Good();
    request.path = path;
    EXPECT_EQ(Refusal(request), 404) << path;
  }
}

TEST(MonitorAccess, OnlyGetWithoutABody) {
  for (const char* const method : {"", "get", "POST", "HEAD", "OPTIONS"}) {
    MonitorRequest request = Good();
    request.method = method;
    EXPECT_EQ(Refusal(request), 405) << method;
  }
  MonitorRequest request = Good();
  request.has_body = true;
  EXPECT_EQ(Refusal(request), 413);
}

TEST(MonitorAccess, TokensHave128BitsAndDiffer) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) {
    const auto token = MakeMonitorToken();
    ASSERT_TRUE(token.ok());
    EXPECT_EQ(token->size(), 32u);
    EXPECT_EQ(token->find_first_not_of("0123456789abcdef"), token->npos);
    tokens.insert(*token);
  }
  EXPECT_EQ(tokens.size(), 1000u);
}

}  // namespace
}  // namespace tacet
