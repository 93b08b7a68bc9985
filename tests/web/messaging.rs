//! `BroadcastChannel` and `PluginPort`, as the classes they are; who may talk to whom is tested with the host.

use crate::harness::run;

#[tokio::test]
async fn a_channel_carries_values_in_order() {
    let body = r#"
        const sender = new BroadcastChannel("news");
        const receiver = new BroadcastChannel("news");
        const seen = [];
        const done = new Promise((resolve) => {
            receiver.onmessage = (event) => {
                seen.push([event.type, event.data, event.origin, event.isTrusted, event.target === receiver]);
                if (seen.length === 2) resolve();
            };
        });
        const nobody = new BroadcastChannel("weather");
        nobody.onmessage = () => seen.push("another channel");
        sender.onmessage = () => seen.push("its own message");
        sender.postMessage({ list: [1, 2n], when: new Map([["now", new Date(5)]]) });
        sender.postMessage("second");
        await done;
        const [, { list, when }] = seen[0];
        const shown = [String(list), when.get("now").getTime(), seen[0][2], seen[0][3], seen[0][4], seen[1][1]];
        for (const channel of [sender, receiver, nobody]) channel.close();
        sender.close();
        return JSON.stringify([...shown, seen.length, sender.name, String(sender)]);
    "#;
    assert_eq!(
        run(&["messaging"], body).await,
        r#"["1,2",5,"web",true,true,"second",2,"news","[object BroadcastChannel]"]"#
    );
}

#[tokio::test]
async fn what_a_channel_cannot_carry_is_an_error_of_its_own() {
    let body = r#"
        const channel = new BroadcastChannel("news");
        const fails = (action) => { try { action(); return "no error"; } catch (error) { return error.name; } };
        const found = [
            fails(() => channel.postMessage(() => {})),
            fails(() => channel.postMessage()),
            fails(() => new BroadcastChannel()),
            fails(() => BroadcastChannel("news")),
            fails(() => BroadcastChannel.prototype.postMessage.call({}, 1)),
            fails(() => BroadcastChannel.prototype.name),
        ];
        channel.close();
        found.push(fails(() => channel.postMessage(1)));
        return found.join(" ");
    "#;
    assert_eq!(
        run(&["messaging"], body).await,
        "DataCloneError TypeError TypeError TypeError TypeError TypeError InvalidStateError"
    );
}

#[tokio::test]
async fn the_two_ends_of_a_port_talk_until_one_closes() {
    let body = r#"
        const [server, client] = await Promise.all([PluginPort.accept("echo"), PluginPort.connect("echo")]);
        server.onmessage = ({ data }) => server.postMessage(data.toUpperCase());
        const seen = [];
        const answered = new Promise((resolve) => {
            client.addEventListener("message", ({ data }) => { seen.push(data); if (seen.length === 2) resolve(); });
        });
        client.postMessage("one");
        client.postMessage("two");
        // with a listener that is no `onmessage`, it has to be started
        client.start();
        await answered;
        const closed = new Promise((resolve) => { server.onclose = (event) => resolve(event.type); });
        client.close();
        const fails = (action) => { try { action(); return "no error"; } catch (error) { return error.name; } };
        return JSON.stringify([
            seen, await closed, fails(() => client.postMessage(1)), fails(() => server.postMessage(1)), fails(() => new PluginPort()),
            fails(() => structuredClone(client)),
        ]);
    "#;
    assert_eq!(
        run(&["messaging"], body).await,
        r#"[["ONE","TWO"],"close","InvalidStateError","InvalidStateError","TypeError","DataCloneError"]"#
    );
}
