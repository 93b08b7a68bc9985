/* Frames of async functions below the bottom of a stack.

   An async function that goes on after an `await` is called by nobody. Whom its error reaches is who waits for its promise: the
   reactions of a promise know that. */

/* Whether a frame is a coroutine's. Frames of native functions have anything in the field that tells. */
static bool outwit_is_coroutine(JSStackFrame *sf)
{
    return JS_IsObject(sf->cur_func) && js_class_has_bytecode(JS_VALUE_GET_OBJ(sf->cur_func)->class_id) && sf->cur_gc_obj;
}

/* What a coroutine resolves when it ends: the promise of an async function. */
static JSValueConst outwit_promise_of(JSStackFrame *sf)
{
    JSAsyncFunctionData *s;
    JSObject *p;
    if (!outwit_is_coroutine(sf) || JS_GC_TYPE(sf->cur_gc_obj) != JS_GC_OBJ_TYPE_ASYNC_FUNCTION)
        return JS_UNDEFINED;
    s = (JSAsyncFunctionData *)sf->cur_gc_obj;
    if (!JS_IsObject(s->resolving_funcs[0]))
        return JS_UNDEFINED;
    p = JS_VALUE_GET_OBJ(s->resolving_funcs[0]);
    if (p->class_id != JS_CLASS_PROMISE_RESOLVE_FUNCTION || !p->u.promise_function_data)
        return JS_UNDEFINED;
    return p->u.promise_function_data->promise;
}

/* The async function that waits for a promise, or for one that this one settles. */
static JSAsyncFunctionData *outwit_waiter(JSValueConst promise)
{
    JSPromiseData *s;
    JSPromiseReactionData *rd;
    JSObject *p;
    int left;

    for (left = 32; left > 0; left--) {
        if (!JS_IsObject(promise) || !(s = JS_GetOpaque(promise, JS_CLASS_PROMISE)) || s->promise_state != JS_PROMISE_PENDING
            || list_empty(&s->promise_reactions[0]))
            return NULL;
        rd = list_entry(s->promise_reactions[0].next, JSPromiseReactionData, link);
        p = JS_IsObject(rd->handler) ? JS_VALUE_GET_OBJ(rd->handler) : NULL;
        if (p && p->class_id == JS_CLASS_ASYNC_FUNCTION_RESOLVE)
            return p->u.async_function_data;
        /* a promise that is returned settles another by its handler, `then` by what it made */
        if (!p || p->class_id != JS_CLASS_PROMISE_RESOLVE_FUNCTION) {
            if (!JS_IsObject(rd->resolving_funcs[0]))
                return NULL;
            p = JS_VALUE_GET_OBJ(rd->resolving_funcs[0]);
            if (p->class_id != JS_CLASS_PROMISE_RESOLVE_FUNCTION)
                return NULL;
        }
        if (!p->u.promise_function_data)
            return NULL;
        promise = p->u.promise_function_data->promise;
    }
    return NULL;
}

static void outwit_async_frames(JSContext *ctx, DynBuf *dbuf, JSStackFrame *sf, int left)
{
    while (left-- > 0) {
        JSAsyncFunctionData *s = outwit_waiter(outwit_promise_of(sf));
        JSFunctionBytecode *b;
        const char *name, *file;
        JSObject *p;
        int line, column;

        if (!s || !s->is_active || !JS_IsObject(s->func_state.frame.cur_func))
            return;
        sf = &s->func_state.frame;
        p = JS_VALUE_GET_OBJ(sf->cur_func);
        if (!js_class_has_bytecode(p->class_id))
            return;
        b = p->u.func.function_bytecode;
        name = get_func_name(ctx, sf->cur_func);
        dbuf_printf(dbuf, "    at async %s", name && name[0] ? name : "<anonymous>");
        JS_FreeCString(ctx, name);
        if (!b->filename || !sf->cur_pc) {
            dbuf_printf(dbuf, " (native)\n");
            continue;
        }
        line = find_line_num(ctx, b, sf->cur_pc - b->byte_code_buf - 1, &column);
        file = JS_AtomToCString(ctx, b->filename);
        dbuf_printf(dbuf, " (%s:%d:%d)\n", file ? file : "<null>", line, column);
        JS_FreeCString(ctx, file);
    }
}
