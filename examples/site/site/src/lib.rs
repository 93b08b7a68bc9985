//! The plugin `site`: walks `/in`, has `theme` render every Markdown file, writes `/out`.

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "../wit",
        world: "site",
        generate_all,
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}
mod files;
mod order;

use bindings::{
    demo::site::theme::{self, File, Page, PageLink, SiteInfo},
    exports::wasi::cli::run::Guest,
};
use std::{error::Error, path::Path};

struct Site;

impl Guest for Site {
    fn run() -> Result<(), ()> {
        make(Path::new("/in"), Path::new("/out")).map_err(|error| eprintln!("error: {error}"))
    }
}

bindings::export!(Site with_types_in bindings);

fn make(input: &Path, output: &Path) -> Result<(), Box<dyn Error>> {
    let found = files::walk(input)?;
    let mut pages = Vec::new();
    for path in &found.pages {
        let source = files::read(input, path)?;
        let path = path.clone();
        pages.push(Page { path, source });
    }
    order::sort(&mut pages);
    let links: Vec<PageLink> = pages.iter().map(theme::describe).collect();
    let site = SiteInfo {
        name: links
            .first()
            .map_or_else(|| "Site".to_string(), |home| home.title.clone()),
        language: "en".to_string(),
        pages: links,
    };
    let mut bytes = 0;
    for page in &pages {
        let file = theme::render(&site, page).map_err(|error| format!("{}: {error}", page.path))?;
        println!("{} -> {}", page.path, file.path);
        bytes += write(output, &file)?;
    }
    let assets = theme::assets();
    for file in &assets {
        bytes += write(output, file)?;
    }
    for path in &found.others {
        files::copy(input, output, path)?;
    }
    println!(
        "{} pages, {} other files, {bytes} bytes written",
        pages.len(),
        assets.len() + found.others.len(),
    );
    Ok(())
}

fn write(output: &Path, file: &File) -> Result<usize, Box<dyn Error>> {
    files::write(output, &file.path, &file.text)?;
    Ok(file.text.len())
}
