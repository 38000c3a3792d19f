#pragma once
#include <utility>

namespace ccocker {

// A link in a List. It unlinks itself when it is destroyed; it does not move, because neighbours point at it.
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  bool linked() const { return next_ != this; }
  void unlink() {
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = this;
  }

 private:
  template <typename>
  friend class List;
  ListNode* next_ = this;
  ListNode* previous_ = this;
};

// A list of T (derived from ListNode) that owns nothing and allocates nothing.
template <typename T>
class List {
 public:
  bool empty() const { return !head_.linked(); }
  void push_back(T& item) {
    ListNode& node = item;
    node.unlink();
    node.previous_ = head_.previous_;
    node.next_ = &head_;
    head_.previous_->next_ = &node;
    head_.previous_ = &node;
  }
  T* pop_front() {
    if (empty()) return nullptr;
    ListNode* node = head_.next_;
    node->unlink();
    return static_cast<T*>(node);
  }

 private:
  ListNode head_;
};

}  // namespace ccocker
