#include "cli/options.h"

#include "catch.h"
#include "cli/command.h"
#include "cli/groups.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::cli;

namespace {

constexpr Option table[] = {
    {"interactive", 'i', Takes::nothing, "", ""},
    {"tty", 't', Takes::nothing, "", ""},
    {"rm", 0, Takes::nothing, "", ""},
    {"env", 'e', Takes::list, "NAME=VALUE", ""},
    {"memory", 'm', Takes::text, "SIZE", ""},
    {"hostname", 'h', Takes::text, "NAME", ""},
    {"pids-limit", 0, Takes::text, "N", ""},
    {"pids", 0, Takes::text, "N", "", "pids-limit"},
    {"detach", 'd', Takes::nothing, "", "", nullptr, "it comes later"},
};

Parsed parse(std::vector<const char*> arguments, bool flags_first = true) {
  return parse_options(table, arguments, flags_first, "ccocker run");
}

std::string failure(std::vector<const char*> arguments) {
  try {
    parse(arguments);
  } catch (const Error& error) {
    return error.what();
  }
  return "no failure";
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("letters combine, and the last one may take a value") {
  Parsed line = parse({"-ite", "A=1", "-m64m", "image"});
  CHECK(line.flags.on("interactive"));
  CHECK(line.flags.on("tty"));
  CHECK(line.flags.list("env") == Strings{"A=1"});
  CHECK(line.flags.text("memory") == "64m");
  CHECK(line.words == Strings{"image"});
}

TEST_CASE("a letter takes a value behind '=', and in a group it is the last one's") {
  CHECK(parse({"-e=A=b"}).flags.list("env") == Strings{"A=b"});
  CHECK(parse({"-m=64m", "image"}).flags.text("memory") == "64m");
  CHECK(parse({"-m", "=64m"}).flags.text("memory") == "=64m");
  CHECK(parse({"-e="}).flags.list("env") == Strings{"="});
  Parsed line = parse({"-it=false", "-e=B=", "-h==x", "image"});
  CHECK(line.flags.on("interactive"));
  CHECK(line.flags.has("tty"));
  CHECK_FALSE(line.flags.on("tty"));
  CHECK(line.flags.list("env") == Strings{"B="});
  CHECK(line.flags.text("hostname") == "=x");
  CHECK(line.words == Strings{"image"});
  CHECK(failure({"-t=maybe"}) == "--tty: 'maybe' is not valid: expected true or false");
  CHECK(failure({"-t="}) == "unknown flag: -= in -t=; see 'ccocker run --help'");
}

TEST_CASE("values keep their commas, equal signs and leading dashes") {
  Parsed line = parse({"-e", "A=1,2", "--env=B=x=y", "--env", "C=", "--memory", "-1", "--pids-limit=-1"});
  CHECK(line.flags.list("env") == Strings{"A=1,2", "B=x=y", "C="});
  CHECK(line.flags.text("memory") == "-1");
  CHECK(line.flags.text("pids-limit") == "-1");
}

TEST_CASE("flags after the image belong to the command") {
  Parsed line = parse({"--rm", "alpine", "ls", "-l", "--rm=false", "--", "-x"});
  CHECK(line.flags.on("rm"));
  CHECK(line.words == Strings{"alpine", "ls", "-l", "--rm=false", "--", "-x"});
}

TEST_CASE("flags stand between words where a command takes them there") {
  Parsed line = parse({"a", "-i", "b", "--", "-t"}, false);
  CHECK(line.flags.on("interactive"));
  CHECK(line.words == Strings{"a", "b", "-t"});
}

TEST_CASE("two dashes end the flags and a single dash is a word") {
  CHECK(parse({"-i", "--", "-t"}).words == Strings{"-t"});
  CHECK(parse({"-"}).words == Strings{"-"});
}

TEST_CASE("a flag can be switched off") {
  CHECK_FALSE(parse({"--rm", "--rm=false"}).flags.on("rm"));
  CHECK(parse({"--rm=1"}).flags.on("rm"));
  CHECK(failure({"--rm=maybe"}) == "--rm: 'maybe' is not valid: expected true or false");
}

TEST_CASE("an empty value is a value") {
  Parsed line = parse({"--memory=", "--env", "", "image"});
  CHECK(line.flags.has("memory"));
  CHECK(line.flags.text("memory", "other").empty());
  CHECK(line.flags.list("env") == Strings{""});
}

TEST_CASE("an alias is stored under the name it stands for") {
  CHECK(parse({"--pids", "5"}).flags.text("pids-limit") == "5");
}

TEST_CASE("-h is help unless the table has that letter") {
  CHECK(parse({"-h", "box"}).flags.text("hostname") == "box");
  CHECK(parse({"--help"}).flags.on("help"));
  constexpr Option none[] = {{"all", 'a', Takes::nothing, "", ""}};
  CHECK(parse_options(none, std::vector<const char*>{"-ah"}, false, "ccocker ps").flags.on("help"));
}

TEST_CASE("unknown flags, missing values and flags of later versions are one sentence") {
  CHECK(failure({"--foo"}) == "unknown flag: --foo; see 'ccocker run --help'");
  CHECK(failure({"--memroy=1"}) == "unknown flag: --memroy (did you mean --memory?); see 'ccocker run --help'");
  CHECK(failure({"-x"}) == "unknown flag: -x; see 'ccocker run --help'");
  CHECK(failure({"-ix"}) == "unknown flag: -x in -ix; see 'ccocker run --help'");
  CHECK(failure({"--memory"}) == "flag needs a value: --memory; see 'ccocker run --help'");
  CHECK(failure({"-d"}) == "--detach: it comes later");
}

TEST_CASE("commands are found by name and by both words of an alias") {
  size_t used = 0;
  std::vector<const char*> words{"image", "ls", "-q"};
  REQUIRE(find_command(words, used));
  CHECK(find_command(words, used)->name == std::string("images"));
  CHECK(used == 2);
  words = {"ls"};
  CHECK(find_command(words, used)->name == std::string("ps"));
  CHECK(used == 1);
  words = {"nonsense"};
  CHECK(find_command(words, used) == nullptr);
  CHECK(closest_command("rnu") == "run");
  CHECK(closest_command("imags") == "images");
  CHECK(closest_command("frobnicate").empty());
}

TEST_CASE("a group's words are known, the command's own first") {
  size_t used = 0;
  const Command* ps = find_command(std::vector<const char*>{"ps"}, used);
  REQUIRE(ps);
  CHECK(words_in_group(*ps, "container") == Strings{"ls", "list", "ps"});
  CHECK(words_in_group(*ps, "image").empty());
  CHECK(words_of_group("network").starts_with("connect, create, disconnect, "));
  CHECK(words_of_group("net").empty());
}

TEST_CASE("every command's table is sound") {
  for (const Command& command : commands()) {
    for (const Option& option : command.options) {
      INFO(command.name << " --" << option.name);
      CHECK((option.later || *option.help));
      CHECK((option.later || !takes_value(option) || *option.value));
      auto same = [&](const Option& other) {
        return other.name == std::string(option.name) || (option.letter && other.letter == option.letter);
      };
      CHECK(std::count_if(command.options.begin(), command.options.end(), same) == 1);
    }
  }
}
