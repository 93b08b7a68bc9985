//! Calls that somebody types, or wants to be made after each change.

use crate::style::complain;
use anyhow::Result;
use outwit::App;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Makes calls one after the other, while other things go on.
pub struct Calls {
    app: Arc<Mutex<Option<App>>>,
    queue: UnboundedSender<String>,
}

impl Calls {
    /// Starts to read standard input, if it is ours.
    pub fn start(read: bool) -> Calls {
        let (queue, mut calls) = unbounded_channel::<String>();
        let app = Arc::new(Mutex::new(None::<App>));
        let current = app.clone();
        tokio::spawn(async move {
            while let Some(call) = calls.recv().await {
                let app = current
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone();
                let done = match app {
                    Some(app) => make(&app, &call).await,
                    None => Err(anyhow::anyhow!("the app has not started yet")),
                };
                if let Err(error) = done {
                    complain(&error);
                }
            }
        });
        if read {
            let typed = queue.clone();
            // Reading blocks, and the end of the command must not wait for the end of a line.
            std::thread::spawn(move || {
                for line in std::io::stdin().lines().map_while(Result::ok) {
                    if !line.trim().is_empty() && typed.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        Calls { app, queue }
    }

    /// Whose functions are called from now on.
    pub fn of(&self, app: &App) {
        *self.app.lock().unwrap_or_else(PoisonError::into_inner) = Some(app.clone());
    }

    /// Makes a call when those before have ended.
    pub fn make(&self, call: String) {
        // The other end ends with the command.
        let _ = self.queue.send(call);
    }
}

async fn make(app: &App, call: &str) -> Result<()> {
    let single = app.plugins().count() == 1;
    let results = crate::call::call(app, single, call).await?;
    crate::out(&crate::call::wave(&results)?).map(drop)
}
