/* Properties that stand for internal slots. */

static void play_slots(void)
{
    JSContext *ctx = snap_context;
    bool paused = fault.paused;
    JSValue web;

    fault.paused = true;   /* as in a realm that is made, of which there are scenarios */
    web = snap_web_object(ctx);
    snap_add_slots(ctx, web);
    JS_SetPropertyStr(ctx, ctx->global_obj, "web", web);
    run("var { hideSlots } = web.native", 0);
    fault.paused = paused;
    run("class Base { constructor() { this._hidden = {}; this.shown = [] } } hideSlots(Base.prototype, '_hidden', '_other');"
        "const object = new Base(); object._other = object; if (Object.keys(object).join() !== 'shown') throw 0;"
        "Reflect.set(Base.prototype, '_hidden', 1, 1); Reflect.set(Base.prototype, 'x', 1, Object.freeze({}));"
        "Object.setPrototypeOf(Base.prototype, null); object.more = 1; Base.prototype._hidden = {}", 0);
    run("let thrown = 0; const closed = Object.preventExtensions(Object.create(Base.prototype));"
        "try { (function () { 'use strict'; closed._hidden = 1 })() } catch { thrown++ } if (!thrown) throw 0", 0);
    run("for (const name of ['a', 'b']) hideSlots(class {}.prototype, name, {})", 0);
}
