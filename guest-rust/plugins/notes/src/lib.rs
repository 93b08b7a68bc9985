//! Keeps notes between runs: console, crypto, performance and storage in one plugin with a
//! synchronous world.

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "wit",
        generate_all,
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}

use bindings::exports::demo::notes::notebook::{Error, Guest, Note};
use outwit_guest::{
    console, crypto, performance,
    storage::{self, LocalStorage},
};

struct Notes;

impl Guest for Notes {
    fn add(text: String) -> Result<Note, Error> {
        let id = crypto::random_uuid().map_err(|error| Error::Other(error.to_string()))?;
        let written = performance::unix_time().as_millis() as u64;
        LocalStorage.set(&id, &format!("{written}\n{text}"))?;
        console::log!("kept {id}, {} bytes", text.len());
        Ok(Note { id, text, written })
    }

    fn all() -> Result<Vec<Note>, Error> {
        let mut notes = Vec::new();
        for id in LocalStorage.keys()? {
            let Some(value) = LocalStorage.get(&id)? else {
                continue;
            };
            match value
                .split_once('\n')
                .map(|(time, text)| (time.parse(), text))
            {
                Some((Ok(written), text)) => notes.push(Note {
                    id,
                    text: text.to_string(),
                    written,
                }),
                _ => console::warn!("{id} is no note"),
            }
        }
        notes.sort_by_key(|note| note.written);
        Ok(notes)
    }

    fn forget(id: String) -> Result<(), Error> {
        if LocalStorage.get(&id)?.is_none() {
            return Err(Error::Unknown(id));
        }
        Ok(LocalStorage.remove(&id)?)
    }
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::QuotaExceeded(_) => Error::Full,
            storage::Error::NotAllowed => Error::Other("notes may not be stored".into()),
            storage::Error::Other(text) => Error::Other(text),
        }
    }
}

bindings::export!(Notes with_types_in bindings);
