// map_report on a message of 12 OBX: 8 that convert, 4 that stay.
#include "engine/lab/map_report.hpp"

#include <benchmark/benchmark.h>

using namespace aorta;

namespace {

std::string twelve() {
  std::string out =
    "MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|B-1|P|2.5.1|||||CYP|UNICODE UTF-8|EL\r"
    "PID|1||CY0812345^^^CYP^NI~M-0001^^^MAIN^MR||ΠΑΠΑΔΟΠΟΥΛΟΣ^ΓΕΩΡΓΙΟΣ||19580412|M\rORC|RE|PO-77|F-9001\r"
    "OBR|1|PO-77|F-9001|LIPREN^Lipids and renal^L|||20261120070500|||||||||||||||20261120082500||CH|F\r";
  const char* rows[] = {"CREAT^Creatinine^L||97|umol/L|62-106|N", "CHOL^Cholesterol^L||5.9|mmol/L|<5.0|H",
                        "HDL^HDL^L||1.2|mmol/L|>1.0|N", "K^Potassium^L||4.4|mmol/L|3.5-5.1|N"};
  for (int i = 1; i <= 12; ++i)
    out += "OBX|" + std::to_string(i) + "|NM|" + rows[i % 4] + "|||F|||20261120082000\r";
  return out;
}

lab::profile laboratory() {
  lab::profile p;
  p.code = "BIO", p.name = "Bioanalytica";
  p.tests = {{"CREAT", {"2160-0", "", ""}},
             {"CHOL", {"2093-3", "", ""}},
             {"HDL", {"2085-9", "", ""}},
             {"K", {"2823-3", "", ""}}};
  return p;
}

void map_report(benchmark::State& state) {
  const auto bytes = twelve();
  const auto from = laboratory();
  const std::vector<lab::critical_limit> limits{{"2823-3", 2.5, 6.0, "mmol/L", {}},
                                                {"6301-6", {}, 5.0, "{INR}", {}}};
  const auto msg = hl7::parse(bytes);
  for (auto _ : state) {
    auto out = lab::map_report(*msg, {&from, &limits, "MAIN"});
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(int64_t(state.iterations()) * int64_t(bytes.size()));
}
BENCHMARK(map_report);

} // namespace

BENCHMARK_MAIN();
