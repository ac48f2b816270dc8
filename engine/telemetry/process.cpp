#include "engine/telemetry/process.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace aorta::telemetry {

namespace {

std::optional<double> resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double size = 0, resident = 0;
  if (!(statm >> size >> resident)) return std::nullopt;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

std::optional<double> cpu_seconds() {
  timespec used{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return std::nullopt;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

std::optional<double> open_files() {
  std::error_code failed;
  const std::filesystem::directory_iterator files("/proc/self/fd", failed);
  if (failed) return std::nullopt;
  return static_cast<double>(std::distance(begin(files), end(files)) - 1); // without the one that reads this
                                                                           // folder
}

std::optional<double> max_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

/// Field 22 of /proc/self/stat (ticks after the machine's start) added to `btime` of /proc/stat.
std::optional<double> start_time() {
  std::ifstream self("/proc/self/stat");
  std::string line;
  std::getline(self, line);
  const auto name_end = line.rfind(')'); // the command's name may hold blanks
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) rest >> skipped;
  double ticks = 0;
  if (!(rest >> ticks)) return std::nullopt;
  std::ifstream machine("/proc/stat");
  std::string key;
  while (machine >> key) {
    double booted = 0;
    if (key == "btime" && machine >> booted)
      return booted + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
    std::getline(machine, line);
  }
  return std::nullopt;
}

void append(std::vector<prometheus::MetricFamily>& to, const char* name, const char* help,
            prometheus::MetricType type, std::optional<double> value) {
  if (!value) return;
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) metric.counter.value = *value;
  else metric.gauge.value = *value;
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  family.metric.push_back(std::move(metric));
  to.push_back(std::move(family));
}

} // namespace

std::vector<prometheus::MetricFamily> process_figures() {
  using prometheus::MetricType;
  std::vector<prometheus::MetricFamily> all;
  append(all, "process_resident_memory_bytes", "Resident memory.", MetricType::Gauge, resident_bytes());
  append(all, "process_cpu_seconds_total", "Processor time used.", MetricType::Counter, cpu_seconds());
  append(all, "process_open_fds", "Open file descriptors.", MetricType::Gauge, open_files());
  append(all, "process_max_fds", "Limit of open file descriptors.", MetricType::Gauge, max_files());
  append(all, "process_start_time_seconds", "Start of the process since 1970.", MetricType::Gauge,
         start_time());
  return all;
}

} // namespace aorta::telemetry
