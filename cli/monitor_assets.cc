// SPDX-License-Identifier: Apache-2.0
#include "cli/monitor_assets.h"

#include <array>

// NOLINTBEGIN(bugprone-macro-parentheses): a name is no expression.
// Places a file's bytes in the read-only data of the program.
#define TACET_ASSET(symbol, file)                                       \
  __asm__(".pushsection .rodata\n.globl " #symbol "\n.hidden " #symbol  \
          "\n.globl " #symbol "_end\n.hidden " #symbol "_end\n" #symbol \
          ":\n.incbin \"" TACET_CLI_FOLDER "/" file "\"\n" #symbol      \
          "_end:\n.byte 0\n.popsection\n");                             \
  extern "C" __attribute__((visibility("hidden"))) const char symbol[], \
      symbol##_end[];
// NOLINTEND(bugprone-macro-parentheses)

TACET_ASSET(tacet_monitor_page_html, "monitor_page.html")
TACET_ASSET(tacet_monitor_page_css, "monitor_page.css")
TACET_ASSET(tacet_monitor_dsp_js, "monitor_dsp.js")
TACET_ASSET(tacet_monitor_draw_js, "monitor_draw.js")
TACET_ASSET(tacet_monitor_compare_js, "monitor_compare.js")
TACET_ASSET(tacet_monitor_page_js, "monitor_page.js")

namespace tacet {
namespace {

constexpr char kHtml[] = "text/html; charset=utf-8";
constexpr char kCss[] = "text/css; charset=utf-8";
constexpr char kJs[] = "text/javascript; charset=utf-8";

}  // namespace

std::span<const MonitorAsset> MonitorAssets() {
  static const std::array<MonitorAsset, 6> assets = {{
      {"", kHtml, {tacet_monitor_page_html, tacet_monitor_page_html_end}},
      {"monitor_page.css",
       kCss,
       {tacet_monitor_page_css, tacet_monitor_page_css_end}},
      {"monitor_dsp.js", kJs, {tacet_monitor_dsp_js, tacet_monitor_dsp_js_end}},
      {"monitor_draw.js",
       kJs,
       {tacet_monitor_draw_js, tacet_monitor_draw_js_end}},
      {"monitor_compare.js",
       kJs,
       {tacet_monitor_compare_js, tacet_monitor_compare_js_end}},
      {"monitor_page.js",
       kJs,
       {tacet_monitor_page_js, tacet_monitor_page_js_end}},
  }};
  return assets;
}

}  // namespace tacet
