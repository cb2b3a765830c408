/* The URL parser, ada (C++), as C: url_ada.cpp. URL Standard, https://url.spec.whatwg.org/.
 *
 * C++ without exceptions has no answer to a failed allocation. So whoever calls brings room: memory from which all is taken that the parser asks for
 * meanwhile, and which snap_ada_room() says the size of. What is parsed is passed to a receiver before the room is given up. */
#ifndef SNAP_URL_ADA_H
#define SNAP_URL_ADA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct snap_ada_text {
    const char *bytes;      /* UTF-8 */
    size_t size;
} snap_ada_text;

typedef struct snap_ada_room {
    void *start;            /* aligned as malloc's */
    size_t size;
} snap_ada_room;

#define SNAP_ADA_NONE UINT32_MAX

/* Where the parts of a serialised URL are:
 *
 *     https://user:pass@example.com:1234/foo/bar?baz#quux
 *           |     |    |          | ^^^^|       |   |
 *           |     |    |          | |   |       |   `----- hash_start
 *           |     |    |          | |   |       `--------- search_start
 *           |     |    |          | |   `----------------- pathname_start
 *           |     |    |          | `--------------------- port
 *           |     |    |          `----------------------- host_end
 *           |     |    `---------------------------------- host_start
 *           |     `--------------------------------------- username_end
 *           `--------------------------------------------- protocol_end
 *
 * Where there is a username or a password, an "@" is at host_start. Where there is no host, "/." may stand between host_end and pathname_start. */
typedef struct snap_ada_parts {
    uint32_t protocol_end, username_end, host_start, host_end;
    uint32_t port, search_start, hash_start;    /* SNAP_ADA_NONE: there is none */
    uint32_t pathname_start;
} snap_ada_parts;

typedef enum snap_ada_member {
    SNAP_ADA_HREF, SNAP_ADA_ORIGIN, SNAP_ADA_PROTOCOL, SNAP_ADA_USERNAME, SNAP_ADA_PASSWORD, SNAP_ADA_HOST, SNAP_ADA_HOSTNAME, SNAP_ADA_PORT,
    SNAP_ADA_PATHNAME, SNAP_ADA_SEARCH, SNAP_ADA_HASH,
} snap_ada_member;

/* The text is ASCII. */
typedef void snap_ada_receiver(void *context, const snap_ada_parts *parts, snap_ada_text href);

/* Unpacks the tables of Unicode; false without memory. */
bool snap_ada_initialize(void);

/* What a text is to the parser, which decides how often it copies it. */
typedef enum snap_ada_role { SNAP_ADA_INPUT, SNAP_ADA_BASE, SNAP_ADA_VALUE /* of a member, and without a host */ } snap_ada_role;

/* The room that it takes at most. That of all texts of a call is the sum. */
size_t snap_ada_room_for(snap_ada_text text, snap_ada_role role);

/* False: it is not a URL. */
bool snap_ada_parse(snap_ada_room room, snap_ada_text input, const snap_ada_text *base, snap_ada_receiver *receiver, void *context);

/* Sets a member (not ORIGIN) of a URL that was serialised. False: the value is not allowed. */
bool snap_ada_set(snap_ada_room room, snap_ada_text href, snap_ada_member member, snap_ada_text value, snap_ada_receiver *receiver, void *context);

#ifdef __cplusplus
}
#endif

#endif
