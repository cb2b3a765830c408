/* The reactor for hosts that are not snapjs, over WASI: the entry points of QuickJS-NG's own reactor. A host in any language gives the imports of
 * WASI, preview 1, and for those of abi.h functions that do nothing, for none of them is called; it calls `_initialize` first. What goes wrong is
 * told on standard error. */
#ifndef SNAP_WASI_REACTOR_H
#define SNAP_WASI_REACTOR_H

/* Begins without a script. Returns: 0; -1: it has begun before, or could not. */
int32_t  SNAP_EXPORT(qjs_init)(void);

/* Begins as the command line of `qjs` says, whose strings the host has put where `malloc` has made room. Returns: likewise, or that something
 * was thrown. */
int32_t  SNAP_EXPORT(qjs_init_argv)(int32_t argc, char **argv);

/* For hosts that go on with the interface of quickjs.h. Returns: the JSContext, or 0. */
uint32_t SNAP_EXPORT(qjs_get_context)(void);

/* Runs UTF-8, and the microtasks that it leaves. Returns: 0, or -1. */
int32_t  SNAP_EXPORT(qjs_eval)(const char *code, uint32_t length, const char *filename, int32_t is_module);

/* All microtasks, but for a flood of them, then the timer that was due first. Returns: 0: there is more to do now; n > 0: wait at most n
 * milliseconds, 2147483647 when only handlers are left; -1: idle; -2: something was thrown or rejected that nobody caught. */
int32_t  SNAP_EXPORT(qjs_loop_once)(void);

/* Waits at most so long, negative: without end, until a descriptor with a handler is ready, and calls the handlers of all that are.
 * Returns: 0; -1: it could not wait; -2: a handler threw. */
int32_t  SNAP_EXPORT(qjs_poll_io)(int32_t milliseconds);

/* Nothing runs any more. Another program takes another instance. */
void     SNAP_EXPORT(qjs_destroy)(void);

#endif
