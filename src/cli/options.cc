#include "cli/options.h"

#define CXXOPTS_NO_REGEX
#define CXXOPTS_VECTOR_DELIMITER '\x1f'
#include <cxxopts.hpp>
#include <deque>

#include "cli/bad_value.h"
#include "cli/suggest.h"
#include "loop/error.h"

namespace ccocker::cli {
namespace {

constexpr Option help_option = {"help", 0, Takes::nothing, "", "Print this help"};

struct Split {
  std::vector<const char*> flags;     // without letters, which are spelled out
  std::deque<std::string> spelled;    // what of `flags` does not stand in argv
  std::vector<std::string> words;
  std::vector<const Option*> used;  // rows that `flags` mentions
};

// Cuts argv into flags and words by the option table alone, before anything is parsed: cxxopts permutes, so it must
// not see what belongs to the container's command.
class Splitter {
 public:
  Splitter(std::span<const Option> options, std::string_view command) : options_(options), command_(command) {}

  Split split(std::span<const char* const> arguments, bool flags_first) {
    Split out;
    size_t i = 0;
    while (i < arguments.size()) {
      std::string_view token = arguments[i];
      if (token == "--") {
        ++i;
        break;
      }
      if (token.size() < 2 || token[0] != '-') {
        if (flags_first) break;
        out.words.emplace_back(arguments[i++]);
        continue;
      }
      bool takes_next = token[1] == '-' ? long_flag(token, out) : letters(token, out);
      ++i;
      if (!takes_next) continue;
      if (i == arguments.size()) fail(fmt::format("flag needs a value: {}", token));
      out.flags.push_back(arguments[i++]);
    }
    for (; i < arguments.size(); ++i) out.words.emplace_back(arguments[i]);
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(Errc::invalid, fmt::format("{}; see '{} --help'", what, command_));
  }

  // True when the next argument is its value.
  bool long_flag(std::string_view token, Split& out) const {
    size_t equals = token.find('=');
    std::string_view name = token.substr(2, equals == token.npos ? token.npos : equals - 2);
    const Option* option = find(name);
    if (!option) fail(fmt::format("unknown flag: --{}{}", name, hint(name)));
    use(*option, out);
    out.flags.push_back(token.data());  // all of an argument, so it ends in a NUL
    return equals == token.npos && takes_value(*option);
  }

  // The same for a group of letters such as -it, -p80:80 or -it=false. As pflag reads it, '=' with something behind it
  // gives its letter that value; behind a letter that takes a value, '=' alone is the value.
  bool letters(std::string_view token, Split& out) const {
    for (size_t i = 1; i < token.size(); ++i) {
      const Option* option = find(token[i]);
      if (!option) {
        bool alone = token.size() == 2;
        fail(fmt::format("unknown flag: -{}{}", token[i], alone ? "" : fmt::format(" in {}", token)));
      }
      use(*option, out);
      std::string_view rest = token.substr(i + 1);
      bool equals = rest.size() > 1 && rest[0] == '=', glued = equals || (takes_value(*option) && !rest.empty());
      std::string value = glued ? fmt::format("={}", rest.substr(equals)) : "";
      out.flags.push_back(out.spelled.emplace_back(fmt::format("--{}{}", option->name, value)).c_str());
      if (glued) return false;
      if (takes_value(*option)) return true;
    }
    return false;
  }

  void use(const Option& option, Split& out) const {
    if (option.later) throw Error(Errc::unsupported, fmt::format("--{}: {}", option.name, option.later));
    if (std::find(out.used.begin(), out.used.end(), &option) == out.used.end()) out.used.push_back(&option);
  }

  const Option* find(std::string_view name) const {
    for (const Option& option : options_) {
      if (name == option.name) return &option;
    }
    return name == help_option.name ? &help_option : nullptr;
  }

  const Option* find(char letter) const {
    for (const Option& option : options_) {
      if (option.letter == letter) return &option;
    }
    return letter == 'h' ? &help_option : nullptr;
  }

  std::string hint(std::string_view name) const {
    std::vector<std::string_view> known;
    for (const Option& option : options_) {
      if (!option.later) known.push_back(option.name);
    }
    std::string_view close = closest(name, known);
    return close.empty() ? "" : fmt::format(" (did you mean --{}?)", close);
  }

  std::span<const Option> options_;
  std::string_view command_;
};

// Only the rows that were used are built: a table of seventy options costs as much as the rest of the parsing.
cxxopts::ParseResult run_cxxopts(const Split& split) {
  cxxopts::Options known("ccocker");
  for (const Option* option : split.used) {
    auto value = cxxopts::value<std::string>();
    if (!takes_value(*option)) value->implicit_value("true");
    known.add_options()(option->name, "", value);
  }
  std::vector<const char*> argv{"ccocker"};
  argv.insert(argv.end(), split.flags.begin(), split.flags.end());
  return known.parse(static_cast<int>(argv.size()), argv.data());
}

const Option& option_named(const Split& split, const std::string& name) {
  for (const Option* option : split.used) {
    if (name == option->name) return *option;
  }
  return help_option;
}

void store(const Option& option, const std::string& value, Flags& flags) {
  if (option.takes == Takes::nothing && !parse_bool(value)) bad_value(option.name, value, "true or false");
  flags.add(option.alias_of ? option.alias_of : option.name, value);
}

}  // namespace

Parsed parse_options(std::span<const Option> options, std::span<const char* const> arguments, bool flags_first,
                     std::string_view command) {
  Split split = Splitter(options, command).split(arguments, flags_first);
  Parsed parsed;
  parsed.words = std::move(split.words);
  if (split.flags.empty()) return parsed;
  try {
    cxxopts::ParseResult result = run_cxxopts(split);
    for (const cxxopts::KeyValue& item : result.arguments()) {
      store(option_named(split, item.key()), item.value(), parsed.flags);
    }
  } catch (const cxxopts::exceptions::exception& error) {
    throw Error(Errc::invalid, fmt::format("{}; see '{} --help'", error.what(), command));
  }
  return parsed;
}

bool Flags::on(std::string_view name) const {
  auto found = values_.find(name);
  return found != values_.end() && parse_bool(found->second.back()).value_or(false);
}

std::string Flags::text(std::string_view name, std::string_view otherwise) const {
  auto found = values_.find(name);
  return found == values_.end() ? std::string(otherwise) : found->second.back();
}

const std::vector<std::string>& Flags::list(std::string_view name) const {
  static const std::vector<std::string> none;
  auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

void Flags::add(std::string_view name, std::string value) {
  auto found = values_.find(name);
  if (found == values_.end()) found = values_.emplace(std::string(name), std::vector<std::string>{}).first;
  found->second.push_back(std::move(value));
}

std::optional<bool> parse_bool(std::string_view text) {
  static constexpr std::string_view yes[] = {"true", "1", "t", "T", "TRUE", "True"};
  static constexpr std::string_view no[] = {"false", "0", "f", "F", "FALSE", "False"};
  if (std::find(std::begin(yes), std::end(yes), text) != std::end(yes)) return true;
  if (std::find(std::begin(no), std::end(no), text) != std::end(no)) return false;
  return std::nullopt;
}

}  // namespace ccocker::cli
