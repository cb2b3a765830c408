// class SortedMap: a map whose keys are strings and in order, with the entries between two keys.
#include <map>
#include <string>
#include <utility>

#include "snapjs.h"

namespace {

// The private state of one SortedMap. The values are JavaScript's; so the collector must be told of them.
class Entries {
public:
    using Map = std::map<std::string, JSValue, std::less<>>;

    explicit Entries(JSRuntime *runtime) : runtime_(runtime) {}
    Entries(const Entries &) = delete;
    Entries &operator=(const Entries &) = delete;

    ~Entries()
    {
        for (auto &[key, value] : map_)
            JS_FreeValueRT(runtime_, value);
    }

    // Takes the value over.
    void set(std::string key, JSValue value)
    {
        auto [found, is_new] = map_.try_emplace(std::move(key), value);
        if (!is_new)
            JS_FreeValueRT(runtime_, std::exchange(found->second, value));
    }

    bool erase(std::string_view key)
    {
        auto found = map_.find(key);
        if (found == map_.end())
            return false;
        JSValue value = found->second;
        map_.erase(found);   // first, for to free the value may run JavaScript, which may come back here
        JS_FreeValueRT(runtime_, value);
        return true;
    }

    void mark(JS_MarkFunc *mark) const
    {
        for (const auto &[key, value] : map_)
            JS_MarkValue(runtime_, value, mark);
    }

    const Map &map() const { return map_; }

private:
    JSRuntime *runtime_;
    Map map_;
};

JSClassID class_id;

// That of `this`; null, and throws, where it is no SortedMap.
Entries *entries_of(JSContext *ctx, JSValueConst this_value)
{
    return static_cast<Entries *>(JS_GetOpaque2(ctx, this_value, class_id));
}

// A key; false and throws.
bool to_key(JSContext *ctx, JSValueConst value, std::string &key)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, value);
    if (!text)
        return false;
    key.assign(text, length);
    JS_FreeCString(ctx, text);
    return true;
}

JSValue construct(JSContext *ctx, JSValueConst new_target, int, JSValueConst *)
{
    JSValue prototype = JS_GetPropertyStr(ctx, new_target, "prototype");   // of a derived class, if it is one
    if (JS_IsException(prototype))
        return JS_EXCEPTION;
    JSValue object = JS_NewObjectProtoClass(ctx, prototype, class_id);
    JS_FreeValue(ctx, prototype);
    if (!JS_IsException(object))
        JS_SetOpaque(object, new Entries(JS_GetRuntime(ctx)));
    return object;
}

void finalize(JSRuntime *, JSValueConst object)
{
    delete static_cast<Entries *>(JS_GetOpaque(object, class_id));
}

void gc_mark(JSRuntime *, JSValueConst object, JS_MarkFunc *mark)
{
    if (auto *entries = static_cast<Entries *>(JS_GetOpaque(object, class_id)))
        entries->mark(mark);
}

JSValue set(JSContext *ctx, JSValueConst this_value, int, JSValueConst *argv)
{
    Entries *entries = entries_of(ctx, this_value);
    std::string key;
    if (!entries || !to_key(ctx, argv[0], key))
        return JS_EXCEPTION;
    entries->set(std::move(key), JS_DupValue(ctx, argv[1]));
    return JS_DupValue(ctx, this_value);
}

JSValue get(JSContext *ctx, JSValueConst this_value, int, JSValueConst *argv)
{
    Entries *entries = entries_of(ctx, this_value);
    std::string key;
    if (!entries || !to_key(ctx, argv[0], key))
        return JS_EXCEPTION;
    auto found = entries->map().find(key);
    return found == entries->map().end() ? JS_UNDEFINED : JS_DupValue(ctx, found->second);
}

JSValue erase(JSContext *ctx, JSValueConst this_value, int, JSValueConst *argv)
{
    Entries *entries = entries_of(ctx, this_value);
    std::string key;
    if (!entries || !to_key(ctx, argv[0], key))
        return JS_EXCEPTION;
    return JS_NewBool(ctx, entries->erase(key));
}

// [key, value]
JSValue new_entry(JSContext *ctx, const std::string &key, JSValueConst value)
{
    JSValue members[] = { JS_NewStringLen(ctx, key.data(), key.size()), JS_UNDEFINED };
    if (JS_IsException(members[0]))
        return JS_EXCEPTION;
    members[1] = JS_DupValue(ctx, value);
    return JS_NewArrayFrom(ctx, 2, members);   // which takes them over
}

// range(from, to): an array of [key, value], from the first key that is not below `from` to the last one below `to`.
JSValue range(JSContext *ctx, JSValueConst this_value, int, JSValueConst *argv)
{
    Entries *entries = entries_of(ctx, this_value);
    std::string from, to;
    if (!entries || !to_key(ctx, argv[0], from) || !to_key(ctx, argv[1], to))
        return JS_EXCEPTION;
    JSValue result = JS_NewArray(ctx);
    uint32_t count = 0;
    auto end = entries->map().lower_bound(to);
    for (auto at = entries->map().lower_bound(from); from < to && at != end; ++at) {
        JSValue entry = JS_IsException(result) ? JS_EXCEPTION : new_entry(ctx, at->first, at->second);
        if (JS_IsException(entry) || JS_DefinePropertyValueUint32(ctx, result, count++, entry, JS_PROP_C_W_E) < 0) {
            JS_FreeValue(ctx, result);
            return JS_EXCEPTION;
        }
    }
    return result;
}

JSValue size(JSContext *ctx, JSValueConst this_value)
{
    Entries *entries = entries_of(ctx, this_value);
    return entries ? JS_NewInt64(ctx, static_cast<int64_t>(entries->map().size())) : JS_EXCEPTION;
}

const JSCFunctionListEntry members[] = {
    JS_CFUNC_DEF("set", 2, set),
    JS_CFUNC_DEF("get", 1, get),
    JS_CFUNC_DEF("delete", 1, erase),
    JS_CFUNC_DEF("range", 2, range),
    JS_CGETSET_DEF("size", size, nullptr),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "SortedMap", JS_PROP_CONFIGURABLE),
};

}   // namespace

SNAPJS_EXPORT int snapjs_init_sorted_map(JSContext *ctx)
{
    JSRuntime *runtime = JS_GetRuntime(ctx);
    JSClassDef definition = {};
    definition.class_name = "SortedMap";
    definition.finalizer = finalize;
    definition.gc_mark = gc_mark;
    JS_NewClassID(runtime, &class_id);
    if (JS_NewClass(runtime, class_id, &definition) < 0)
        return -1;

    JSValue prototype = JS_NewObject(ctx);
    JSValue constructor = JS_NewCFunction2(ctx, construct, "SortedMap", 0, JS_CFUNC_constructor, 0);
    JSValue global = JS_GetGlobalObject(ctx);
    int status = -1;
    if (!JS_IsException(prototype) && !JS_IsException(constructor) &&
        JS_SetPropertyFunctionList(ctx, prototype, members, sizeof members / sizeof *members) >= 0) {
        JS_SetConstructor(ctx, constructor, prototype);
        status = JS_DefinePropertyValueStr(ctx, global, "SortedMap", JS_DupValue(ctx, constructor),
                                           JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    }
    JS_FreeValue(ctx, global);
    JS_FreeValue(ctx, constructor);
    JS_SetClassProto(ctx, class_id, prototype);   // takes it over
    return status < 0 ? -1 : 0;
}
