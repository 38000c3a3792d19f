#include "registry/curl_api.h"

#include "loop/dynamic_library.h"

namespace ccocker::registry {
namespace {

template <typename Function>
void bind(const DynamicLibrary& library, const char* name, Function& slot) {
  slot = library.symbol<Function>(name);
}

CurlApi load() {
  DynamicLibrary library("libcurl.so.4", "libcurl4");
  CurlApi api{};
  bind(library, "curl_global_init", api.global_init);
  bind(library, "curl_version_info", api.version_info);
  bind(library, "curl_free", api.free);
  bind(library, "curl_easy_init", api.easy_init);
  bind(library, "curl_easy_setopt", api.easy_setopt);
  bind(library, "curl_easy_getinfo", api.easy_getinfo);
  bind(library, "curl_easy_pause", api.easy_pause);
  bind(library, "curl_easy_cleanup", api.easy_cleanup);
  bind(library, "curl_easy_strerror", api.easy_strerror);
  bind(library, "curl_slist_append", api.slist_append);
  bind(library, "curl_slist_free_all", api.slist_free_all);
  bind(library, "curl_multi_init", api.multi_init);
  bind(library, "curl_multi_setopt", api.multi_setopt);
  bind(library, "curl_multi_add_handle", api.multi_add_handle);
  bind(library, "curl_multi_remove_handle", api.multi_remove_handle);
  bind(library, "curl_multi_socket_action", api.multi_socket_action);
  bind(library, "curl_multi_assign", api.multi_assign);
  bind(library, "curl_multi_info_read", api.multi_info_read);
  bind(library, "curl_multi_cleanup", api.multi_cleanup);
  bind(library, "curl_multi_strerror", api.multi_strerror);
  bind(library, "curl_url", api.url);
  bind(library, "curl_url_set", api.url_set);
  bind(library, "curl_url_get", api.url_get);
  bind(library, "curl_url_cleanup", api.url_cleanup);
  bind(library, "curl_getdate", api.getdate);
  api.global_init(CURL_GLOBAL_DEFAULT);
  return api;
}

}  // namespace

const CurlApi& curl() {
  static const CurlApi api = load();
  return api;
}

}  // namespace ccocker::registry
