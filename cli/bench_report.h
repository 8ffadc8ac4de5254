// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_BENCH_REPORT_H_
#define TACET_CLI_BENCH_REPORT_H_

#include <string>

#include "absl/status/status.h"
#include "cli/bench_run.h"

namespace tacet {

// What `tacet bench` prints: a table, or one JSON object.
std::string BenchText(const BenchResult& result);
std::string BenchJson(const BenchResult& result);

// Draws the mean of each stage and the distribution of a hop's time.
// Errors: what Cairo says, with the path.
absl::Status WriteBenchPlot(const std::string& path, const BenchResult& result);

}  // namespace tacet

#endif  // TACET_CLI_BENCH_REPORT_H_
