/* What the debugger has of QuickJS; `cargo xtask` appends this file to quickjs.c.

   A breakpoint is OP_breakpoint, which is no opcode, in the place of one: watch.patch makes the interpreter come here. The other one is
   put back and is executed; what comes after it is a breakpoint meanwhile, at which this one is set again. So the loop of the
   interpreter is what it was, and code that is not being debugged runs as if there were no debugger. Everything else is done by an agent,
   JavaScript in a context of its own that the debugger sends when it attaches; here are the functions it is made of. */

#define OUTWIT_BREAK 1  /* a breakpoint */
#define OUTWIT_LINE  2  /* where a step may end */
#define OUTWIT_COVER 4  /* told once */
#define OUTWIT_COUNT 8  /* counted */
#define OUTWIT_NEXT  16 /* comes after a breakpoint */
#define OUTWIT_ENTER 32 /* `this` is kept */
#define OUTWIT_RESULT 64 /* a call has returned; once, and where opcodes may take something from the stack, too */

#define OUTWIT_THESE 1024

typedef struct {
    JSFunctionBytecode *b; /* one reference is ours */
    uint8_t *original;     /* its code, byte for byte */
    uint8_t *marks;        /* what is wanted at each byte */
    uint32_t count;
} OutwitFunction;

/* What `this` is in a frame; the frame's caller holds it. */
typedef struct {
    JSStackFrame *sf;
    void *function;
    JSValueConst this_obj;
} OutwitThis;

typedef enum { OUTWIT_RUN, OUTWIT_IN, OUTWIT_OVER, OUTWIT_OUT, OUTWIT_SAME_FRAME } OutwitStep;

static struct {
    JSContext *ctx;        /* of the agent; NULL: nobody is attached */
    JSValue agent;         /* its function, called with a reason and details */
    OutwitFunction *functions; /* by the address of their bytecode */
    int count;
    bool busy;             /* the agent runs */
    OutwitStep step;
    int step_depth;
    void *step_frame;
    bool throws;           /* exceptions are told */
    uint64_t thrown;       /* the one that was told last, and where */
    int thrown_depth;
    OutwitFunction *pending; /* the breakpoint that is being passed */
    int pending_pc;
    JSStackFrame *top;     /* where it stopped */
    OutwitThis *these;     /* by the address of the frame */
    /* where the function returns to that a step began in: what it returned is there, on the stack */
    OutwitFunction *caller;
    JSStackFrame *caller_frame;
    int caller_pc, caller_level;
    JSValue result;
    char ask[24], ask_busy[24], ask_enter[24]; /* what is asked while code runs, while the agent has code run, when code begins */
} outwit_debug;

typedef struct {
    char *text;
    size_t len;
} OutwitAnswer;

/* Sends a text to the debugger; what it answers is to be given back to the second. The engine has both. */
static void (*outwit_debug_exchange)(const char *text, size_t len, OutwitAnswer *answer);
static void (*outwit_debug_release)(char *text, size_t len);

static int outwit_compare(const void *a, const void *b, void *opaque)
{
    uintptr_t x = (uintptr_t)((const OutwitFunction *)a)->b, y = (uintptr_t)((const OutwitFunction *)b)->b;
    return x < y ? -1 : x > y;
}

