//! Why a value in WAVE does not fit its type: the first place, and what belongs there.

use outwit_js::nearest;
use std::fmt::Display;
use std::ops::Range;
use wasm_wave::ast::{Node, NodeType};
use wasm_wave::wasm::{DisplayType, WasmType, WasmTypeKind};

/// A place in a call, and what is wrong there.
pub struct Misfit {
    pub span: Range<usize>,
    pub what: String,
    /// It is a field that the record does not have. Such a value is taken for one without the field.
    pub is_surplus: bool,
}

/// Finds the first place in the arguments of a call that does not fit.
pub fn of_arguments<T: WasmType>(types: &[T], params: &Node, source: &str) -> Option<Misfit> {
    let nodes = params.as_tuple().ok()?;
    let mut pairs = types.iter().zip(nodes);
    pairs.find_map(|(ty, node)| Value { node, source }.misfit(ty))
}

/// A name as WIT would have it: `fileName` is `file-name`.
pub fn in_kebab_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c == '_' || c == '-' {
            out.push('-');
            continue;
        }
        if c.is_uppercase() && !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// A value as it was written.
#[derive(Clone, Copy)]
struct Value<'a> {
    node: &'a Node,
    source: &'a str,
}

impl<'a> Value<'a> {
    fn misfit<T: WasmType>(self, ty: &T) -> Option<Misfit> {
        let kind = self.node.ty();
        match ty.kind() {
            WasmTypeKind::Bool => {
                let fits = matches!(kind, NodeType::BoolTrue | NodeType::BoolFalse);
                (!fits).then(|| self.expected("`true` or `false`"))
            }
            WasmTypeKind::S8 => self.number(i8::MIN, i8::MAX),
            WasmTypeKind::S16 => self.number(i16::MIN, i16::MAX),
            WasmTypeKind::S32 => self.number(i32::MIN, i32::MAX),
            WasmTypeKind::S64 => self.number(i64::MIN, i64::MAX),
            WasmTypeKind::U8 => self.number(u8::MIN, u8::MAX),
            WasmTypeKind::U16 => self.number(u16::MIN, u16::MAX),
            WasmTypeKind::U32 => self.number(u32::MIN, u32::MAX),
            WasmTypeKind::U64 => self.number(u64::MIN, u64::MAX),
            WasmTypeKind::F32 | WasmTypeKind::F64 => {
                (kind != NodeType::Number).then(|| self.expected("a number"))
            }
            WasmTypeKind::Char => {
                (kind != NodeType::Char).then(|| self.expected("a character in single quotes"))
            }
            WasmTypeKind::String => {
                let fits = matches!(kind, NodeType::String | NodeType::MultilineString);
                (!fits).then(|| self.expected("a text in double quotes"))
            }
            WasmTypeKind::List => self.list(ty),
            WasmTypeKind::Tuple => self.tuple(ty),
            WasmTypeKind::Record => self.record(ty),
            WasmTypeKind::Enum => self.enumeration(ty),
            WasmTypeKind::Flags => self.flags(ty),
            WasmTypeKind::Variant => self.variant(ty),
            WasmTypeKind::Option => self.option(ty),
            WasmTypeKind::Result => self.result(ty),
            _ => None,
        }
    }

    fn at(self, what: String) -> Misfit {
        Misfit {
            span: self.node.span(),
            what,
            is_surplus: false,
        }
    }

