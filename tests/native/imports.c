/* The host's modules: what it has, and how it answers when it is asked for one. */

static const struct { const char *name, *kind, *source; } modules[] = {
    { "leaf", "js", "export let x = 1; export default class A { m() { return import.meta.url } }" },
    { "folder/a.js", "js", "import { b } from './b.js'; export const a = () => b; export * from '../leaf'" },
    { "folder/b.js", "js", "import { a } from './a.js'; export const b = [typeof a]; await null" },
    { "broken", "js", "export let = ;" },
    { "throws", "js", "import 'leaf'; throw new Error('in a module')" },
    { "early", "js", "import * as self from 'early'; hook(self); export let later = 1; export const fixed = 2; export function hoisted() {}" },
    { "waits", "js", "import 'leaf'; export let before = 1; await gate; export let after = globalThis" },
    { "unlinked", "js", "import { x } from 'leaf'; import * as all from './data'; export { x as again } from 'leaf'; import { nothing } from 'leaf'" },
    { "chain", "js", "import './folder/a.js'; import 'unlinked'" },
    { "data", "json", "{\"a\": [1, null]}" },
    { "data.txt", "text", "a text" },
    { "data.bin", "bytes", "\x01\x02" },
    { "bad.json", "json", "{" },
    { "twice", "js", "export const url = import.meta.url" },
    { "twice", "json", "[2]" },
    { "hooked", "js", "export { x } from 'leaf'; import './hooked/below'" },
    { "hooked/below", "js", "export let below = 1" },
    { "later/a", "js", "import './b'; import './c'; import '../leaf'; export let name = 'a'" },
    { "later/b", "js", "import './c'; export let name = 'b'; export { x } from '../leaf'" },
    { "later/c", "js", "import './a'; export let name = 'c'" },
    { "later/d", "js", "import './c'; import { nothing } from './b'" },
    { "later/data", "json", "[1, 2]" },
    { "later/broken", "js", "import = 1" },
    { "file.cjs", "cjs", "exports.a = 1; exports.self = () => require('./file.cjs'); exports.paths = [__filename, __dirname, module.id]; this.b = module.loaded" },
    { "cycle/a.cjs", "cjs", "exports.early = 1; exports.b = require('./b.cjs'); exports.late = 2" },
    { "cycle/b.cjs", "cjs", "exports.seen = Object.keys(require('./a.cjs'))" },
    { "throws.cjs", "cjs", "exports.a = 1; require('./file.cjs'); throw new Error('in a file')" },
    { "broken.cjs", "cjs", "#!shebang\nexports. = 1" },
    { "getter.cjs", "cjs", "Object.defineProperty(exports, 'a', {enumerable: true, get() { throw new Error('of a getter') }})" },
    { "whole.cjs", "cjs", "module.exports = function () {}; module.exports.a = [1]" },
    { "requires.cjs", "cjs", "exports.all = [require('data'), require('data.txt'), require('data.bin'), require('leaf'), require('./file.cjs'), require.resolve('leaf')]" },
    { "hands.cjs", "cjs", "module.exports = require" },
    { "named", "js", "export { a as 'module.exports' }; let a = [1]" },
};

static void (*import_hook)(void);      /* called before whatever begins with "hooked" is answered */
static bool pends_after_hook;          /* what was hooked is answered later, whatever the hook has done */
static bool keeps_loaded_unsaid;       /* the host gives a source though the guest has the module */

