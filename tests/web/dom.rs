//! Events, abort signals and `DOMException`.

use crate::harness::run;

#[tokio::test]
async fn listeners_are_called_in_order_and_the_default_can_be_prevented() {
    let body = r#"
        const target = new EventTarget();
        const seen = [];
        target.addEventListener("x", (event) => seen.push(["second", event.eventPhase, event.target === target]));
        target.addEventListener("x", { handleEvent(event) { seen.push(["first", this !== target]); event.preventDefault(); } }, true);
        target.addEventListener("x", () => seen.push("once"), { once: true });
        const results = [new Event("x", { cancelable: true }), new CustomEvent("x", { detail: 1 })].map((event) => target.dispatchEvent(event));
        return JSON.stringify([results, seen]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[[false,true],[["first",true],["second",2,true],"once",["first",true],["second",2,true]]]"#
    );
}

#[tokio::test]
async fn only_objects_of_the_interface_have_its_members() {
    let body = r#"
        const attempts = [
            () => Object.create(EventTarget.prototype).addEventListener("x", null),
            () => Event.prototype.type,
            () => new AbortSignal(),
            () => EventTarget(),
            () => new Event(),
            () => new Event(Symbol()),
            () => new EventTarget().addEventListener("x", 1),
            () => new EventTarget().addEventListener("x", null, { signal: null }),
            () => Object.create(DOMException.prototype).code,
        ];
        return attempts.map((attempt) => { try { return `fine: ${attempt()}`; } catch (error) { return String(error); } }).join("\n");
    "#;
    assert_eq!(
        run(&[], body).await,
        "TypeError: Illegal invocation\n\
         TypeError: Illegal invocation\n\
         TypeError: Illegal constructor\n\
         TypeError: class constructors must be invoked with 'new'\n\
         TypeError: Event: 1 argument required, 0 given\n\
         TypeError: Event: type: a symbol cannot be converted to a string\n\
         TypeError: EventTarget.addEventListener: callback: neither a function nor an object\n\
         TypeError: EventTarget.addEventListener: options.signal: not of type AbortSignal\n\
         TypeError: Illegal invocation"
    );
}

#[tokio::test]
async fn an_interface_has_the_shape_that_web_idl_says() {
    let body = r#"
        const { value, ...flags } = Object.getOwnPropertyDescriptor(globalThis, "Event");
        const type = Object.getOwnPropertyDescriptor(Event.prototype, "type");
        return JSON.stringify([
            flags, Object.prototype.toString.call(new Event("x")), Event.length, PromiseRejectionEvent.length, Event.name,
            type.enumerable, type.get.name, Event.AT_TARGET, new Event("x").BUBBLING_PHASE,
            Object.keys(AbortSignal), Object.keys(AbortController.prototype),
        ]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[{"writable":true,"enumerable":false,"configurable":true},"[object Event]",1,2,"Event",true,"get type",2,3,["abort","any"],["signal","abort"]]"#
    );
}

#[tokio::test]
async fn a_signal_depends_on_others() {
    let body = r#"
        const [one, two] = [new AbortController(), new AbortController()];
        const any = AbortSignal.any([AbortSignal.any([one.signal]), two.signal]);
        const seen = [];
        any.onabort = (event) => seen.push(event.type, event.isTrusted);
        two.abort("reason");
        one.abort();
        try { one.signal.throwIfAborted(); } catch (error) { seen.push(error.name, error.code, error instanceof DOMException); }
        return JSON.stringify([seen, any.reason, AbortSignal.any([]).aborted, AbortSignal.abort(1).reason]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[["abort",true,"AbortError",20,true],"reason",false,1]"#
    );
}

#[tokio::test]
async fn a_signal_can_time_out_where_there_are_timers() {
    let body = r#"
        const signal = AbortSignal.timeout(5);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return signal.reason.name;
    "#;
    assert_eq!(run(&["timers"], body).await, "TimeoutError");
}

#[tokio::test]
async fn exceptions_are_errors_with_a_stack() {
    let body = r#"
        const error = new DOMException("m", "AbortError");
        const quota = new QuotaExceededError("q", { quota: 1 });
        return JSON.stringify([
            error instanceof Error, typeof error.stack, `${error}`, DOMException.ABORT_ERR, Object.keys(error),
            quota instanceof DOMException, quota.name, quota.code, quota.quota, quota.requested, Error.isError?.(quota) ?? true,
            Object.prototype.toString.call(error),
        ]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[true,"string","AbortError: m",20,[],true,"QuotaExceededError",22,1,null,true,"[object DOMException]"]"#
    );
}

#[tokio::test]
async fn what_a_listener_throws_fails_the_call() {
    let body = r#"
        const target = new EventTarget();
        target.addEventListener("x", () => { throw new Error("of the listener"); });
        target.dispatchEvent(new Event("x"));
        await undefined;
        return "returned";
    "#;
    let error = crate::harness::try_run(&[], body).await.unwrap_err();
    assert!(error.to_string().contains("of the listener"), "{error}");
}
