// Twenty edits on a report of twelve results, against reading the message once: edit_bench prints both.
#include "engine/edit/read_edit.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

using namespace aorta;

namespace {

std::string report() {
  std::string out =
    "MSH|^~\\&|LIS|BIO|OH|MAIN|20261120083000||ORU^R01^ORU_R01|X-1|P|2.5.1||||||UNICODE UTF-8\r"
    "PID|1||M-0007^^^BIO^MR||PAPADOPOULOU^MARIA||19800101|F|||LEDRA 1^^NICOSIA\r"
    "PV1|1||W1^12^B|||||||||||||||||V-1\r"
    "ORC|RE|P-1|F-1\r"
    "OBR|1|P-1|F-1|CBC^Blood count^L|||202611200800\r";
  for (int i = 1; i <= 12; ++i)
    out += "OBX|" + std::to_string(i) + "|NM|T" + std::to_string(i) + "^Test number " + std::to_string(i) +
      "^L||13.5|g/dL|12-16|N|||F|||202611200830||LAB1\r";
  return out;
}

std::vector<edit::edit> twenty() {
  edit::tables tables;
  auto ward = std::make_shared<edit::table>();
  ward->rows = {{"W1", "CARD"}, {"W2", "GYN"}};
  tables["ward"] = ward;
  const std::vector<edit::edit_text> texts{
    {.when = "empty(PV1-2)", .set = "PV1-2", .to = "O"},
    {.map = "PV1-3.1", .table = "ward", .or_else = "keep"},
    {.when = "MSH-3 = \"LIS\" and MSH-4 = \"BIO\"", .set = "MSH-5", .to = "AORTA"},
    {.when = "MSH-3 = \"OTHER\"", .remove = "PV1-3"},
    {.to = "PV1-4", .copy = "PV1-3.1"},
    {.to = "PID-2", .copy = "PID-3[1]"},
    {.when = "PID-8 in [\"W\", \"V\"]", .set = "PID-8", .to = "F"},
    {.to = "dd/MM/yyyy", .date = "PID-7", .from = "yyyyMMdd", .or_else = "keep"},
    {.to = "yyyyMMdd", .date = "PID-7", .from = "dd/MM/yyyy", .or_else = "keep"},
    {.replace = "PID-3[1].1", .match = "^M-0*", .with = "M"},
    {.set = "OBR-4.3", .to = "LN"},
    {.when = "any(OBX[*]-8 = \"HH\")", .set = "OBR-5", .to = "S"},
    {.when = "OBX-3.1 = \"T3\"", .in = "OBX", .set = "OBX-6", .to = "g/L"},
    {.when = "OBX-3.1 = \"T4\"", .in = "OBX", .number = "OBX-5", .or_else = "keep"},
    {.set = "OBX[5]-8", .to = "H"},
    {.replace = "OBX[6]-6", .match = "dL", .with = "dl"},
    {.remove = "PID-11"},
    {.when = "not empty(PV1-19)", .set = "PV1-50", .to = "{PV1-19}/{PV1-3.1}"},
    {.when = "MSH-10 matches \"^X-[0-9]+$\"", .set = "MSH-8", .to = "x"},
    {.remove = "ORC-3"}};
  std::vector<edit::edit> out;
  std::vector<edit::complaint> wrong;
  for (const auto& each : texts)
    if (auto made = edit::read_edit(each, tables, wrong)) out.push_back(std::move(*made));
  if (out.size() != 20) std::abort();
  return out;
}

void read_once(benchmark::State& state) {
  const auto bytes = report();
  for (auto _ : state) benchmark::DoNotOptimize(hl7::parse(bytes));
}

void edited_and_read_again(benchmark::State& state) {
  const auto bytes = report();
  const auto edits = twenty();
  const auto msg = hl7::parse(bytes);
  for (auto _ : state) {
    edit::draft now(*msg, "");
    benchmark::DoNotOptimize(edit::apply(edits, now));
    const auto out = now.bytes();
    benchmark::DoNotOptimize(hl7::parse(out));
  }
}

} // namespace

BENCHMARK(read_once);
BENCHMARK(edited_and_read_again);
BENCHMARK_MAIN();
