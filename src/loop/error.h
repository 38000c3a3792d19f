#pragma once
#include <exception>
#include <expected>
#include <string>
#include <string_view>

namespace ccocker {

// What kind of failure it is: src/cli chooses the exit code by it, retries look at it.
enum class Errc {
  failed,             // anything without a kind of its own
  system,             // a system call; errno_value() says which error
  invalid,            // the caller's or a file's words do not parse
  not_found,          // an image, container, layer or path that is not there
  conflict,           // it exists already, or something uses it
  unsupported,        // this kernel, registry or build cannot do it
  denied,             // authentication or permission
  network,            // a connection, name look-up or TLS failure; may pass
  timed_out,          //
  cancelled,          // the operation was asked to stop
  corrupt,            // bytes that do not match their digest or format
  command_not_found,  // the container's command: exit code 127
  cannot_execute,     // the container's command: exit code 126
};

// A failure in words. `what()` reads "context: ...: text"; each layer adds its own words once, with `in`.
class Error : public std::exception {
 public:
  Error(Errc code, std::string text) : code_(code), text_(std::move(text)) {}

  // A failed system call: "openat /etc/x: No such file or directory". `errnum` is a positive errno.
  static Error sys(std::string_view call, std::string_view arguments, int errnum);
  // The same with the current errno.
  static Error sys(std::string_view call, std::string_view arguments = {});

  Error&& in(std::string_view context) &&;   // puts "context: " before the text
  Error&& advise(std::string_view cure) &&;  // puts "; cure" behind the text

  // For the way through a pipe to another process of ours, and back.
  std::string to_bytes() const;
  static Error from_bytes(std::string_view bytes);

  Errc code() const { return code_; }
  int errno_value() const { return errnum_; }  // 0 when no system call is behind it
  const std::string& text() const { return text_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  Errc code_;
  int errnum_ = 0;
  std::string text_;
};

template <typename T>
using Result = std::expected<T, Error>;

// The name of an errno and its text: "No space left on device (ENOSPC)".
std::string errno_text(int errnum);

}  // namespace ccocker
