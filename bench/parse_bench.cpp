// Parse and index against one pass over the same memory that only looks for the two delimiters of the index.
#include "engine/hl7/ack.hpp"
#include "engine/hl7/message.hpp"
#include "engine/hl7/mllp.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

using namespace aorta::hl7;

/// A laboratory's panel: 12 OBX, about 1.1 kB, another control id and patient in each.
std::string oru(int number) {
  static constexpr const char* tests[] = {
    "CREAT^Creatinine^L||97|umol/L|62-106", "CHOL_T^Cholesterol^L||5.9|mmol/L|<5.0",
    "HDL^HDL^L||1.2|mmol/L|>1.0",           "TG^Triglycerides^L||2.1|mmol/L|<1.7",
    "K^Potassium^L||4.4|mmol/L|3.5-5.1",    "NA^Sodium^L||141|mmol/L|136-145"};
  const std::string id = std::to_string(100'000 + number);
  std::string out = "MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|BIO-" + id +
    "|P|2.5.1|||||CYP|UNICODE UTF-8\r"
    "PID|1||" +
    id +
    "^^^CYP^NI||PAPADOPOULOS^GEORGIOS||19580412|M\r"
    "ORC|RE|PO-" +
    id + "|F-" + id +
    "\r"
    "OBR|1|PO-" +
    id + "|F-" + id + "|LIPREN^Lipids and renal^L|||20261120070500|||||||||||||||20261120082500||CH|F\r";
  for (int i = 0; i < 12; ++i)
    out += "OBX|" + std::to_string(i + 1) + "|NM|" + tests[i % 6] + "|N|||F|||20261120082000\r";
  return out;
}

/// Enough messages to leave the first cache: 4096 of them, 4.6 MB.
const std::vector<std::string>& load() {
  static const auto messages = [] {
    std::vector<std::string> out;
    for (int i = 0; i < 4096; ++i) out.push_back(oru(i));
    return out;
  }();
  return messages;
}

#if defined(__x86_64__)
[[gnu::target("avx2,popcnt")]] size_t count_delimiters(std::string_view bytes) {
  const __m256i field = _mm256_set1_epi8('|'), line = _mm256_set1_epi8('\r');
  size_t found = 0, at = 0;
  for (; at + 32 <= bytes.size(); at += 32) {
    const __m256i part = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes.data() + at));
    const __m256i hit = _mm256_or_si256(_mm256_cmpeq_epi8(part, field), _mm256_cmpeq_epi8(part, line));
    found += size_t(__builtin_popcount(unsigned(_mm256_movemask_epi8(hit))));
  }
  for (; at < bytes.size(); ++at) found += bytes[at] == '|' || bytes[at] == '\r';
  return found;
}
#else
size_t count_delimiters(std::string_view bytes) {
  size_t found = 0;
  for (const char c : bytes) found += c == '|' || c == '\r';
  return found;
}
#endif

/// Runs `work` over the load and reports bytes and messages a second.
template <class Work>
void over_load(benchmark::State& state, Work work) {
  size_t bytes = 0, next = 0;
  for (auto _ : state) {
    const std::string& message = load()[next];
    next = (next + 1) % load().size();
    work(message);
    bytes += message.size();
  }
  state.SetBytesProcessed(int64_t(bytes));
  state.SetItemsProcessed(int64_t(state.iterations()));
}

void one_pass_for_delimiters(benchmark::State& state) {
  over_load(state, [](const std::string& bytes) { benchmark::DoNotOptimize(count_delimiters(bytes)); });
}
BENCHMARK(one_pass_for_delimiters);

void parse_into_used_message(benchmark::State& state) {
  message msg;
  over_load(state, [&](const std::string& bytes) {
    if (!parse_into(msg, bytes)) std::abort();
    benchmark::DoNotOptimize(msg);
  });
}
BENCHMARK(parse_into_used_message);

void parse_fresh_message(benchmark::State& state) {
  over_load(state, [](const std::string& bytes) {
    const auto msg = parse(bytes);
    benchmark::DoNotOptimize(msg);
  });
}
BENCHMARK(parse_fresh_message);

void parse_and_read_what_a_mapper_reads(benchmark::State& state) {
  message msg;
  over_load(state, [&](const std::string& bytes) {
    if (!parse_into(msg, bytes) || !check_header(msg)) std::abort();
    benchmark::DoNotOptimize(get(msg, "PID-3"_path));
    for (size_t i = 0; i < msg.segments(); ++i) {
      const auto segment = msg.segment(i);
      if (segment.name() != "OBX") continue;
      for (const size_t field : {2, 5, 6, 7, 8, 11, 14}) benchmark::DoNotOptimize(segment.field(field));
      benchmark::DoNotOptimize(segment.get(3, 1, 1));
    }
  });
}
BENCHMARK(parse_and_read_what_a_mapper_reads);

void make_positive_ack(benchmark::State& state) {
  const auto msg = parse(load().front());
  ack_request request;
  request.to = &*msg;
  request.control_id = "018f3b6e";
  request.datetime = "20261120083001+0200";
  for (auto _ : state) benchmark::DoNotOptimize(make_ack(request));
}
BENCHMARK(make_positive_ack);

void decode_frames(benchmark::State& state) {
  std::string wire;
  for (const auto& message : load()) append_frame(wire, message);
  mllp_decoder decoder(mllp_tolerance{});
  size_t frames = 0;
  mllp_decoder::events on;
  on.frame = [&](std::string&& bytes) {
    benchmark::DoNotOptimize(bytes);
    ++frames;
  };
  size_t at = 0;
  for (auto _ : state) {
    const auto read = std::string_view(wire).substr(at, 65'536);
    decoder.feed(read, on);
    at = at + 65'536 < wire.size() ? at + 65'536 : 0;
    if (at == 0) decoder.finish(on);
    state.counters["bytes"] += double(read.size());
  }
  state.counters["bytes"].flags = benchmark::Counter::kIsRate;
  state.SetItemsProcessed(int64_t(frames));
}
BENCHMARK(decode_frames);

} // namespace

BENCHMARK_MAIN();
