//! Writes indented text.

/// A text that grows line by line.
pub struct Writer {
    text: String,
    indent: usize,
}

impl Writer {
    pub fn new() -> Self {
        Self {
            text: String::new(),
            indent: 0,
        }
    }

    /// Writes a line.
    pub fn line(&mut self, line: &str) {
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n("    ", self.indent));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// Writes lines as they are.
    pub fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Writes `head {`, what is inside, and `}`.
    pub fn block<E>(
        &mut self,
        head: &str,
        inside: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.line(&format!("{head} {{"));
        self.indent += 1;
        let outcome = inside(self);
        self.indent -= 1;
        self.line("}");
        outcome
    }

    /// Adds something to the end of the last line.
    pub fn end(&mut self, text: &str) {
        self.text.pop();
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Writes a comment that editors show, unless there is nothing to say.
    pub fn docs(&mut self, docs: Option<&str>, tags: &[String]) {
        let docs = docs.unwrap_or_default().trim();
        let lines: Vec<String> = docs
            .lines()
            .map(str::to_owned)
            .chain(tags.iter().cloned())
            .filter(|line| !(docs.is_empty() && line.is_empty()))
            .map(|line| line.trim_end().replace("*/", "*\u{200b}/"))
            .collect();
        match lines.as_slice() {
            [] => {}
            [line] => self.line(&format!("/** {line} */")),
            lines => {
                self.line("/**");
                for line in lines {
                    self.line(format!(" * {line}").trim_end());
                }
                self.line(" */");
            }
        }
    }

    pub fn finish(self) -> String {
        self.text
    }
}
