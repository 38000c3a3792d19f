#include "runtime/name.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

constexpr const char* adjectives[] = {
    "amber",  "ample",  "apt",     "azure",  "balmy",  "bold",   "brave",  "breezy", "brisk",   "calm",    "candid",
    "clear",  "clever", "cosy",    "crisp",  "daring", "deft",   "dewy",   "eager",  "early",   "earnest", "fabled",
    "fair",   "fleet",  "fond",    "frank",  "fresh",  "gentle", "glad",   "golden", "grand",   "hardy",   "hearty",
    "honest", "humble", "ideal",   "jaunty", "jolly",  "keen",   "kind",   "lively", "lofty",   "loyal",   "lucid",
    "lucky",  "mellow", "merry",   "mild",   "modest", "neat",   "nimble", "noble",  "patient", "placid",  "plucky",
    "polite", "prompt", "proud",   "quick",  "quiet",  "ready",  "rosy",   "serene", "sharp",   "silent",  "silver",
    "smart",  "snug",   "sober",   "solid",  "spry",   "steady", "sturdy", "sunny",  "swift",   "tidy",    "tranquil",
    "true",   "upbeat", "valiant", "vivid",  "warm",   "witty",  "zesty",
};
constexpr const char* surnames[] = {
    "abel",       "ada",        "ampere",     "antheil",    "apgar",     "arendt",    "avogadro",  "babbage",
    "backus",     "banach",     "bayes",      "becquerel",  "bell",      "bernoulli", "boole",     "borg",
    "brahe",      "cantor",     "carson",     "cauchy",     "cavendish", "cerf",      "chandra",   "church",
    "clarke",     "codd",       "conway",     "copernicus", "curie",     "dalton",    "darwin",    "dijkstra",
    "dirac",      "easley",     "edison",     "einstein",   "elion",     "erdos",     "euclid",    "euler",
    "faraday",    "fermat",     "fermi",      "feynman",    "fourier",   "franklin",  "galileo",   "galois",
    "gauss",      "germain",    "goedel",     "goodall",    "haibt",     "halley",    "hamilton",  "hamming",
    "heisenberg", "hertz",      "hilbert",    "hodgkin",    "holberton", "hopper",    "hubble",    "huygens",
    "hypatia",    "jemison",    "jennings",   "johnson",    "joule",     "kepler",    "kernighan", "khayyam",
    "knuth",      "kowalevski", "lamarr",     "laplace",    "lavoisier", "leibniz",   "liskov",    "lovelace",
    "maxwell",    "mayer",      "mcclintock", "meitner",    "mendel",    "milner",    "minsky",    "mirzakhani",
    "morse",      "napier",     "nash",       "newton",     "noether",   "ohm",       "pascal",    "pasteur",
    "pauli",      "perlman",    "planck",     "poincare",   "ptolemy",   "raman",     "ramanujan", "riemann",
    "ritchie",    "rubin",      "rutherford", "sagan",      "shannon",   "sinoussi",  "tarski",    "tesla",
    "thompson",   "torvalds",   "turing",     "volta",      "wilson",    "wozniak",   "yalow",     "yonath",
    "zuse",
};
constexpr size_t name_bytes_max = 200;  // below NAME_MAX, with room for a temporary's suffix

uint32_t random_number() {
  uint32_t number = 0;
  if (sys::retry([&] { return ::getrandom(&number, sizeof number, 0); }) != sizeof number)
    throw Error::sys("getrandom");
  return number;
}

std::string name_path(const std::string& root, const std::string& name) { return root + "/containers/names/" + name; }

std::optional<std::string> target_of(FdView dir, const std::string& path) {
  std::array<char, 128> target;
  ssize_t length = ::readlinkat(dir.get(), path.c_str(), target.data(), target.size());
  if (length < 0 && (errno == ENOENT || errno == EINVAL || errno == ENOTDIR)) return std::nullopt;
  if (length < 0) throw Error::sys("readlink", path);
  return std::string(target.data(), static_cast<size_t>(length));
}

bool allowed_first(char c) { return std::isalnum(static_cast<unsigned char>(c)); }
bool allowed(char c) { return allowed_first(c) || c == '_' || c == '.' || c == '-'; }

}  // namespace

std::string made_up_name(unsigned attempt) {
  std::string name = adjectives[random_number() % std::size(adjectives)];
  name += std::string("_") + surnames[random_number() % std::size(surnames)];
  if (attempt > 0) name += std::to_string(random_number() % (10u << std::min(attempt, 20u)));
  return name;
}

std::string checked_name(std::string_view name) {
  if (name.starts_with('/')) name.remove_prefix(1);
  bool good = name.size() >= 2 && name.size() <= name_bytes_max && allowed_first(name[0]);
  for (char c : name) good = good && allowed(c);
  if (!good)
    throw Error(Errc::invalid, "invalid container name \"" + std::string(name.substr(0, name_bytes_max)) +
                                   "\": only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, 2 to " +
                                   std::to_string(name_bytes_max) + " of them");
  return std::string(name);
}

bool link_name(const std::string& root, const std::string& name, const std::string& id) {
  std::string path = name_path(root, name);
  int result = ::symlink(id.c_str(), path.c_str());
  if (result < 0 && errno == ENOENT) {
    sys::mkdirs(name_path(root, ""), 0700);
    result = ::symlink(id.c_str(), path.c_str());
  }
  if (result < 0 && errno == EEXIST) return false;
  if (result < 0) throw Error::sys("symlink", path);
  return true;
}

std::optional<std::string> id_behind_name(const std::string& root, const std::string& name) {
  return target_of(sys::cwd(), name_path(root, name));
}

void unlink_name(const std::string& root, const std::string& name, const std::string& id) {
  if (id_behind_name(root, name) == id) sys::unlinkat_if_exists(sys::cwd(), name_path(root, name));
}

void unlink_names_of(const std::string& root, const std::string& id) {
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), name_path(root, ""), O_RDONLY | O_DIRECTORY);
  if (!dir) return;
  for (const std::string& name : sys::list_dir(*dir))
    if (target_of(*dir, name) == id) sys::unlinkat_if_exists(*dir, name);
}

}  // namespace ccocker::runtime
