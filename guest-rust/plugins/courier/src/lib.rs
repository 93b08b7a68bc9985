//! Sends and receives: requests, streams and WebSockets.

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "wit",
        generate_all,
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}

use bindings::exports::demo::courier::errands::Guest;
use outwit_guest::fetch::{self, Body, Request};
use outwit_guest::websocket::{self, Message, WebSocket};

struct Courier;

fn told(error: fetch::Error) -> String {
    format!("{error:?}")
}

fn said(error: websocket::Error) -> String {
    format!("{error:?}")
}

impl Guest for Courier {
    async fn request(
        method: String,
        url: String,
        body: Option<String>,
    ) -> Result<(u16, String), String> {
        let mut request = Request::new(method, url).header("x-courier", "rust");
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.map_err(told)?;
        let status = response.status();
        let text = response.text().await.map_err(told)?;
        Ok((status, text))
    }

    async fn upload(url: String, chunks: u32, size: u32, finish: bool) -> Result<String, String> {
        let (mut sender, body) = Body::channel();
        outwit_guest::wit_bindgen::spawn_local(async move {
            for chunk in 0..chunks {
                if !sender.write(vec![chunk as u8; size as usize]).await {
                    return;
                }
            }
            if finish {
                sender.finish().await;
            }
        });
        let response = Request::post(url).body(body).send().await.map_err(told)?;
        response.text().await.map_err(told)
    }

    async fn forward(origin: String, to: String) -> Result<String, String> {
        let response = Request::get(origin).send().await.map_err(told)?;
        let body = response.into_body().ok_or("there is no body")?;
        let response = Request::post(to).body(body).send().await.map_err(told)?;
        response.text().await.map_err(told)
    }

    async fn talk(url: String, words: Vec<String>) -> Result<Vec<String>, String> {
        let socket = WebSocket::connect_with(&url, &["chat"])
            .await
            .map_err(said)?;
        let mut answers = vec![format!("protocol {}", socket.protocol())];
        for word in words {
            socket.send(word).await.map_err(said)?;
            match socket.receive().await.map_err(said)? {
                Some(Message::Text(text)) => answers.push(text),
                Some(Message::Binary(bytes)) => answers.push(format!("{bytes:?}")),
                None => {
                    answers.push(format!("{:?}", socket.closing()));
                    return Ok(answers);
                }
            }
        }
        socket.close(1000, "done").await.map_err(said)?;
        while socket.receive().await.map_err(said)?.is_some() {}
        answers.push(format!("{:?}", socket.closing()));
        Ok(answers)
    }
}

bindings::export!(Courier with_types_in bindings);
