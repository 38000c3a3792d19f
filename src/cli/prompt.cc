#include "cli/prompt.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <optional>

#include "cli/output.h"
#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::cli {
namespace {

constexpr size_t secret_bytes_max = 64u << 10;
constexpr size_t line_bytes_max = 4096;

termios shown_settings;

// Puts the terminal back and lets the signal do what it does.
void restore_and_die(int number) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &shown_settings);
  ::signal(number, SIG_DFL);
  ::raise(number);
}

class HiddenTyping {
 public:
  HiddenTyping() {
    active_ = ::tcgetattr(STDIN_FILENO, &shown_settings) == 0;
    if (!active_) return;
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(number, restore_and_die);
    termios hidden = shown_settings;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;
  ~HiddenTyping() {
    if (!active_) return;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &shown_settings);
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(number, SIG_DFL);
    print("\n");
  }

 private:
  bool active_;
};

std::string read_line() {
  std::string line;
  char c;
  for (;;) {
    ssize_t count = sys::retry([&] { return ::read(STDIN_FILENO, &c, 1); });
    if (count < 0) throw Error::sys("read", "standard input");
    if (count == 0 && line.empty()) throw Error(Errc::cancelled, "no answer on standard input");
    if (count == 0 || c == '\n') break;
    if (line.size() < line_bytes_max) line += c;
  }
  while (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

std::string ask_line(const std::string& question, bool hidden) {
  std::optional<HiddenTyping> no_echo;
  if (hidden) no_echo.emplace();  // before the question: somebody may be quick, or a program
  print(question);
  finish_output();
  return read_line();
}

bool confirm(const std::string& question) {
  print(question);
  finish_output();
  std::string answer;
  try {
    answer = read_line();
  } catch (const Error& error) {
    if (error.code() != Errc::cancelled) throw;
    print("\n");
  }
  return answer == "y" || answer == "Y";
}

std::string read_secret_from_input() {
  std::string secret;
  char buffer[4096];
  for (;;) {
    ssize_t count = sys::retry([&] { return ::read(STDIN_FILENO, buffer, sizeof buffer); });
    if (count < 0) throw Error::sys("read", "standard input");
    if (count == 0) break;
    secret.append(buffer, static_cast<size_t>(count));
    if (secret.size() > secret_bytes_max)
      throw Error(Errc::invalid, "--password-stdin: standard input is longer than any password");
  }
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  return secret;
}

}  // namespace ccocker::cli
