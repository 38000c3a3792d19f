#include "runtime/detach_keys.h"

#include "loop/error.h"

namespace ccocker::runtime {
namespace {

Error bad_keys(std::string_view text) {
  return Error(Errc::invalid, "--detach-keys: '" + std::string(text) +
                                  "' is not valid: expected keys such as ctrl-p,ctrl-q: letters, or ctrl- and a letter "
                                  "or one of @ [ \\ ] ^ _");
}

// The byte of one key; -1 for what is none.
int key_byte(std::string_view key) {
  if (key.size() == 1) return static_cast<unsigned char>(key[0]);
  if (!key.starts_with("ctrl-") || key.size() != 6) return -1;
  char c = key[5];
  if (c >= 'a' && c <= 'z') return c - 'a' + 1;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 1;
  if (c == '@' || (c >= '[' && c <= '_')) return c - '@';
  return -1;
}

}  // namespace

std::string parse_detach_keys(std::string_view text) {
  std::string bytes;
  std::string_view rest = text;
  while (!rest.empty()) {
    size_t comma = rest.find(',');
    int byte = key_byte(rest.substr(0, comma));
    if (byte < 0 || comma + 1 == rest.size()) throw bad_keys(text);
    bytes += static_cast<char>(byte);
    rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
  }
  return bytes;
}

std::string DetachKeys::filter(std::string_view typed, bool& detached) {
  std::string out;
  for (char c : typed) {
    if (sequence_.empty() || detached) {
      out += c;
      continue;
    }
    while (matched_ > 0 && c != sequence_[matched_]) {
      // As much of what was held back as can no longer begin the sequence goes to the program.
      size_t keep = matched_ - 1;
      while (keep > 0 && sequence_.compare(0, keep, sequence_, matched_ - keep, keep) != 0) --keep;
      out += sequence_.substr(0, matched_ - keep);
      matched_ = keep;
    }
    if (c != sequence_[matched_])
      out += c;
    else if (++matched_ == sequence_.size())
      detached = true;
  }
  return out;
}

}  // namespace ccocker::runtime