static OutwitFunction *outwit_find(JSFunctionBytecode *b)
{
    int low = 0, high = outwit_debug.count;

    while (low < high) {
        int middle = (low + high) / 2;
        OutwitFunction *f = &outwit_debug.functions[middle];
        if (f->b == b)
            return f;
        if ((uintptr_t)f->b < (uintptr_t)b)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void outwit_apply_at(OutwitFunction *f, int pc)
{
    int wanted = f->marks[pc];
    if (outwit_debug.step == OUTWIT_RUN)
        wanted &= ~OUTWIT_LINE;
    f->b->byte_code_buf[pc] = wanted ? OP_breakpoint : f->original[pc];
}

static void outwit_apply(void)
{
    int i, pc;
    for (i = 0; i < outwit_debug.count; i++) {
        OutwitFunction *f = &outwit_debug.functions[i];
        for (pc = 0; pc < f->b->byte_code_len; pc++) {
            if (f->marks[pc])
                outwit_apply_at(f, pc);
        }
    }
}

static void outwit_set_step(OutwitStep step)
{
    bool was = outwit_debug.step != OUTWIT_RUN;
    outwit_debug.step = step;
    if (was != (step != OUTWIT_RUN))
        outwit_apply();
}

static JSFunctionBytecode *outwit_bytecode(JSStackFrame *sf)
{
    JSObject *p;
    if (JS_VALUE_GET_TAG(sf->cur_func) != JS_TAG_OBJECT)
        return NULL;
    p = JS_VALUE_GET_OBJ(sf->cur_func);
    return js_class_has_bytecode(p->class_id) ? p->u.func.function_bytecode : NULL;
}

static int outwit_depth(void)
{
    JSStackFrame *sf;
    int depth = 0;
    for (sf = outwit_debug.ctx->rt->current_stack_frame; sf; sf = sf->prev_frame)
        depth++;
    return depth;
}

/* Calls the agent with numbers and maybe a value. */
static void outwit_tell(const char *what, int index, int pc, JSValueConst value)
{
    JSContext *ctx = outwit_debug.ctx;
    JSRuntime *rt = ctx->rt;
    JSValue args[4], result, pending = rt->current_exception;
    JSStackFrame *top = outwit_debug.top;

    rt->current_exception = JS_UNINITIALIZED;
    outwit_debug.busy = true;
    outwit_debug.top = rt->current_stack_frame;
    args[0] = JS_NewString(ctx, what);
    args[1] = js_int32(index);
    args[2] = js_int32(pc);
    args[3] = js_dup(value);
    result = JS_Call(ctx, outwit_debug.agent, JS_UNDEFINED, 4, vc(args));
    JS_FreeValue(ctx, args[0]);
    JS_FreeValue(ctx, args[3]);
    /* the agent catches everything of its own */
    if (JS_IsException(result))
        JS_FreeValue(ctx, JS_GetException(ctx));
    else
        JS_FreeValue(ctx, result);
    outwit_debug.top = top;
    outwit_debug.busy = false;
    rt->current_exception = pending;
}

/* Sets the breakpoint again that was passed last. */
static void outwit_rearm(void)
{
    OutwitFunction *f = outwit_debug.pending;
    if (f) {
        outwit_debug.pending = NULL;
        outwit_apply_at(f, outwit_debug.pending_pc);
    }
}

static OutwitThis *outwit_this_at(JSStackFrame *sf)
{
    return &outwit_debug.these[((uintptr_t)sf >> 6) % OUTWIT_THESE];
}

/* What `this` is in a frame, as far as it is known. */
static JSValueConst outwit_this(JSStackFrame *sf, JSFunctionBytecode *b)
{
    OutwitThis *known;
    JSObject *p = JS_VALUE_GET_OBJ(sf->cur_func);
    int i;

    /* where functions inside of it use it, or it is one of those, there is a variable */
    for (i = 0; i < b->var_count; i++) {
        if (b->vardefs[b->arg_count + i].var_name == JS_ATOM_this && !JS_IsUninitialized(sf->var_buf[i]))
            return sf->var_buf[i];
    }
    for (i = 0; i < b->closure_var_count && p->u.func.var_refs; i++) {
        if (b->closure_var[i].var_name == JS_ATOM_this && !JS_IsUninitialized(*p->u.func.var_refs[i]->pvalue))
            return *p->u.func.var_refs[i]->pvalue;
    }
    if (sf->cur_gc_obj)
        return container_of(sf, JSAsyncFunctionState, frame)->this_val;
    if (outwit_debug.these) {
        known = outwit_this_at(sf);
        if (known->sf == sf && known->function == p)
            return known->this_obj;
    }
    return JS_UNDEFINED;
}

/* Asks the debugger something that is answered by nothing for no. */
static bool outwit_ask(const char *text)
{
    OutwitAnswer answer;
    bool wanted;

    if (!*text)
        return false;
    outwit_debug_exchange(text, strlen(text), &answer);
    wanted = answer.len > 0;
    outwit_debug_release(answer.text, answer.len);
    return wanted;
}

/* Whether no other code of the plugin called it. */
static bool outwit_begins(JSStackFrame *sf)
{
    while ((sf = sf->prev_frame)) {
        if (outwit_bytecode(sf))
            return false;
    }
    return true;
}

static void outwit_forget_caller(void)
{
    OutwitFunction *f = outwit_debug.caller;
    if (f) {
        outwit_debug.caller = NULL;
        f->marks[outwit_debug.caller_pc] &= ~OUTWIT_RESULT;
        outwit_apply_at(f, outwit_debug.caller_pc);
    }
}

/* How many values are on the stack at a place; -1 if that is not known. */
static int outwit_stack_level(JSContext *ctx, OutwitFunction *f, int pc)
{
    JSFunctionDef *fd = js_mallocz(ctx, sizeof(*fd));
    int size;

    if (!fd)
        return -1;
    fd->byte_code.buf = f->original;
    fd->byte_code.size = f->b->byte_code_len;
    outwit_level_at = pc;
    outwit_level = 0xffff;
    if (compute_stack_size(ctx, fd, &size))
        JS_FreeValue(ctx, JS_GetException(ctx));
    outwit_level_at = -1;
    js_free(ctx, fd);
    return outwit_level == 0xffff ? -1 : outwit_level;
}

/* Watches for what the function returns that runs in a frame. */
static void outwit_watch_caller(JSContext *ctx, JSStackFrame *sf)
{
    JSFunctionBytecode *b;
    OutwitFunction *f;
    int pc;

    outwit_forget_caller();
    JS_FreeValue(ctx, outwit_debug.result);
    outwit_debug.result = JS_UNINITIALIZED;
    sf = sf ? sf->prev_frame : NULL;
    b = sf ? outwit_bytecode(sf) : NULL;
    f = b && sf->cur_pc ? outwit_find(b) : NULL;
    pc = f ? sf->cur_pc - b->byte_code_buf : 0;
    if (pc < 3 || pc >= b->byte_code_len)
        return;
    /* not what called by itself, such as an operator */
    if (!(f->original[pc - 3] == OP_call || f->original[pc - 3] == OP_call_method || f->original[pc - 3] == OP_call_constructor
          || (f->original[pc - 1] >= OP_call0 && f->original[pc - 1] <= OP_call3)))
        return;
    outwit_debug.caller_level = outwit_stack_level(ctx, f, pc);
    if (outwit_debug.caller_level <= 0)
        return;
    outwit_debug.caller = f;
    outwit_debug.caller_frame = sf;
    outwit_debug.caller_pc = pc;
    f->marks[pc] |= OUTWIT_RESULT;
    outwit_apply_at(f, pc);
}

/* Whether code stops at a mark, which is told. */
static void outwit_stop(OutwitFunction *f, int pc, JSStackFrame *sf, JSValueConst this_obj)
{
    int index = f - outwit_debug.functions, marks = f->marks[pc], depth;
    bool stops = (marks & OUTWIT_BREAK) != 0;

    if (marks & OUTWIT_COUNT)
        f->count++;
    if ((marks & OUTWIT_RESULT) && sf == outwit_debug.caller_frame) {
        outwit_debug.result = js_dup(sf->var_buf[f->b->var_count + outwit_debug.caller_level - 1]);
        outwit_forget_caller();
    }
    if ((marks & OUTWIT_ENTER) && outwit_debug.these) {
        OutwitThis *known = outwit_this_at(sf);
        known->sf = sf;
        known->function = JS_VALUE_GET_OBJ(sf->cur_func);
        known->this_obj = this_obj;
        /* a step into it may have begun in another plugin */
        if (outwit_debug.step == OUTWIT_RUN && outwit_begins(sf) && outwit_ask(outwit_debug.ask_enter))
            outwit_set_step(OUTWIT_IN);
    }
    if (marks & OUTWIT_COVER) {
        f->marks[pc] &= ~OUTWIT_COVER;
        outwit_tell("covered", index, pc, JS_UNDEFINED);
    }
    if (!stops && (marks & OUTWIT_LINE) && outwit_debug.step != OUTWIT_RUN) {
        depth = outwit_depth();
        switch (outwit_debug.step) {
        case OUTWIT_IN:
            stops = true;
            break;
        case OUTWIT_OVER:
            stops = depth <= outwit_debug.step_depth || sf == outwit_debug.step_frame;
            break;
        case OUTWIT_OUT:
            stops = depth < outwit_debug.step_depth;
            break;
        default:
            stops = sf == outwit_debug.step_frame;
            break;
        }
    }
    if (stops)
        outwit_tell(marks & OUTWIT_BREAK ? "breakpoint" : "step", index, pc, JS_UNDEFINED);
}

/* OP_breakpoint was found, just before pc: gives the place where to go on, or NULL if it is no breakpoint. */
static no_inline uint8_t *outwit_debug_break(JSContext *ctx, JSFunctionBytecode *b, uint8_t *pc,
                                             JSStackFrame *sf, JSValueConst this_obj)
{
    static uint8_t returns;
    OutwitFunction *f = outwit_find(b);
    int at = pc - 1 - b->byte_code_buf, next, op;

    if (!f)
        return NULL;
    outwit_rearm();
    f->marks[at] &= ~OUTWIT_NEXT;
    if (!outwit_debug.busy)
        outwit_stop(f, at, sf, this_obj);
    outwit_apply_at(f, at);
    if (b->byte_code_buf[at] != OP_breakpoint)
        return pc - 1;
    /* only what takes nothing from the stack has a breakpoint, so it is one of these */
    op = f->original[at];
    next = at + short_opcode_info(op).size;
    switch (op) {
    case OP_return_undef:
        /* nothing comes after it; it need not be where it is */
        returns = op;
        return &returns;
    case OP_goto:
    case OP_gosub:
        next = at + 1 + (int)get_u32(f->original + at + 1);
        break;
    case OP_goto8:
        next = at + 1 + (int8_t)f->original[at + 1];
        break;
    case OP_goto16:
        next = at + 1 + (int16_t)get_u16(f->original + at + 1);
        break;
    }
    if (next >= 0 && next < b->byte_code_len && next != at) {
        f->marks[next] |= OUTWIT_NEXT;
        outwit_apply_at(f, next);
    }
    outwit_debug.pending = f;
    outwit_debug.pending_pc = at;
    b->byte_code_buf[at] = op;
    return pc - 1;
}

static const uint8_t *outwit_code(JSFunctionBytecode *b)
{
    OutwitFunction *f = outwit_find(b);
    return f ? f->original : b->byte_code_buf;
}

/* Whether what is thrown in a frame is caught there. A `finally` alone does not catch. */
static bool outwit_catches(JSStackFrame *sf)
{
    JSFunctionBytecode *b = outwit_bytecode(sf);
    const uint8_t *code;
    int at, pos, target;

    if (!b || !sf->cur_pc)
        return false;
    code = outwit_code(b);
    at = sf->cur_pc - b->byte_code_buf - 1;
    for (pos = 0; pos < at && pos < b->byte_code_len; pos += short_opcode_info(code[pos]).size) {
        if (code[pos] == OP_catch) {
            target = pos + 1 + (int)get_u32(code + pos + 1);
            if (at < target && target < b->byte_code_len && code[target] != OP_gosub)
                return true;
        }
        if (short_opcode_info(code[pos]).size == 0)
            return false;
    }
    return false;
}

/* An exception passes through a frame. */
static no_inline void outwit_debug_throw(JSContext *ctx, JSValueConst this_obj)
{
    JSRuntime *rt = ctx->rt;
    JSStackFrame *sf;
    JSValue thrown = rt->current_exception;
    uint64_t raw = (uint64_t)thrown;
    int depth;
    bool caught = false;

    if (!outwit_debug.ctx)
        return;
    outwit_rearm();
    if (!outwit_debug.throws || outwit_debug.busy || JS_IsUncatchableError(thrown))
        return;
    depth = outwit_depth();
    /* on its way up */
    if (raw == outwit_debug.thrown && depth < outwit_debug.thrown_depth) {
        outwit_debug.thrown_depth = depth;
        return;
    }
    outwit_debug.thrown = raw;
    outwit_debug.thrown_depth = depth;
    for (sf = rt->current_stack_frame; sf && !caught; sf = sf->prev_frame)
        caught = outwit_catches(sf);
    thrown = js_dup(thrown);
    outwit_tell(caught ? "caught" : "uncaught", -1, -1, thrown);
    JS_FreeValue(ctx, thrown);
}

/* Asks the debugger, now and then while code runs, whether it wants something; what the agent has run can be ended. */
static int outwit_poll(JSRuntime *rt, void *opaque)
{
    if (outwit_debug.busy)
        return outwit_ask(outwit_debug.ask_busy);
    if (outwit_ask(outwit_debug.ask))
        outwit_tell("poll", -1, -1, JS_UNDEFINED);
    return 0;
}

/* ---- what the agent is made of ---- */

static JSStackFrame *outwit_frame(JSContext *ctx, JSValueConst number)
{
    JSStackFrame *sf = outwit_debug.top;
    int32_t n;
    if (JS_ToInt32(ctx, &n, number))
        return NULL;
    while (sf && n-- > 0)
        sf = sf->prev_frame;
    if (!sf)
        JS_ThrowRangeError(ctx, "there is no such frame");
    return sf;
}

/* Appends to an array that is being made. */
static void outwit_push(JSContext *ctx, JSValueConst array, uint32_t *n, JSValue value)
{
    JS_DefinePropertyValueUint32(ctx, array, (*n)++, value, JS_PROP_C_W_E);
}

/* Reads the next place of a function's line table; -1 if there is none. */
static int outwit_next_place(const uint8_t **at, const uint8_t *end, int *pc, int *line, int *col)
{
    const uint8_t *p = *at;
    unsigned int op = *p++;
    uint32_t val;
    int32_t v;
    int ret;

    if (op == 0) {
        if ((ret = get_leb128(&val, p, end)) < 0)
            return -1;
        *pc += val;
        p += ret;
        if ((ret = get_sleb128(&v, p, end)) < 0)
            return -1;
        p += ret;
        *line += v;
    } else {
        op -= PC2LINE_OP_FIRST;
        *pc += op / PC2LINE_RANGE;
        *line += op % PC2LINE_RANGE + PC2LINE_BASE;
    }
    if ((ret = get_sleb128(&v, p, end)) < 0)
        return -1;
    *at = p + ret;
    *col += v;
    return 0;
}

/* The places of a function: pc, line, column, whether it can have a breakpoint, ... in the order of its code. */
static JSValue outwit_places(JSContext *ctx, JSFunctionBytecode *b)
{
    JSValue array = JS_NewArray(ctx);
    const uint8_t *p = b->pc2line_buf, *end = p + b->pc2line_len;
    int pc = 0, line = b->line_num, col = b->col_num;
    uint32_t n = 0;

    while (p && p < end) {
        if (outwit_next_place(&p, end, &pc, &line, &col) < 0)
            break;
        if (pc < b->byte_code_len) {
            outwit_push(ctx, array, &n, js_int32(pc));
            outwit_push(ctx, array, &n, js_int32(line));
            outwit_push(ctx, array, &n, js_int32(col));
            outwit_push(ctx, array, &n, js_bool(short_opcode_info(b->byte_code_buf[pc]).n_pop == 0));
        }
    }
    return array;
}

/* functions(prefix): [file, name, line, column, places] of each function of files that do not begin so; learns which there are. */
static JSValue outwit_functions(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSRuntime *rt = ctx->rt;
    struct list_head *el;
    JSValue array, entry;
    const char *prefix, *file;
    uint32_t n = 0, m;
    int count = 0, i;

    if (outwit_debug.functions)
        return JS_ThrowTypeError(ctx, "the functions are known already");
    prefix = JS_ToCString(ctx, argv[0]);
    if (!prefix)
        return JS_EXCEPTION;
    list_for_each(el, &rt->gc_obj_list)
        count++;
    outwit_debug.functions = js_mallocz(ctx, sizeof(OutwitFunction) * max_int(count, 1));
    if (!outwit_debug.functions)
        return JS_EXCEPTION;
    count = 0;
    list_for_each(el, &rt->gc_obj_list) {
        JSGCObjectHeader *header = list_entry(el, JSGCObjectHeader, link);
        JSFunctionBytecode *b = (JSFunctionBytecode *)header;
        if (JS_GC_TYPE(header) != JS_GC_OBJ_TYPE_FUNCTION_BYTECODE || b->realm == outwit_debug.ctx)
            continue;
        file = JS_AtomToCString(ctx, b->filename);
        if (file && strncmp(file, prefix, strlen(prefix)) != 0 && file[0] != '<')
            outwit_debug.functions[count++].b = b;
        JS_FreeCString(ctx, file);
    }
    JS_FreeCString(ctx, prefix);
    rqsort(outwit_debug.functions, count, sizeof(OutwitFunction), outwit_compare, NULL);
    array = JS_NewArray(ctx);
    for (i = 0; i < count; i++) {
        OutwitFunction *f = &outwit_debug.functions[i];
        JSFunctionBytecode *b = f->b;
        f->original = js_malloc(ctx, b->byte_code_len);
        f->marks = js_mallocz(ctx, b->byte_code_len);
        if (!f->original || !f->marks)
            break;
        memcpy(f->original, b->byte_code_buf, b->byte_code_len);
        js_dup(JS_MKPTR(JS_TAG_FUNCTION_BYTECODE, b));
        entry = JS_NewArray(ctx);
        m = 0;
        outwit_push(ctx, entry, &m, JS_AtomToString(ctx, b->filename));
        outwit_push(ctx, entry, &m, JS_AtomToString(ctx, b->func_name));
        outwit_push(ctx, entry, &m, js_int32(b->line_num));
        outwit_push(ctx, entry, &m, js_int32(b->col_num));
        outwit_push(ctx, entry, &m, outwit_places(ctx, b));
        outwit_push(ctx, array, &n, entry);
    }
    outwit_debug.count = i;
    return array;
}

/* mark(function, pc, mark, on) */
static JSValue outwit_mark(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int32_t index, pc, mark;
    OutwitFunction *f;

    if (JS_ToInt32(ctx, &index, argv[0]) || JS_ToInt32(ctx, &pc, argv[1]) || JS_ToInt32(ctx, &mark, argv[2]))
        return JS_EXCEPTION;
    if (index < 0 || index >= outwit_debug.count)
        return JS_ThrowRangeError(ctx, "there is no such function");
    f = &outwit_debug.functions[index];
    if (pc < 0 || pc >= f->b->byte_code_len || short_opcode_info(f->original[pc]).n_pop != 0)
        return JS_ThrowRangeError(ctx, "there is no such place");
    if (JS_ToBool(ctx, argv[3]))
        f->marks[pc] |= mark;
    else
        f->marks[pc] &= ~mark;
    outwit_apply_at(f, pc);
    return JS_UNDEFINED;
}

/* step(kind, depth below the stop, same frame): how to go on */
static JSValue outwit_step(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int32_t step;
    JSStackFrame *sf;

    if (JS_ToInt32(ctx, &step, argv[0]))
        return JS_EXCEPTION;
    outwit_debug.step_depth = 0;
    for (sf = outwit_debug.top; sf; sf = sf->prev_frame)
        outwit_debug.step_depth++;
    outwit_debug.step_frame = outwit_debug.top;
    outwit_set_step(step);
    if (step == OUTWIT_RUN)
        outwit_forget_caller();
    else
        outwit_watch_caller(ctx, outwit_debug.top);
    return JS_UNDEFINED;
}

/* returned(): [what was returned to where it stopped], if a step ended there */
static JSValue outwit_returned(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSValue array;
    uint32_t n = 0;
    if (JS_IsUninitialized(outwit_debug.result) || outwit_debug.top != outwit_debug.caller_frame)
        return JS_UNDEFINED;
    array = JS_NewArray(ctx);
    outwit_push(ctx, array, &n, js_dup(outwit_debug.result));
    return array;
}

/* throws(on): whether exceptions are told */
static JSValue outwit_throws(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    outwit_debug.throws = JS_ToBool(ctx, argv[0]);
    return JS_UNDEFINED;
}

static JSValue outwit_describe(JSContext *ctx, JSStackFrame *sf, bool waits)
{
    JSFunctionBytecode *b = outwit_bytecode(sf);
    OutwitFunction *f = b ? outwit_find(b) : NULL;
    JSValue entry = JS_NewArray(ctx);
    const char *name = get_func_name(ctx, sf->cur_func);
    int line = -1, col = -1;
    uint32_t m = 0, pc = 0;

    if (b && sf->cur_pc) {
        pc = sf->cur_pc - b->byte_code_buf;
        pc -= pc > 0;
        line = find_line_num(ctx, b, pc, &col);
    }
    outwit_push(ctx, entry, &m, js_int32(f ? (int)(f - outwit_debug.functions) : -1));
    outwit_push(ctx, entry, &m, JS_NewString(ctx, name ? name : ""));
    JS_FreeCString(ctx, name);
    outwit_push(ctx, entry, &m, js_int32(pc));
    outwit_push(ctx, entry, &m, js_int32(line));
    outwit_push(ctx, entry, &m, js_int32(col));
    outwit_push(ctx, entry, &m, js_bool(waits));
    outwit_push(ctx, entry, &m, js_bool(outwit_is_coroutine(sf)));
    outwit_push(ctx, entry, &m, b ? JS_AtomToString(ctx, b->filename) : JS_UNDEFINED);
    return entry;
}

/* frames(): [function, name, pc, line, column, waits, is a coroutine, file] from the top, then the async functions that wait for the last */
static JSValue outwit_frames(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSValue array = JS_NewArray(ctx);
    JSStackFrame *sf, *last = NULL;
    JSAsyncFunctionData *waiter;
    uint32_t n = 0;
    int left = 100;

    for (sf = outwit_debug.top; sf; sf = sf->prev_frame) {
        outwit_push(ctx, array, &n, outwit_describe(ctx, sf, false));
        if (outwit_is_coroutine(sf))
            last = sf;
    }
    while (last && left-- > 0) {
        waiter = outwit_waiter(outwit_promise_of(last));
        if (!waiter || !waiter->is_active)
            break;
        last = &waiter->func_state.frame;
        outwit_push(ctx, array, &n, outwit_describe(ctx, last, true));
    }
    return array;
}

/* Whether a block that begins at one place of the code has not ended at another: the first statement in it is not after that, in the
   source, and what comes behind it is. */
static bool outwit_in_block(JSContext *ctx, JSFunctionBytecode *b, int begin, uint32_t end, uint32_t here)
{
    const uint8_t *p = b->pc2line_buf, *stop = p + b->pc2line_len;
    int pc = 0, line = b->line_num, col = b->col_num, ret;
    uint32_t first;

    if (!here || !end)
        return true;
    if (here >= end)
        return false;
    while (p && p < stop && pc <= begin) {
        ret = outwit_next_place(&p, stop, &pc, &line, &col);
        if (ret < 0)
            return true;
    }
    first = outwit_place(line, col);
    return pc <= begin || !first || here >= first;
}

/* All variables of a block are mentioned where it begins. So the innermost block at pc is that of the variable whose first mention
   is the last before pc, without blocks that have ended meanwhile. Gives the index of its last variable, which leads to the others, or -1. */
static int outwit_scope_at(JSContext *ctx, JSFunctionBytecode *b, int pc)
{
    const uint8_t *code = outwit_code(b);
    int pos, found = -1, idx, op, line, col = 0;
    bool *seen = js_mallocz(ctx, b->var_count + 1);
    uint32_t here;

    line = find_line_num(ctx, b, pc, &col);
    here = outwit_place(line, col);

    for (pos = 0; seen && pos < pc && pos < b->byte_code_len; pos += short_opcode_info(op).size) {
        op = code[pos];
        switch (short_opcode_info(op).fmt) {
        case OP_FMT_loc:
            idx = get_u16(code + pos + 1);
            break;
        case OP_FMT_loc8:
            idx = code[pos + 1];
            break;
        case OP_FMT_none_loc:
            idx = op == OP_get_loc0_loc1 ? 0 : (op - OP_get_loc0) % 4;
            break;
        default:
            idx = -1;
            break;
        }
        if (short_opcode_info(op).size == 0)
            break;
        if (idx >= 0 && idx < b->var_count && !seen[idx]) {
            JSVarDef *vd = &b->vardefs[b->arg_count + idx];
            seen[idx] = true;
            if (vd->scope_level > 0 && outwit_in_block(ctx, b, pos, vd->func_pool_idx, here))
                found = idx;
        }
    }
    js_free(ctx, seen);
    for (idx = found + 1; found >= 0 && idx < b->var_count; idx++) {
        if (b->vardefs[b->arg_count + idx].scope_level == b->vardefs[b->arg_count + found].scope_level)
            found = idx;
    }
    return found;
}

static int outwit_pc(JSStackFrame *sf, JSFunctionBytecode *b)
{
    int pc = sf->cur_pc ? sf->cur_pc - b->byte_code_buf : 0;
    return pc > 0 ? pc - 1 : 0;
}

static void outwit_define(JSContext *ctx, JSValueConst object, JSAtom name, JSValueConst value)
{
    if (name == JS_ATOM_NULL || name == JS_ATOM__ret_ || JS_VALUE_GET_TAG(value) == JS_TAG_UNINITIALIZED
        || JS_HasProperty(ctx, object, name))
        return;
    JS_DefinePropertyValue(ctx, object, name, js_dup(value), JS_PROP_C_W_E);
}

/* scope(frame, kind): variables by name; kind 0 are the function's own, 1 those around it */
static JSValue outwit_scope(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSStackFrame *sf = outwit_frame(ctx, argv[0]);
    JSFunctionBytecode *b;
    JSValue object;
    JSValueConst known;
    JSObject *p;
    int32_t kind;
    int i;

    if (!sf || JS_ToInt32(ctx, &kind, argv[1]))
        return JS_EXCEPTION;
    object = JS_NewObjectProto(ctx, JS_NULL);
    b = outwit_bytecode(sf);
    if (!b)
        return object;
    if (kind == 1) {
        p = JS_VALUE_GET_OBJ(sf->cur_func);
        for (i = 0; i < b->closure_var_count && p->u.func.var_refs; i++)
            if (b->closure_var[i].var_name != JS_ATOM_this)
                outwit_define(ctx, object, b->closure_var[i].var_name, *p->u.func.var_refs[i]->pvalue);
        return object;
    }
    for (i = outwit_scope_at(ctx, b, outwit_pc(sf, b)); i >= 0;) {
        JSVarDef *vd = &b->vardefs[b->arg_count + i];
        if (vd->scope_level > 0)
            outwit_define(ctx, object, vd->var_name, sf->var_buf[i]);
        i = vd->scope_next;
    }
    for (i = 0; i < b->arg_count; i++)
        outwit_define(ctx, object, b->vardefs[i].var_name, sf->arg_buf[i]);
    for (i = 0; i < b->var_count; i++) {
        JSVarDef *vd = &b->vardefs[b->arg_count + i];
        if (vd->scope_level == 0)
            outwit_define(ctx, object, vd->var_name, sf->var_buf[i]);
    }
    known = outwit_this(sf, b);
    if (!JS_IsUndefined(known))
        outwit_define(ctx, object, JS_ATOM_this, known);
    return object;
}

/* What was interrupted is an error like any other to the agent. */
static JSValue outwit_result(JSContext *ctx, JSValue result)
{
    if (JS_IsException(result))
        JS_ResetUncatchableError(ctx);
    return result;
}

/* eval(frame, text): evaluates in a frame, and what is assigned stays */
static JSValue outwit_eval(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSRuntime *rt = ctx->rt;
    JSStackFrame *sf = outwit_frame(ctx, argv[0]), *running = rt->current_stack_frame;
    JSFunctionBytecode *b, *eval;
    JSObject *p;
    JSValue function, result;
    JSVarRef **refs;
    const char *text;
    size_t len;
    int i;

    if (!sf)
        return JS_EXCEPTION;
    b = outwit_bytecode(sf);
    if (!b)
        return JS_ThrowTypeError(ctx, "this frame is not of JavaScript");
    text = JS_ToCStringLen(ctx, &len, argv[1]);
    if (!text)
        return JS_EXCEPTION;
    rt->current_stack_frame = sf;
    function = JS_EvalInternal(b->realm, JS_UNDEFINED, text, len, "<debugger>", 1,
                               JS_EVAL_TYPE_DIRECT | JS_EVAL_FLAG_COMPILE_ONLY | JS_EVAL_FLAG_OUTWIT_THIS,
                               outwit_scope_at(ctx, b, outwit_pc(sf, b)));
    if (!JS_IsException(function)) {
        p = JS_VALUE_GET_OBJ(sf->cur_func);
        function = js_closure(b->realm, function, p->u.func.var_refs, sf);
    }
    rt->current_stack_frame = running;
    JS_FreeCString(ctx, text);
    if (JS_IsException(function))
        return JS_EXCEPTION;
    result = outwit_result(ctx, JS_Call(b->realm, function, outwit_this(sf, b), 0, NULL));
    /* variables that no closure has were copied for it */
    p = JS_VALUE_GET_OBJ(function);
    eval = p->u.func.function_bytecode;
    refs = p->u.func.var_refs;
    for (i = 0; i < eval->closure_var_count; i++) {
        JSClosureVar *cv = &eval->closure_var[i];
        JSVarDef *vd;
        JSValue *place;
        if (cv->closure_type == JS_CLOSURE_LOCAL) {
            vd = &b->vardefs[b->arg_count + cv->var_idx];
            place = &sf->var_buf[cv->var_idx];
        } else if (cv->closure_type == JS_CLOSURE_ARG) {
            vd = &b->vardefs[cv->var_idx];
            place = &sf->arg_buf[cv->var_idx];
        } else {
            continue;
        }
        if (!vd->is_captured)
            set_value(ctx, place, js_dup(*refs[i]->pvalue));
    }
    JS_FreeValue(ctx, function);
    return result;
}

/* evalGlobal(text): evaluates where no frame is */
static JSValue outwit_eval_global(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t len;
    JSContext *realm = outwit_debug.count ? outwit_debug.functions[0].b->realm : ctx;
    const char *text = JS_ToCStringLen(ctx, &len, argv[0]);
    JSValue result;
    if (!text)
        return JS_EXCEPTION;
    result = outwit_result(ctx, JS_Eval(realm, text, len, "<debugger>", JS_EVAL_TYPE_GLOBAL));
    JS_FreeCString(ctx, text);
    return result;
}

/* global(): the global object of the plugin */
static JSValue outwit_global(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_GetGlobalObject(outwit_debug.count ? outwit_debug.functions[0].b->realm : ctx);
}

/* call(function, this, arguments…): calls a function of the plugin */
static JSValue outwit_call(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    if (argc < 2)
        return JS_UNDEFINED;
    return outwit_result(ctx, JS_Call(ctx, argv[0], argv[1], argc - 2, argv + 2));
}

/* class(value): what kind of object it is, whatever it says itself */
static JSValue outwit_class(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    if (!JS_IsObject(argv[0]))
        return JS_UNDEFINED;
    return JS_AtomToString(ctx, ctx->rt->class_array[JS_VALUE_GET_OBJ(argv[0])->class_id].class_name);
}

/* privates(object): [name, value, ...] of its private fields */
static JSValue outwit_privates(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSValue array = JS_NewArray(ctx);
    uint32_t n = 0, i;
    JSObject *p;
    JSShapeProperty *prs;

    if (!JS_IsObject(argv[0]))
        return array;
    p = JS_VALUE_GET_OBJ(argv[0]);
    for (i = 0; i < p->shape->prop_count; i++) {
        prs = &get_shape_prop(p->shape)[i];
        if (prs->atom != JS_ATOM_NULL && (prs->flags & JS_PROP_TMASK) == JS_PROP_NORMAL
            && JS_AtomGetKind(ctx, prs->atom) == JS_ATOM_KIND_PRIVATE) {
            outwit_push(ctx, array, &n, JS_AtomToString(ctx, prs->atom));
            outwit_push(ctx, array, &n, js_dup(p->prop[i].u.value));
        }
    }
    return array;
}

/* proxy(value): its target and its handler */
static JSValue outwit_proxy(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSProxyData *s = JS_GetOpaque(argv[0], JS_CLASS_PROXY);
    JSValue array;
    uint32_t n = 0;
    if (!s)
        return JS_UNDEFINED;
    array = JS_NewArray(ctx);
    outwit_push(ctx, array, &n, js_dup(s->target));
    outwit_push(ctx, array, &n, js_dup(s->handler));
    return array;
}

/* promise(value): [state, result], or undefined for what is no promise */
static JSValue outwit_promise(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int state = JS_PromiseState(ctx, argv[0]);
    JSValue array;
    uint32_t n = 0;
    if (state == JS_PROMISE_NOT_A_PROMISE)
        return JS_UNDEFINED;
    array = JS_NewArray(ctx);
    outwit_push(ctx, array, &n, js_int32(state));
    outwit_push(ctx, array, &n, JS_PromiseResult(ctx, argv[0]));
    return array;
}

/* exchange(text): tells the debugger, and gives its answer */
static JSValue outwit_exchange(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    OutwitAnswer answer;
    size_t len;
    const char *text = JS_ToCStringLen(ctx, &len, argv[0]);
    JSValue result;
    if (!text)
        return JS_EXCEPTION;
    outwit_debug_exchange(text, len, &answer);
    JS_FreeCString(ctx, text);
    result = JS_NewStringLen(ctx, answer.text, answer.len);
    outwit_debug_release(answer.text, answer.len);
    return result;
}

static void outwit_copy(JSContext *ctx, char *to, size_t size, JSValueConst text)
{
    const char *from = JS_ToCString(ctx, text);
    if (from)
        snprintf(to, size, "%s", from);
    JS_FreeCString(ctx, from);
}

/* polls(while code runs, while the agent has some run, when it begins): what the debugger is asked; and keeps what `this` is from now on */
static JSValue outwit_polls(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    outwit_copy(ctx, outwit_debug.ask, sizeof(outwit_debug.ask), argv[0]);
    outwit_copy(ctx, outwit_debug.ask_busy, sizeof(outwit_debug.ask_busy), argv[1]);
    outwit_copy(ctx, outwit_debug.ask_enter, sizeof(outwit_debug.ask_enter), argv[2]);
    if (!outwit_debug.these)
        outwit_debug.these = js_mallocz(ctx, OUTWIT_THESE * sizeof(OutwitThis));
    JS_SetInterruptHandler(ctx->rt, outwit_poll, NULL);
    return JS_UNDEFINED;
}

/* awaits(function, from, to): whether the code between waits */
static JSValue outwit_awaits(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int32_t index, from, to;
    OutwitFunction *f;
    int pos;

    if (JS_ToInt32(ctx, &index, argv[0]) || JS_ToInt32(ctx, &from, argv[1]) || JS_ToInt32(ctx, &to, argv[2]))
        return JS_EXCEPTION;
    if (index < 0 || index >= outwit_debug.count)
        return JS_FALSE;
    f = &outwit_debug.functions[index];
    for (pos = max_int(from, 0); pos < to && pos < f->b->byte_code_len;) {
        int op = f->original[pos], size = short_opcode_info(op).size;
        if (op == OP_await || op == OP_for_await_of_start || op == OP_yield || op == OP_yield_star || op == OP_async_yield_star)
            return JS_TRUE;
        if (size == 0)
            break;
        pos += size;
    }
    return JS_FALSE;
}

/* counts(): how often each function was called */
static JSValue outwit_counts(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSValue array = JS_NewArray(ctx);
    uint32_t n = 0;
    int i;
    for (i = 0; i < outwit_debug.count; i++)
        outwit_push(ctx, array, &n, JS_NewUint32(ctx, outwit_debug.functions[i].count));
    return array;
}

/* What there was before the agent. */
static JSMemoryUsage outwit_memory_before;

/* memory(now): what the heap holds, or held before there was an agent: names, counts and bytes in turn */
static JSValue outwit_memory(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSMemoryUsage s = outwit_memory_before;
    JSValue array = JS_NewArray(ctx);
    uint32_t n = 0;

#define OUTWIT_ROW(name, number, bytes)                            \
    outwit_push(ctx, array, &n, JS_NewString(ctx, name));          \
    outwit_push(ctx, array, &n, JS_NewInt64(ctx, number));         \
    outwit_push(ctx, array, &n, JS_NewInt64(ctx, bytes));
    if (JS_ToBool(ctx, argv[0]))
        JS_ComputeMemoryUsage(ctx->rt, &s);
    OUTWIT_ROW("all", s.malloc_count, s.malloc_size)
    OUTWIT_ROW("atoms", s.atom_count, s.atom_size)
    OUTWIT_ROW("strings", s.str_count, s.str_size)
    OUTWIT_ROW("objects", s.obj_count, s.obj_size)
    OUTWIT_ROW("properties", s.prop_count, s.prop_size)
    OUTWIT_ROW("shapes", s.shape_count, s.shape_size)
    OUTWIT_ROW("functions", s.js_func_count, s.js_func_size)
    OUTWIT_ROW("bytecode", s.js_func_count, s.js_func_code_size)
    OUTWIT_ROW("line tables", s.js_func_pc2line_count, s.js_func_pc2line_size)
    OUTWIT_ROW("native functions", s.c_func_count, 0)
    OUTWIT_ROW("arrays", s.array_count, 0)
    OUTWIT_ROW("fast arrays", s.fast_array_count, s.fast_array_elements * (int64_t)sizeof(JSValue))
    OUTWIT_ROW("linear memory", __builtin_wasm_memory_size(0), (int64_t)__builtin_wasm_memory_size(0) << 16)
    OUTWIT_ROW("buffers and typed arrays", s.binary_object_count, s.binary_object_size)
    return array;
}

/* What the engine does for the agent: 0 goes on with what waits, and says whether something still does; 1 shows a value as the console
   does; 2 gives an error that nobody has caught, or undefined. */
static JSValue (*outwit_debug_engine)(int what, JSValueConst value);

/* engine(what, value) */
static JSValue outwit_engine(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int32_t what;
    if (JS_ToInt32(ctx, &what, argv[0]))
        return JS_EXCEPTION;
    return outwit_debug_engine(what, argv[1]);
}

/* The context of the plugin's modules. */
static JSContext *outwit_realm(JSContext *ctx)
{
    struct list_head *el;
    list_for_each(el, &ctx->rt->context_list) {
        JSContext *realm = list_entry(el, JSContext, link);
        if (realm != outwit_debug.ctx && !list_empty(&realm->loaded_modules))
            return realm;
    }
    return NULL;
}

static JSObject *outwit_module_function(JSModuleDef *m)
{
    JSObject *p;
    if (m->status != JS_MODULE_STATUS_EVALUATED || JS_VALUE_GET_TAG(m->func_obj) != JS_TAG_OBJECT)
        return NULL;
    p = JS_VALUE_GET_OBJ(m->func_obj);
    return js_class_has_bytecode(p->class_id) ? p : NULL;
}

/* The function that a module's code is, by the name of the module: what it declares and imports are variables around that. */
static JSObject *outwit_module(JSContext *ctx, JSValueConst name)
{
    JSContext *realm = outwit_realm(ctx);
    JSObject *found = NULL;
    struct list_head *el;
    JSAtom atom = JS_ValueToAtom(ctx, name);

    if (atom != JS_ATOM_NULL && realm) {
        list_for_each(el, &realm->loaded_modules) {
            JSModuleDef *m = list_entry(el, JSModuleDef, link);
            if (m->module_name == atom && outwit_module_function(m))
                found = outwit_module_function(m);
        }
    }
    JS_FreeAtom(ctx, atom);
    if (!found)
        JS_ThrowTypeError(ctx, "there is no such module");
    return found;
}

/* modules(): the names of those that have a scope */
static JSValue outwit_modules(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSContext *realm = outwit_realm(ctx);
    JSValue array = JS_NewArray(ctx);
    struct list_head *el;
    uint32_t n = 0;

    if (!realm)
        return array;
    list_for_each(el, &realm->loaded_modules) {
        JSModuleDef *m = list_entry(el, JSModuleDef, link);
        if (outwit_module_function(m))
            outwit_push(ctx, array, &n, JS_AtomToString(ctx, m->module_name));
    }
    return array;
}

/* names(module): of what it declares and imports */
static JSValue outwit_names(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSObject *p = outwit_module(ctx, argv[0]);
    JSFunctionBytecode *b;
    JSValue array;
    uint32_t n = 0;
    int i;

    if (!p)
        return JS_EXCEPTION;
    b = p->u.func.function_bytecode;
    array = JS_NewArray(ctx);
    for (i = 0; i < b->closure_var_count; i++)
        outwit_push(ctx, array, &n, JS_AtomToString(ctx, b->closure_var[i].var_name));
    return array;
}

/* evalIn(module, text): evaluates in the scope of a module */
static JSValue outwit_eval_in(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSRuntime *rt = ctx->rt;
    JSObject *p = outwit_module(ctx, argv[0]);
    JSStackFrame frame = { 0 };
    JSFunctionBytecode *b;
    JSValue function, result;
    const char *text;
    size_t len;
    int args, vars;

    if (!p)
        return JS_EXCEPTION;
    text = JS_ToCStringLen(ctx, &len, argv[1]);
    if (!text)
        return JS_EXCEPTION;
    b = p->u.func.function_bytecode;
    frame.prev_frame = rt->current_stack_frame;
    frame.cur_func = JS_MKPTR(JS_TAG_OBJECT, p);
    frame.is_strict_mode = true;
    /* its frame is gone, and so are variables that are in no closure */
    args = b->arg_count;
    vars = b->var_count;
    b->arg_count = 0;
    b->var_count = 0;
    rt->current_stack_frame = &frame;
    function = JS_EvalInternal(b->realm, JS_UNDEFINED, text, len, "<line>", 1,
                               JS_EVAL_TYPE_DIRECT | JS_EVAL_FLAG_COMPILE_ONLY | JS_EVAL_FLAG_OUTWIT_THIS, -1);
    b->arg_count = args;
    b->var_count = vars;
    if (!JS_IsException(function))
        function = js_closure(b->realm, function, p->u.func.var_refs, &frame);
    rt->current_stack_frame = frame.prev_frame;
    JS_FreeCString(ctx, text);
    if (JS_IsException(function))
        return JS_EXCEPTION;
    result = JS_Call(b->realm, function, JS_UNDEFINED, 0, NULL);
    JS_FreeValue(ctx, function);
    return result;
}

static const JSCFunctionListEntry outwit_natives[] = {
    JS_CFUNC_DEF("engine", 2, outwit_engine),
    JS_CFUNC_DEF("modules", 0, outwit_modules),
    JS_CFUNC_DEF("names", 1, outwit_names),
    JS_CFUNC_DEF("evalIn", 2, outwit_eval_in),
    JS_CFUNC_DEF("functions", 1, outwit_functions),
    JS_CFUNC_DEF("mark", 4, outwit_mark),
    JS_CFUNC_DEF("step", 1, outwit_step),
    JS_CFUNC_DEF("returned", 0, outwit_returned),
    JS_CFUNC_DEF("throws", 1, outwit_throws),
    JS_CFUNC_DEF("frames", 0, outwit_frames),
    JS_CFUNC_DEF("scope", 2, outwit_scope),
    JS_CFUNC_DEF("eval", 2, outwit_eval),
    JS_CFUNC_DEF("evalGlobal", 1, outwit_eval_global),
    JS_CFUNC_DEF("global", 0, outwit_global),
    JS_CFUNC_DEF("promise", 1, outwit_promise),
    JS_CFUNC_DEF("call", 2, outwit_call),
    JS_CFUNC_DEF("class", 1, outwit_class),
    JS_CFUNC_DEF("privates", 1, outwit_privates),
    JS_CFUNC_DEF("proxy", 1, outwit_proxy),
    JS_CFUNC_DEF("exchange", 1, outwit_exchange),
    JS_CFUNC_DEF("polls", 3, outwit_polls),
    JS_CFUNC_DEF("awaits", 3, outwit_awaits),
    JS_CFUNC_DEF("counts", 0, outwit_counts),
    JS_CFUNC_DEF("memory", 1, outwit_memory),
};

/* Attaches the debugger: asks it for the agent, and runs that. What goes wrong is told to the debugger itself. */
void outwit_debug_attach(JSRuntime *rt, void (*exchange)(const char *, size_t, OutwitAnswer *), void (*release)(char *, size_t),
                         JSValue (*engine)(int, JSValueConst))
{
    JSContext *ctx;
    JSValue natives, make, agent, error;
    OutwitAnswer answer;
    const char *text;
    size_t len;

    if (outwit_debug.ctx)
        return;
    JS_ComputeMemoryUsage(rt, &outwit_memory_before);
    ctx = JS_NewContextRaw(rt);
    if (!ctx || JS_AddIntrinsicBaseObjects(ctx) || JS_AddIntrinsicEval(ctx) || JS_AddIntrinsicJSON(ctx)
        || JS_AddIntrinsicMapSet(ctx) || JS_AddIntrinsicTypedArrays(ctx) || JS_AddIntrinsicDate(ctx)
        || JS_AddIntrinsicRegExp(ctx))
        return;
    outwit_debug.ctx = ctx;
    outwit_debug.busy = true;
    outwit_debug.agent = JS_UNDEFINED;
    outwit_debug.result = JS_UNINITIALIZED;
    outwit_debug_exchange = exchange;
    outwit_debug_release = release;
    outwit_debug_engine = engine;
    outwit_debug_exchange("attach", 6, &answer);
    if (answer.len == 0) {
        /* it is not interested */
        outwit_debug_release(answer.text, answer.len);
        return;
    }
    natives = JS_NewObject(ctx);
    JS_SetPropertyFunctionList(ctx, natives, outwit_natives, countof(outwit_natives));
    /* a NUL is the last of the text */
    make = JS_Eval(ctx, answer.text, answer.len - 1, "<agent>", JS_EVAL_TYPE_GLOBAL);
    outwit_debug_release(answer.text, answer.len);
    agent = JS_IsException(make) ? JS_EXCEPTION : JS_Call(ctx, make, JS_UNDEFINED, 1, vc(&natives));
    JS_FreeValue(ctx, natives);
    JS_FreeValue(ctx, make);
    if (JS_IsException(agent)) {
        error = JS_GetException(ctx);
        text = JS_ToCStringLen(ctx, &len, error);
        outwit_debug_exchange(text ? text : "", text ? len : 0, &answer);
        outwit_debug_release(answer.text, answer.len);
        JS_FreeCString(ctx, text);
        JS_FreeValue(ctx, error);
        return;
    }
    outwit_debug.agent = agent;
    outwit_debug.busy = false;
}

/* Tells the agent something while nothing runs. */
void outwit_debug_idle(void)
{
    if (outwit_debug.ctx && !outwit_debug.busy)
        outwit_tell("idle", -1, -1, JS_UNDEFINED);
}
