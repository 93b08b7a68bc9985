//! Runs scripts in plugins that may send requests.

use std::sync::Arc;

use outwit::fetch::{Grant, HttpClient, Network};
use outwit::{Grants, Host, Instance, Limits, Plugin};
use outwit_tests::{engine, js_text};

/// A plugin, and what it runs with.
pub struct Setup {
    pub network: Network,
    pub grant: Option<Grant>,
    pub limits: Limits,
    pub host: Host,
}

/// Requests may go to everything on this machine.
pub fn anywhere_here() -> Grant {
    Grant::to(["http://*:*", "https://*:*"])
        .unwrap()
        .with_private(["127.0.0.1".parse().unwrap()])
}

impl Default for Setup {
    fn default() -> Setup {
        let mut limits = Limits::default();
        limits.cpu = std::time::Duration::from_secs(5);
        limits.wall = std::time::Duration::from_secs(20);
        Setup {
            network: Network::default(),
            grant: Some(anywhere_here()),
            limits,
            host: Host::system(),
        }
    }
}

/// What scripts have besides the interface: reads a body to its end, and tells an error.
const LIBRARY: &str = r#"
import { send } from "outwit:fetch/client";

async function text({ content, end }) {
  let text = "";
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; at += 8192) text += String.fromCharCode(...chunk.subarray(at, at + 8192));
  }
  await end;
  return text;
}

const get = (url, headers = []) => send({ method: "GET", url, headers });

const failure = async (promise) => {
  try {
    await promise;
    return "no error";
  } catch (error) {
    const { payload } = error;
    if (payload === undefined) return `${error}`;
    return payload.val === undefined ? payload.tag : `${payload.tag}(${payload.val})`;
  }
};
"#;

impl Setup {
    /// The plugin whose function has this body; `arg` is what it is given.
    pub async fn start(self, body: &str) -> outwit::Result<Instance> {
        let source = format!("{LIBRARY}\nexport async function run(arg) {{\n{body}\n}}");
        let wit = "package test:fetch;\nworld fetching {\n\
            include outwit:fetch/imports@0.1.0;\ninclude outwit:timers/imports@0.1.0;\n\
            export run: async func(arg: string) -> string;\n}";
        let component =
            js_text(&source, wit).unwrap_or_else(|error| panic!("cannot build:\n{body}\n{error}"));
        let plugin = Plugin::from_bytes(&engine(), "fetching", component)?;
        let mut grants = Grants::none().with_timers();
        grants.fetch = self.grant;
        let client = Arc::new(HttpClient::over(self.network));
        Instance::builder(&plugin)
            .grants(grants)
            .limits(self.limits)
            .host(self.host.with_fetch(client))
            .start()
            .await
    }

    /// Runs the body of an asynchronous function with an argument.
    pub async fn run(self, body: &str, arg: impl Into<String>) -> String {
        let mut instance = self.start(body).await.expect("it starts");
        call(&mut instance, arg).await
    }
}

/// Runs it once more.
pub async fn call(instance: &mut Instance, arg: impl Into<String>) -> String {
    let called = instance.call_typed(None, "run", (arg.into(),)).await;
    let (text,): (String,) = called.unwrap_or_else(|error| panic!("{error}"));
    text
}
