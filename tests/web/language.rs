//! What our patches of QuickJS change of the language's own: nothing that a program could see, but for what was wrong before.

use crate::harness::run;

#[tokio::test]
async fn a_template_literal_asks_nobody() {
    let body = r#"
        String.prototype.concat = () => "replaced";
        const order = [];
        const part = (name) => ({ toString() { order.push(name); return name; }, valueOf() { return "value of"; } });
        const texts = [`${part("a")}-${part("b")}`, `x${1}${null}${undefined}y`, `${""}`, `${"é€𝄞"}!`, `${[1, [2]]}`];
        let symbol;
        try { `${Symbol("s")}` } catch (error) { symbol = error.name; }
        let thrown;
        try { `${{ toString() { throw new RangeError("no text"); } }}` } catch (error) { thrown = error.message; }
        const long = "ab".repeat(10_000);
        return JSON.stringify([texts, order, symbol, thrown, `${long}${long}`.length]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[["a-b","x1nullundefinedy","","é€𝄞!","1,2"],["a","b"],"TypeError","no text",40000]"#
    );
}

#[tokio::test]
async fn the_length_of_a_typed_array_is_what_its_prototypes_say() {
    let body = r#"
        const plain = new Uint16Array(3);
        const own = Object.defineProperty(new Uint8Array(3), "length", { value: 7 });
        class Long extends Float64Array { get length() { return 100 + super.length; } }
        const bare = Object.setPrototypeOf(new Uint8Array(3), null);
        const other = Object.setPrototypeOf(new Uint8Array(3), { length: 9 });
        const heir = Object.create(plain);
        let of_heir;
        try { of_heir = heir.length; } catch (error) { of_heir = error.name; }
        const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
        const tracking = new Uint8Array(buffer);
        const lengths = [plain.length, own.length, new Long(2).length, String(bare.length), other.length, of_heir, tracking.length];
        buffer.resize(16);
        lengths.push(tracking.length);
        buffer.transfer();
        lengths.push(tracking.length);
        const getter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "length");
        Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), "length", { get() { return -1; }, configurable: true });
        lengths.push(plain.length, getter.get.call(plain));
        return JSON.stringify(lengths);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[3,7,102,"undefined",9,"TypeError",8,16,0,-1,3]"#
    );
}

#[tokio::test]
async fn a_built_in_function_called_directly_is_still_in_the_stack() {
    let body = r#"
        const names = (error) => error.stack.split("\n").map((line) => line.trim().split(" ")[1]).slice(0, 2);
        let called, got;
        try { [1].reduceRight(3); } catch (error) { called = [error.name, names(error)[0]]; }
        try { Map.prototype.size; } catch (error) { got = [error.name, names(error)[0]]; }
        return JSON.stringify([called, got]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[["TypeError","reduceRight"],["TypeError","get"]]"#
    );
}
