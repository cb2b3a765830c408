/* What a native extension of snapjs includes. docs/extensions.md is the guide. */
#ifndef SNAPJS_H
#define SNAPJS_H

#include "quickjs.h"

/* In front of what the host, or another extension, is to find. All else is the extension's own. */
#ifdef __cplusplus
#define SNAPJS_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define SNAPJS_EXPORT __attribute__((visibility("default")))
#endif

/* Each extension defines, with its name in place of NAME and `_` for `-`:
 *
 *     SNAPJS_EXPORT int snapjs_init_NAME(JSContext *ctx);
 *
 * which is called once, when a VM is made and before any JavaScript runs: 0, or -1 with an exception thrown. It may define
 *
 *     SNAPJS_EXPORT const char *snapjs_versions_NAME(void);
 *
 * lines `name=version` for VM.versions. */

#endif
