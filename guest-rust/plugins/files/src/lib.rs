//! Reads and writes text files with `std::fs`: a plugin whose world asks for WASI.

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "wit",
        generate_all,
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}

use bindings::exports::demo::files::text_files::Guest;
use outwit_guest::console;
use std::{fs, io};

struct Files;

impl Guest for Files {
    fn names(folder: String) -> Result<Vec<String>, String> {
        let names = || {
            let mut names = fs::read_dir(&folder)?
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect::<io::Result<Vec<_>>>()?;
            names.sort();
            Ok(names)
        };
        names().map_err(|error| explain(&folder, &error))
    }

    fn read(path: String) -> Result<String, String> {
        fs::read_to_string(&path).map_err(|error| explain(&path, &error))
    }

    fn write(path: String, text: String) -> Result<(), String> {
        fs::write(&path, &text).map_err(|error| explain(&path, &error))?;
        console::log!("wrote {path}, {} bytes", text.len());
        Ok(())
    }
}

fn explain(path: &str, error: &io::Error) -> String {
    format!("{path}: {error}")
}

bindings::export!(Files with_types_in bindings);
