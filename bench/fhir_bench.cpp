// Reading and checking of resources, against one pass of simdjson's own parser over the same memory. The load
// is HL7's own examples (corpus/fhir of AORTA_SHARED, else of ../shared), as they are; and those below 8 kB
// without their narrative, which is what systems send.
#include "engine/fhir/validate.hpp"

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace aorta::fhir;

struct load {
  std::vector<std::string> texts;
  std::vector<document> parsed;
  size_t bytes = 0;
};

/// The valid resources of the corpus, many times over: more than the second cache holds.
load read(bool bare) {
  const char* shared = std::getenv("AORTA_SHARED");
  load out;
  for (const auto& file : std::filesystem::recursive_directory_iterator(
         std::filesystem::path(shared ? shared : "../shared") / "corpus/fhir")) {
    if (file.path().extension() != ".json") continue;
    std::stringstream text;
    text << std::ifstream(file.path()).rdbuf();
    auto parsed = document::parse(text.str());
    if (!parsed || !validate(*parsed->root).empty()) continue;
    if (bare) document::remove(*parsed->root, "text");
    if (bare && write(*parsed->root).size() > 8192) continue;
    out.texts.push_back(bare ? write(*parsed->root) : text.str());
  }
  const size_t once = out.texts.size();
  while (out.bytes < 8'000'000 && once > 0) {
    for (size_t i = 0; i < once; ++i) {
      if (out.parsed.size() >= once) out.texts.push_back(out.texts[i]);
      auto parsed = document::parse(out.texts.back());
      out.bytes += out.texts[i].size();
      out.parsed.push_back(std::move(*parsed));
    }
  }
  return out;
}

const load& texts(bool bare) {
  static const load as_written = read(false), small = read(true);
  return bare ? small : as_written;
}

/// `work` over every resource; reports bytes and resources a second.
template <class Work>
void over_load(benchmark::State& state, Work work) {
  const load& all = texts(state.range(0) != 0);
  if (all.texts.empty()) return state.SkipWithError("no corpus: set AORTA_SHARED");
  for (auto _ : state)
    for (size_t i = 0; i < all.texts.size(); ++i) work(all, i);
  state.SetBytesProcessed(int64_t(state.iterations()) * int64_t(all.bytes));
  state.SetItemsProcessed(int64_t(state.iterations()) * int64_t(all.texts.size()));
  state.SetLabel(state.range(0) != 0 ? "small, without narrative" : "as written");
}

void simdjson_alone(benchmark::State& state) {
  simdjson::dom::parser parser;
  over_load(state,
            [&](const load& all, size_t i) { benchmark::DoNotOptimize(parser.parse(all.texts[i]).error()); });
}
BENCHMARK(simdjson_alone)->Arg(0)->Arg(1);

void parse(benchmark::State& state) {
  over_load(state,
            [](const load& all, size_t i) { benchmark::DoNotOptimize(document::parse(all.texts[i])); });
}
BENCHMARK(parse)->Arg(0)->Arg(1);

void validate_parsed(benchmark::State& state) {
  over_load(state, [](const load& all, size_t i) {
    if (!validate(*all.parsed[i].root).empty()) std::abort();
  });
}
BENCHMARK(validate_parsed)->Arg(0)->Arg(1);

void parse_and_validate(benchmark::State& state) {
  over_load(state, [](const load& all, size_t i) {
    const auto parsed = document::parse(all.texts[i]);
    if (!validate(*parsed->root).empty()) std::abort();
  });
}
BENCHMARK(parse_and_validate)->Arg(0)->Arg(1);

void write_parsed(benchmark::State& state) {
  std::string out;
  over_load(state, [&](const load& all, size_t i) {
    out.clear();
    write(*all.parsed[i].root, out);
    benchmark::DoNotOptimize(out);
  });
}
BENCHMARK(write_parsed)->Arg(0)->Arg(1);

} // namespace

BENCHMARK_MAIN();