/* Answers of a host that is not right in the head, to "hostile0" and so on. */
static const struct { uint32_t status; const char *bytes; size_t size; } hostile[] = {
#define HOSTILE(status, text) { SNAP_STATUS_##status, text, sizeof text - 1 }
    HOSTILE(OK, "\xc1"), HOSTILE(OK, ""), HOSTILE(OK, "\x90"), HOSTILE(OK, "\x01"), HOSTILE(OK, "\x91\xc0"), HOSTILE(OK, "\x91\x92\xa1x\xa1y"),
    HOSTILE(OK, "\x92\xa5named\xc1"), HOSTILE(OK, "\x92\xa5named"), HOSTILE(PENDING, "\x92\xa5named\xc1"), HOSTILE(PENDING, "\x90"), HOSTILE(PENDING, "\x91\x01"),
    HOSTILE(OK, "\x96\xa1n\xa2js\xa1;\xc0\xc0\xc0"), HOSTILE(OK, "\x91\xa1n"), HOSTILE(OK, "\x92\xa1n\x07"), HOSTILE(OK, "\x93\xa1n\xa2js\x93\x01\x02\xa1\x63"),
    HOSTILE(OK, "\x93\xa1n\xa4json\xc0"), HOSTILE(OK, "\x93\xa1n\xa5" "bytes\xa1x"), HOSTILE(OK, "\x93\xa1n\xa5" "bytes\xc4\x00"), HOSTILE(OK, "\x93\xa1n\xa4what\x90"),
    HOSTILE(OK, "\x94\xa1n\xa2js\xa0\x81\xa1x\x01"), HOSTILE(OK, "\x95\xa1n\xa3" "cjs\xa0\xc0\x96\xa1x\xa1x\xa7" "default\x01\xc0\xa3" "a\0b"),
    HOSTILE(OK, "\x95\xa1n\xa3" "cjs\xa0\xc0\x05"), HOSTILE(OK, "\x93\xa3" "a\0b\xa2js\xa0"), HOSTILE(OK, "\x93\xd7\x01" "\xd8\0a\0b\0c\0\xa2js\xa0"),
    HOSTILE(EXCEPTION, "\xc1"), HOSTILE(EXCEPTION, "\x01"), HOSTILE(EXCEPTION, ""), HOSTILE(ABSENT, ""), HOSTILE(CONVERSION, "\xa0"), HOSTILE(INTERRUPTED, ""),
    { 77, "", 0 }, { SNAP_STATUS_INTEGER | 5 << 8, "", 0 },
#undef HOSTILE
};

/* What the guest asks for. */
typedef struct import_request {
    char specifier[100], name[200];
    const uint8_t *attributes, *attributes_end;
    uint32_t mode;
} import_request;

/* A str, cut off where it is too long, or nil; the place after it. A string with lone surrogates is no name that the host has. */
static const uint8_t *take_text(const uint8_t *at, const uint8_t *end, char *text, size_t size)
{
    const uint8_t *after = walk(at, end);
    bool is_text = (*at & 0xe0) == 0xa0 || (*at >= 0xd9 && *at <= 0xdb);
    const uint8_t *begin = !is_text ? after : *at < 0xc0 ? at + 1 : at + 1 + (1u << (*at - 0xd9));
    size_t length = (size_t)(after - begin) < size ? (size_t)(after - begin) : size - 1;

    memcpy(text, begin, length);
    text[length] = '\0';
    return after;
}

static void join(char *name, size_t size, const char *importer, const char *specifier)
{
    char *folder_end;

    if (specifier[0] != '.') {
        snprintf(name, size, "%s", specifier);
        return;
    }
    snprintf(name, size, "%s", importer);
    folder_end = strrchr(name, '/');
    for (; !strncmp(specifier, "./", 2) || !strncmp(specifier, "../", 3); specifier += specifier[1] == '.' ? 3 : 2) {
        if (specifier[1] == '.' && folder_end) {
            *folder_end = '\0';
            folder_end = strrchr(name, '/');
        }
    }
    folder_end = folder_end ? folder_end + 1 : name;
    snprintf(folder_end, size - (size_t)(folder_end - name), "%s", specifier);
}

static import_request take_request(const uint8_t *message, uint32_t length)
{
    import_request request;
    char importer[200];
    const uint8_t *at = message;

    if (walk(message, message + length) != message + length || *at++ != 0x94)
        die("an import is no array of four");
    at = take_text(at, message + length, request.specifier, sizeof request.specifier);
    at = take_text(at, message + length, importer, sizeof importer);
    request.attributes = at;
    request.attributes_end = walk(at, message + length);
    request.mode = *request.attributes_end;
    join(request.name, sizeof request.name, importer, request.specifier);
    return request;
}

