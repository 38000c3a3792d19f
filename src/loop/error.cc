#include "loop/error.h"

#include <fmt/format.h>
#include <string.h>

#include <cerrno>
#include <cstring>

namespace ccocker {

std::string errno_text(int errnum) {
  const char* name = ::strerrorname_np(errnum);
  const char* text = ::strerrordesc_np(errnum);
  if (!name || !text) return fmt::format("error {}", errnum);
  return fmt::format("{} ({})", text, name);
}

Error Error::sys(std::string_view call, std::string_view arguments, int errnum) {
  Error error(errnum == ECANCELED ? Errc::cancelled : Errc::system,
              fmt::format("{}{}{}: {}", call, arguments.empty() ? "" : " ", arguments, errno_text(errnum)));
  error.errnum_ = errnum;
  return error;
}

Error Error::sys(std::string_view call, std::string_view arguments) { return sys(call, arguments, errno); }

Error&& Error::in(std::string_view context) && {
  text_ = fmt::format("{}: {}", context, text_);
  return std::move(*this);
}

Error&& Error::advise(std::string_view cure) && {
  text_ = fmt::format("{}; {}", text_, cure);
  return std::move(*this);
}

std::string Error::to_bytes() const {
  std::string bytes(sizeof code_ + sizeof errnum_, '\0');
  std::memcpy(bytes.data(), &code_, sizeof code_);
  std::memcpy(bytes.data() + sizeof code_, &errnum_, sizeof errnum_);
  return bytes + text_;
}

Error Error::from_bytes(std::string_view bytes) {
  Error error(Errc::failed, "an error that was cut off");
  if (bytes.size() < sizeof error.code_ + sizeof error.errnum_) return error;
  std::memcpy(&error.code_, bytes.data(), sizeof error.code_);
  std::memcpy(&error.errnum_, bytes.data() + sizeof error.code_, sizeof error.errnum_);
  error.text_ = bytes.substr(sizeof error.code_ + sizeof error.errnum_);
  return error;
}

}  // namespace ccocker
