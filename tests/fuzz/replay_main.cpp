// Runs a fuzz target without a fuzzer: every file of the folders given, then mutations of them from
// a fixed seed, so that a run can be repeated. Usage: fuzz_NAME [--runs=N] FOLDER...
// Exit codes: 0 all ran, 1 no input found, 2 usage. A failed property aborts.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t largest_input = 64 * 1024;

std::vector<std::string> load(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, ignored)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());  // the order must not depend on the file system
  std::vector<std::string> inputs;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return inputs;
}

class mutator {
 public:
  explicit mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  std::string next() {
    std::string input = seeds_[below(seeds_.size())];
    for (std::size_t steps = 1 + below(6); steps > 0; --steps) change(input);
    if (input.size() > largest_input) input.resize(largest_input);
    return input;
  }

 private:
  // Not std::uniform_int_distribution: its results differ between libraries.
  std::size_t below(std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(random_() % n); }

  void change(std::string& input) {
    constexpr std::string_view telling("\n\r\0:\\ 0-9\x7F\x80\xFF", 13);
    const std::size_t at = below(input.size() + 1);
    switch (below(7)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(below(256));
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 2:
        input.insert(at, 1, telling[below(telling.size())]);
        break;
      case 3:
        input.erase(at, 1 + below(8));
        break;
      case 4:
        input.resize(at);
        break;
      case 5:
        input.insert(at, input.substr(below(input.size() + 1), below(32)));
        break;
      default:
        splice(input, at);
        break;
    }
  }

  void splice(std::string& input, std::size_t at) {
    const std::string& other = seeds_[below(seeds_.size())];
    input.insert(at, other.substr(below(other.size() + 1), below(other.size() + 1)));
  }

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_{20240229};
};

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long runs = 2000;
  std::vector<std::string> seeds;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--runs=")) {
      runs = std::strtoul(argv[i] + 7, nullptr, 10);
    } else if (argument.starts_with("-")) {
      std::fprintf(stderr, "usage: %s [--runs=N] FOLDER...\n", argv[0]);
      return 2;
    } else {
      for (auto& input : load(argument)) seeds.push_back(std::move(input));
    }
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "%s: no input in the folders given\n", argv[0]);
    return 1;
  }
  for (const std::string& seed : seeds) run(seed);
  mutator mutations(seeds);
  for (unsigned long i = 0; i < runs; ++i) run(mutations.next());
  std::printf("%zu files and %lu mutations ran\n", seeds.size(), runs);
  return 0;
}