static bool is_loaded(const import_request *request)
{
    snap_buffer *b = begin_message();

    snap_put_array(b, 3);
    put_string(b, request->name);
    if (*request->attributes >= 0xd4 && *request->attributes <= 0xd8)
        snap_put_nil(b);
    else
        snap_put(b, request->attributes, (size_t)(request->attributes_end - request->attributes));
    snap_put_bool(b, request->mode & SNAP_IMPORT_REQUIRE);
    return send_message() && snap_module_is_loaded();
}

/* The module of that name and of the kind that the attributes want, else the first of that name; -1: there is none. */
static int find_module(const char *name, const uint8_t *attributes, size_t size)
{
    int found = -1;

    for (size_t i = 0; i < countof(modules); i++) {
        if (strcmp(modules[i].name, name))
            continue;
        if (found < 0 || memmem(attributes, size, modules[i].kind, strlen(modules[i].kind)))
            found = (int)i;
    }
    return found;
}

static void put_module(snap_buffer *b, int index)
{
    bool is_bytes = !strcmp(modules[index].kind, "bytes");
    size_t length = strlen(modules[index].source);

    snap_put_array(b, 5);
    put_string(b, modules[index].name);
    put_string(b, modules[index].kind);
    if (is_bytes) {
        snap_put_bin_header(b, (uint32_t)length);
        snap_put(b, modules[index].source, length);
    } else {
        snap_put_text(b, modules[index].source, length);
    }
    if (modules[index].name[0] == 't')
        put_string(b, "file:///t");
    else
        snap_put_nil(b);
    snap_put_array(b, 3), put_string(b, "a"), put_string(b, "a"), put_string(b, "absent");
}

static uint32_t answer_import(const import_request *request)
{
    int index = find_module(request->name, request->attributes, (size_t)(request->attributes_end - request->attributes));
    bool is_later = !strncmp(request->name, "later", 5);
    snap_buffer *b;

    if (!keeps_loaded_unsaid && is_loaded(request))
        index = -1;
    else if (index < 0 && !(request->mode & SNAP_IMPORT_RESOLVE))
        return answer_with_error("ModuleNotFound");
    b = begin_message();
    if (index >= 0 && !is_later && !(request->mode & SNAP_IMPORT_RESOLVE))
        put_module(b, index);
    else
        snap_put_array(b, 1), put_string(b, request->name);
    if (!send_message())
        return SNAP_STATUS_INTERRUPTED;
    return index >= 0 && is_later && !(request->mode & SNAP_IMPORT_RESOLVE) ? SNAP_STATUS_PENDING : SNAP_STATUS_OK;
}

uint32_t host_import(uint32_t unanswered, const uint8_t *asked, uint32_t length)
{
    import_request request;
    static uint8_t kept[4096];   /* what the guest has lent may be overwritten by a hook */

    if (unanswered_imports & NO_MODULE)
        return unanswered;
    fault.compiles = false;
    if (length > sizeof kept)
        return answer_with_error("ValueError");
    memcpy(kept, asked, length);
    request = take_request(kept, length);
    if (stops_in_calls)
        snap_control.interrupt = SNAP_INTERRUPT_NOW;
    if (!strcmp(request.name, "given") && !is_loaded(&request))
        return send_bytes(given.bytes, given.size) ? given.status : SNAP_STATUS_INTERRUPTED;
    if (!strncmp(request.name, "hostile", 7)) {
        size_t index = (size_t)atoi(request.name + 7) % countof(hostile);
        return send_bytes(hostile[index].bytes, hostile[index].size) ? hostile[index].status : SNAP_STATUS_INTERRUPTED;
    }
    if (import_hook && !strncmp(request.name, "hooked", 6)) {
        void (*hook)(void) = import_hook;
        uint8_t saved[sizeof kept];
        memcpy(saved, kept, sizeof saved);
        import_hook = NULL;
        hook();
        memcpy(kept, saved, sizeof saved);
        if (pends_after_hook) {
            pends_after_hook = false;
            snap_put_array(begin_message(), 1), put_string(&message, request.name);
            return send_message() ? SNAP_STATUS_PENDING : SNAP_STATUS_INTERRUPTED;
        }
    }
    return answer_import(&request);
}
