// fuzzes: cli/process_lines cli/text loop/error
//
// What ps(1) prints: containers choose the command lines in it. None of them shows a process of somebody else, hides
// one, or reaches the terminal as it is.
#include "cli/process_lines.h"

#include <algorithm>
#include <cstdlib>

#include "loop/error.h"

using namespace ccocker;

namespace {

size_t line_count(std::string_view text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

// C1 controls (U+0080 to U+009F) included.
bool is_printable(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if ((c < ' ' && c != '\n') || c == 127) return false;
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
  }
  return true;
}

void check_any(std::string_view text) {
  try {
    std::string table = cli::lines_of_processes(text, {7, 70});
    if (!is_printable(table) || line_count(table) > line_count(text) + 1) std::abort();
  } catch (const Error&) {
  }
}

// ps has an end of line only at the end of a line.
void check_command(std::string command) {
  std::replace(command.begin(), command.end(), '\n', '?');
  std::string others = "   8 ?        " + command + "\n  77 ?        7 " + command + "\n";
  std::string ps_output = "  PID TTY      CMD\n" + others + "    7 ?        sh " + command + "\n" + others;
  std::string table = cli::lines_of_processes(ps_output, {7});
  std::string_view ours = std::string_view(table).substr(table.find('\n') + 1);
  if (!is_printable(table) || line_count(table) != 2 || !ours.starts_with("7   ")) std::abort();
  if (ours.find("sh") != 40) std::abort();  // behind two columns of 20
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  check_any(text);
  check_any("PID CMD\n" + text);
  check_command(text);
  return 0;
}
