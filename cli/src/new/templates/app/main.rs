//! An application with a plugin.

use outwit::{App, Compiler, Engine, Error};

fn main() -> Result<(), Error> {
    // Plugins are compiled in a child process with limits: this program again. In it, this does not return.
    let compiler = Compiler::child();
    let engine = Engine::builder().compiler(compiler).build()?;
    run(&engine)
}

#[tokio::main]
async fn run(engine: &Engine) -> Result<(), Error> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "world".into());
    let app = App::load(engine, "outwit.toml")?;
    println!("{}", greeting(&app, &name).await?);
    Ok(())
}

/// Asks the plugin.
async fn greeting(app: &App, name: &str) -> Result<String, Error> {
    let (greeting,): (Result<String, String>,) = app
        .call_typed(
            "greeter",
            "example:greeter/greeter",
            "greet",
            (name.to_owned(),),
        )
        .await?;
    Ok(greeting.unwrap_or_else(|error| error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_plugin_greets() -> Result<(), Error> {
        let app = App::load(&Engine::new()?, "outwit.toml")?;
        assert_eq!(greeting(&app, "you").await?, "Hello, you!");
        assert_eq!(greeting(&app, "").await?, "who is there?");
        Ok(())
    }
}