    fn text(self) -> &'a str {
        self.source.get(self.node.span()).unwrap_or_default()
    }

    fn expected(self, what: impl Display) -> Misfit {
        self.at(format!("expected {what}, got {}", self.text()))
    }

    fn number<N: Display + TryFrom<i128>>(self, least: N, most: N) -> Option<Misfit> {
        if self.node.ty() != NodeType::Number {
            return Some(self.expected("a number"));
        }
        let text = self.text();
        match text.parse::<i128>().map(N::try_from) {
            Ok(Ok(_)) => None,
            Err(_) if text.contains(['.', 'e', 'n']) => {
                Some(self.at(format!("expected a whole number, got {text}")))
            }
            _ => Some(self.at(format!(
                "expected a number from {least} to {most}, got {text}"
            ))),
        }
    }

    fn list<T: WasmType>(self, ty: &T) -> Option<Misfit> {
        let Ok(items) = self.node.as_list() else {
            return Some(self.expected("a list, as in [1, 2]"));
        };
        let element = ty.list_element_type()?;
        let source = self.source;
        items
            .into_iter()
            .find_map(|node| Value { node, source }.misfit(&element))
    }

    fn tuple<T: WasmType>(self, ty: &T) -> Option<Misfit> {
        let types: Vec<_> = ty.tuple_element_types().collect();
        let Ok(items) = self.node.as_tuple() else {
            return Some(self.expected(format!("a {}", DisplayType(ty))));
        };
        let count = items.len();
        if count != types.len() {
            return Some(self.at(format!(
                "expected {} values, as in {}, got {count}",
                types.len(),
                DisplayType(ty)
            )));
        }
        let source = self.source;
        items
            .zip(&types)
            .find_map(|(node, ty)| Value { node, source }.misfit(ty))
    }

    fn record<T: WasmType>(self, ty: &T) -> Option<Misfit> {
        let fields: Vec<_> = ty.record_fields().collect();
        let names: Vec<&str> = fields.iter().map(|(name, _)| &**name).collect();
        let Ok(given) = self.node.as_record(self.source) else {
            return Some(self.expected(format!("a {}", DisplayType(ty))));
        };
        let given: Vec<(&str, &Node)> = given.collect();
        let mut surplus = None;
        for (name, node) in &given {
            let name = name.trim_start_matches('%');
            if let Some((_, ty)) = fields.iter().find(|(field, _)| field == name) {
                let source = self.source;
                if let Some(misfit) = (Value { node, source }).misfit(ty) {
                    return Some(misfit);
                }
            } else if surplus.is_none() {
                let start = node.span().start;
                let before = self.source.get(..start).unwrap_or_default();
                let at = before.rfind(name).unwrap_or(start);
                surplus = Some(Misfit {
                    span: at..at + name.len(),
                    what: unknown("field", name, &names),
                    is_surplus: true,
                });
            }
        }
        // What is misspelt is missing, too.
        surplus.or_else(|| {
            let is_missing = |(name, ty): &&(_, T)| {
                let name: &std::borrow::Cow<'_, str> = name;
                let is_there = given.iter().any(|(given, _)| given == name);
                ty.kind() != WasmTypeKind::Option && !is_there
            };
            let (name, ty) = fields.iter().find(is_missing)?;
            Some(self.at(format!(
                "the field `{name}: {}` is missing",
                DisplayType(ty)
            )))
        })
    }

    fn enumeration<T: WasmType>(self, ty: &T) -> Option<Misfit> {
        let cases: Vec<_> = ty.enum_cases().collect();
        let names: Vec<&str> = cases.iter().map(|case| &**case).collect();
        match self.node.as_enum(self.source) {
            Ok(case) if names.contains(&case) => None,
            Ok(case) => Some(self.at(unknown("case", case, &names))),
            Err(_) => Some(self.expected(format!("one of {}, without quotes", names.join(", ")))),
        }
    }

    fn flags<T: WasmType>(self, ty: &T) -> Option<Misfit> {
        let all: Vec<_> = ty.flags_names().collect();
        let names: Vec<&str> = all.iter().map(|flag| &**flag).collect();
        let Ok(mut given) = self.node.as_flags(self.source) else {
            let example = names.first().copied().unwrap_or_default();
            return Some(self.expected(format!("flags in braces, as in {{{example}}}")));
        };
        let unknown_flag = given.find(|flag| !names.contains(flag))?;
        Some(self.at(unknown("flag", unknown_flag, &names)))
    }

    fn variant<T: WasmType>(self, ty: &T) -> Option<Misfit> {
        let cases: Vec<_> = ty.variant_cases().collect();
        let names: Vec<&str> = cases.iter().map(|(name, _)| &**name).collect();
        let Ok((name, payload)) = self.node.as_variant(self.source) else {
            return Some(self.expected(format!("a {}", DisplayType(ty))));
        };
        let Some((_, payload_type)) = cases.iter().find(|(case, _)| case == name) else {
            return Some(self.at(unknown("case", name, &names)));
        };
        let source = self.source;
        match (payload, payload_type) {
            (Some(node), Some(ty)) => Value { node, source }.misfit(ty),
            (None, Some(ty)) => Some(self.at(format!(
                "the case `{name}` has a value: {name}({})",
                DisplayType(ty)
            ))),
            (Some(_), None) => Some(self.at(format!("the case `{name}` has no value"))),
            (None, None) => None,
        }
    }

    fn option<T: WasmType>(self, ty: &T) -> Option<Misfit> {
        let some = ty.option_some_type()?;
        let source = self.source;
        match self.node.as_option() {
            Ok(None) => None,
            Ok(Some(node)) => Value { node, source }.misfit(&some),
            // `some(…)` may be left away.
            Err(_) => self.misfit(&some),
        }
    }

    fn result<T: WasmType>(self, ty: &T) -> Option<Misfit> {
        let (ok, err) = ty.result_types()?;
        let source = self.source;
        let (node, ty) = match self.node.as_result() {
            Ok(Ok(node)) => (node, ok),
            Ok(Err(node)) => (node, err),
            Err(_) => return self.misfit(&ok?),
        };
        Value {
            node: node?,
            source,
        }
        .misfit(&ty?)
    }
}

/// A name that is none of these.
fn unknown(kind: &str, name: &str, names: &[&str]) -> String {
    match nearest(name, names) {
        Some(near) => format!("there is no {kind} `{name}`; is `{near}` meant?"),
        None => format!("there is no {kind} `{name}`, only {}", names.join(", ")),
    }
}
