/* The C functions of url_ada.h over ada, and the memory that C++ gets. */
#define ADA_INCLUDE_URL_PATTERN 0
#include "../ada_url/ada.cpp"

#include "url_ada.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <new>

/* ---- memory ---- */

namespace {

/* While the parser runs. Nothing is taken back: it is all given up at once. */
struct given_room {
  char *start, *next, *end;
} room;

constexpr size_t grain = alignof(std::max_align_t);

void *take(size_t size) noexcept {
  size_t rounded = (size + grain - 1) / grain * grain;
  if (room.start && rounded >= size && rounded <= static_cast<size_t>(room.end - room.next)) {
    void *taken = room.next;
    room.next += rounded;
    return taken;
  }
  assert(!room.start);  // or snap_ada_room_for() is wrong
  return std::malloc(size);
}

/* A receiver that runs out of memory may run the program, which may parse another URL meanwhile. */
struct entered {
  explicit entered(snap_ada_room given) : before(room) {
    room.start = room.next = static_cast<char *>(given.start);
    room.end = room.start + given.size;
  }
  ~entered() { room = before; }
  entered(const entered &) = delete;
  entered &operator=(const entered &) = delete;

 private:
  given_room before;
};

}  // namespace

void *operator new(size_t size) {
  void *taken = take(size);
  if (!taken) __builtin_trap();
  return taken;
}

void *operator new(size_t size, const std::nothrow_t &) noexcept { return take(size); }
void *operator new[](size_t size) { return operator new(size); }
void *operator new[](size_t size, const std::nothrow_t &) noexcept { return take(size); }

void operator delete(void *memory) noexcept {
  if (memory < room.start || memory >= room.end) std::free(memory);
}

void operator delete(void *memory, size_t) noexcept { operator delete(memory); }
void operator delete[](void *memory) noexcept { operator delete(memory); }
void operator delete[](void *memory, size_t) noexcept { operator delete(memory); }

#ifdef _LIBCPP_VERSION
/* The library's own prints why. */
[[noreturn]] void std::__libcpp_verbose_abort(const char *, ...) noexcept { __builtin_trap(); }
#endif

/* ---- the parser ---- */

namespace {

using url = ada::url_aggregator;

std::string_view view(snap_ada_text text) { return {text.bytes, text.size}; }

/* ada takes no domain that is longer, but may make one; what it has made must be a URL again. */
bool is_too_long(const url &parsed) { return parsed.is_special() && parsed.get_hostname().size() > ada::idna::max_domain_input_bytes; }

bool pass(const url &parsed, snap_ada_receiver *receiver, void *context) {
  if (is_too_long(parsed)) return false;
  const ada::url_components &at = parsed.get_components();
  const snap_ada_parts parts = {
      .protocol_end = at.protocol_end,
      .username_end = at.username_end,
      .host_start = at.host_start,
      .host_end = at.host_end,
      .port = at.port,
      .search_start = at.search_start,
      .hash_start = at.hash_start,
      .pathname_start = at.pathname_start,
  };
  receiver(context, &parts, {parsed.get_href().data(), parsed.get_href().size()});
  return true;
}

bool set_member(url &changed, snap_ada_member member, std::string_view value) {
  switch (member) {
    case SNAP_ADA_HREF: return changed.set_href(value);
    case SNAP_ADA_PROTOCOL: return changed.set_protocol(value);
    case SNAP_ADA_USERNAME: return changed.set_username(value);
    case SNAP_ADA_PASSWORD: return changed.set_password(value);
    case SNAP_ADA_HOST: return changed.set_host(value);
    case SNAP_ADA_HOSTNAME: return changed.set_hostname(value);
    case SNAP_ADA_PORT: return changed.set_port(value);
    case SNAP_ADA_PATHNAME: return changed.set_pathname(value);
    case SNAP_ADA_SEARCH: changed.set_search(value); return true;
    case SNAP_ADA_HASH: changed.set_hash(value); return true;
    case SNAP_ADA_ORIGIN: break;
  }
  return false;
}

}  // namespace

/* ---- how much memory it takes ---- */

namespace {

/* Parsing nothing, with the tables of Unicode there. */
constexpr size_t least_room = 1024;

/* For each byte that comes out, of an input or value, and of a base, which is copied part by part: a third more than the most that was measured, of
 * every kind of URL made of many equal pieces. */
constexpr size_t room_per_byte = 12, room_per_byte_of_base = 20;

/* For each byte of a domain that is mapped by IDNA: one of three bytes may become 18 code points of four bytes, which are then decomposed. */
constexpr size_t room_per_byte_of_domain = 200;

/* A byte of these is never percent-encoded, in no part of a URL. */
bool stays(unsigned char byte) {
  return ada::unicode::is_alnum_plus(static_cast<char>(byte)) || byte == '%' || byte == '_' || byte == '~' || byte == '&' || byte == ',';
}

bool ends_host(char byte) { return byte == '/' || byte == '\\' || byte == '?' || byte == '#'; }

/* The most that the domain can have, if it is one to be mapped. The host, if there is one, is among the first two pieces between slashes that are
 * not blank: the scheme may be the first. */
size_t largest_domain(std::string_view text) {
  size_t largest = 0;
  for (int pieces = 0; pieces < 2 && !text.empty();) {
    size_t size = std::find_if(text.begin(), text.end(), [](char byte) { return ends_host(byte); }) - text.begin();
    std::string_view piece = text.substr(0, size);
    text.remove_prefix(size < text.size() ? size + 1 : size);
    if (std::any_of(piece.begin(), piece.end(), [](unsigned char byte) { return byte >= 0x80 || byte == '%'; }))
      largest = std::max(largest, size);
    pieces += std::any_of(piece.begin(), piece.end(), [](unsigned char byte) { return byte > ' '; });
  }
  return std::min(largest, ada::idna::max_domain_input_bytes);
}

}  // namespace

size_t snap_ada_room_for(snap_ada_text text, snap_ada_role role) {
  std::string_view bytes = view(text);
  uint64_t encoded = std::count_if(bytes.begin(), bytes.end(), [](unsigned char byte) { return !stays(byte); });
  uint64_t size = (bytes.size() + 2 * encoded) * (role == SNAP_ADA_BASE ? room_per_byte_of_base : room_per_byte);
  if (role != SNAP_ADA_VALUE) size += largest_domain(bytes) * room_per_byte_of_domain;
  return static_cast<size_t>(std::min<uint64_t>(size + least_room, SIZE_MAX));
}

/* ---- what C calls ---- */

bool snap_ada_initialize() { return ada::idna::ensure_tables(); }

bool snap_ada_parse(snap_ada_room given, snap_ada_text input, const snap_ada_text *base, snap_ada_receiver *receiver, void *context) {
  entered scope(given);
  ada::result<url> parsed_base;
  if (base && !(parsed_base = ada::parse<url>(view(*base)))) return false;
  ada::result<url> parsed = ada::parse<url>(view(input), base ? &*parsed_base : nullptr);
  return parsed && pass(*parsed, receiver, context);
}

bool snap_ada_set(snap_ada_room given, snap_ada_text href, snap_ada_member member, snap_ada_text value, snap_ada_receiver *receiver, void *context) {
  entered scope(given);
  ada::result<url> parsed = ada::parse<url>(view(href));
  return parsed && set_member(*parsed, member, view(value)) && pass(*parsed, receiver, context);
}
