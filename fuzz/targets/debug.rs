//! Whatever a client of the debugger sends: it is a message, or refused; and whatever stands at a breakpoint.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../cli/src/debug/conditions.rs"]
mod conditions;
#[allow(dead_code)]
#[path = "../../cli/src/debug/wire.rs"]
mod wire;

fuzz_target!(|bytes: &[u8]| {
    let mut input = bytes;
    let mut messages = 0;
    let mut last = input.len();
    while let Ok(Some(message)) = wire::read(&mut input) {
        messages += 1;
        // each takes its bytes, so there is an end
        assert!(input.len() < last);
        last = input.len();
        let text = message.to_string();
        let framed = format!("Content-Length: {}\r\n\r\n{text}", text.len());
        let again = wire::read(&mut framed.as_bytes());
        assert!(matches!(again, Ok(Some(_))), "what was read is written so that it is read");
    }
    assert!(messages <= bytes.len() / 20);

    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let whole: String = conditions::parts(text)
        .into_iter()
        .map(|part| match part {
            Ok(text) => text.to_owned(),
            Err(expression) => format!("{{{expression}}}"),
        })
        .collect();
    assert_eq!(whole, text);
    if let Some(hit) = conditions::Hit::parse(text) {
        let _ = (hit.stops(0), hit.stops(1), hit.stops(u64::MAX));
    }
});
