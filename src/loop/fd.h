#pragma once
#include <utility>

namespace ccocker {

// Borrows a descriptor: cheap to copy, never closes. Valid as long as its owner is.
class FdView {
 public:
  constexpr FdView() = default;
  constexpr explicit FdView(int fd) : fd_(fd) {}
  constexpr int get() const { return fd_; }
  constexpr explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Owns a descriptor and closes it. A default Fd owns nothing.
class Fd {
 public:
  constexpr Fd() = default;
  constexpr explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);
  explicit operator bool() const { return fd_ >= 0; }
  operator FdView() const { return FdView(fd_); }

 private:
  int fd_ = -1;
};

}  // namespace ccocker
