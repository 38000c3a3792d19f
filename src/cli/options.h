#pragma once
// Flags of a command line: tables that say what there is, and what was typed.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::cli {

// `maybe` is a flag that may stand alone or as --name=value; alone its value is "true".
enum class Takes { nothing, maybe, text, list };

// One row of a command's option table; help, parsing and shell completion all read it.
struct Option {
  const char* name;  // without dashes
  char letter = 0;   // 0 when it has none
  Takes takes = Takes::nothing;
  const char* value = "";  // what help calls its value; "a|b|c" is also what completion offers
  const char* help = "";
  const char* alias_of = nullptr;  // another spelling of this row's name
  const char* later = nullptr;     // known to Docker, not to this version: what to say. Not in help or completion.
};

// Whether its value is the next word.
constexpr bool takes_value(const Option& option) { return option.takes == Takes::text || option.takes == Takes::list; }

// What was typed, by the option's own name (never its letter or alias).
class Flags {
 public:
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  bool on(std::string_view name) const;                                            // given, and not as --name=false
  std::string text(std::string_view name, std::string_view otherwise = {}) const;  // the last one given
  const std::vector<std::string>& list(std::string_view name) const;               // all, in order
  void add(std::string_view name, std::string value);

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

struct Parsed {
  Flags flags;
  std::vector<std::string> words;  // what is no flag
  std::string group;               // "image" of "image inspect"; empty for the plain spelling
};

// Parses `arguments` by `options`. With `flags_first` everything from the first word on is a word (the image's or the
// container's own flags); otherwise flags may stand between words. "--" ends the flags. "--help" is known to all, "-h"
// where the table has no letter h. Errc::invalid names an unknown flag or a missing value and points to the help of
// `command` ("ccocker run").
Parsed parse_options(std::span<const Option> options, std::span<const char* const> arguments, bool flags_first,
                     std::string_view command);

// Go's spellings of a truth value; nullopt for others.
std::optional<bool> parse_bool(std::string_view text);

}  // namespace ccocker::cli
