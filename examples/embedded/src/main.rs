//! A shop whose rules for prices are a plugin.

use outwit::{
    App, Compiler, Engine, Error, Host, LimitKind, Manifest, console::Level, console::Sink,
};
use std::sync::Arc;

/// What an order has in it: names, prices in cents, and how many.
type Items = Vec<(String, u32, u32)>;

fn main() -> Result<(), Error> {
    // Plugins are compiled in a child process with limits: this program again. In it, this does not return.
    let compiler = Compiler::child();
    let engine = Engine::builder().compiler(compiler).build()?;
    run(&engine)
}

#[tokio::main]
async fn run(engine: &Engine) -> Result<(), Error> {
    let manifest = Manifest::load("outwit.toml")?;
    let app = App::builder(engine)
        .manifest(&manifest)?
        .host(Host::system().with_console(Arc::new(Log)))
        .build()?;
    let items = vec![("tea".to_owned(), 250, 10), ("cup".to_owned(), 800, 1)];
    for customer in ["bob", "ann", "loop", "bob"] {
        println!("{customer}: {}", price(&app, &items, customer).await?);
    }
    println!("nobody: {}", price(&app, &Items::new(), "bob").await?);
    Ok(())
}

/// What the plugin says an order costs. That its rules are wrong is no error of the shop.
async fn price(app: &App, items: &Items, customer: &str) -> Result<String, Error> {
    let params = (items.clone(), customer.to_owned());
    let called: Result<(Result<u32, String>,), Error> = app
        .call_typed("rules", "demo:prices/rules", "total", params)
        .await;
    Ok(match called {
        Ok((Ok(cents),)) => format!("{}.{:02}", cents / 100, cents % 100),
        Ok((Err(reason),)) => format!("not taken, {reason}"),
        // The next call starts the plugin anew.
        Err(Error::Limit {
            limit: LimitKind::Cpu,
            ..
        }) => "the rules take too long".to_owned(),
        Err(Error::Exception { message, .. }) => format!("the rules are wrong, {message}"),
        Err(other) => return Err(other),
    })
}

/// Where the plugin's messages go.
struct Log;

impl Sink for Log {
    fn write(&self, plugin: &str, _: Level, message: &str) {
        println!("    [{plugin}] {message}");
    }
}
