//! Values to call a function with, for tests that nobody has written yet.

use super::names::quoted;
use super::render::Renderer;
use heck::ToLowerCamelCase;
use wit_parser::{Function, FunctionKind, Type, TypeDefKind};

/// Types may be nested deeper than anybody wants to read.
const DEEPEST: usize = 4;

impl Renderer<'_> {
    /// Arguments that a function takes; none where only the other side can make them: handles, streams and futures.
    pub fn sample_arguments(&self, function: &Function) -> Option<String> {
        let of_object = matches!(
            function.kind,
            FunctionKind::Method(_) | FunctionKind::AsyncMethod(_)
        );
        let params = function.params.iter().skip(usize::from(of_object));
        let samples: Option<Vec<String>> = params.map(|param| self.sample(&param.ty, 0)).collect();
        samples.map(|samples| samples.join(", "))
    }

    fn sample(&self, ty: &Type, depth: usize) -> Option<String> {
        if depth > DEEPEST {
            return None;
        }
        Some(match ty {
            Type::Bool => "false".into(),
            Type::U8 | Type::S8 | Type::U16 | Type::S16 | Type::U32 | Type::S32 => "1".into(),
            Type::F32 | Type::F64 => "1".into(),
            Type::U64 | Type::S64 => "1n".into(),
            Type::Char => "'a'".into(),
            Type::String => "'text'".into(),
            Type::ErrorContext => return None,
            Type::Id(id) => match &self.definition(*id)?.kind {
                TypeDefKind::Type(other) => return self.sample(other, depth),
                kind => return self.sample_of(kind, depth + 1),
            },
        })
    }

    fn sample_of(&self, kind: &TypeDefKind, depth: usize) -> Option<String> {
        let case = |tag: &str, value: Option<&Type>| {
            let tag = quoted(tag);
            Some(match value {
                Some(ty) => format!("{{ tag: {tag}, val: {} }}", self.sample(ty, depth)?),
                None => format!("{{ tag: {tag} }}"),
            })
        };
        Some(match kind {
            TypeDefKind::Record(record) => {
                let mut fields = Vec::new();
                for field in &record.fields {
                    if matches!(self.kind(&field.ty), Some(TypeDefKind::Option(_))) {
                        // one that may be there may be left out, but for an option in an option
                        if self.sample(&field.ty, depth)? == "undefined" {
                            continue;
                        }
                    }
                    let name = field.name.to_lower_camel_case();
                    fields.push(format!("{name}: {}", self.sample(&field.ty, depth)?));
                }
                if fields.is_empty() {
                    "{}".into()
                } else {
                    format!("{{ {} }}", fields.join(", "))
                }
            }
            TypeDefKind::Flags(_) => "{}".into(),
            TypeDefKind::Tuple(tuple) => {
                let parts: Option<Vec<String>> = tuple
                    .types
                    .iter()
                    .map(|ty| self.sample(ty, depth))
                    .collect();
                format!("[{}]", parts?.join(", "))
            }
            TypeDefKind::Variant(variant) => {
                let mut cases = variant.cases.iter();
                return cases.find_map(|one| case(&one.name, one.ty.as_ref()));
            }
            TypeDefKind::Enum(cases) => quoted(&cases.cases.first()?.name),
            TypeDefKind::Option(inner) => match self.kind(inner) {
                Some(TypeDefKind::Option(_)) => "{ tag: 'none' }".into(),
                _ => "undefined".into(),
            },
            TypeDefKind::Result(result) => {
                return case("ok", result.ok.as_ref()).or_else(|| case("err", result.err.as_ref()));
            }
            TypeDefKind::List(element) => match self.typed_array(element) {
                Some(array) => format!("new {array}()"),
                None => "[]".into(),
            },
            TypeDefKind::FixedLengthList(element, length) => {
                let length = usize::try_from(*length).ok()?;
                match self.typed_array(element) {
                    Some(array) => format!("new {array}({length})"),
                    None if length <= 8 => {
                        format!(
                            "[{}]",
                            vec![self.sample(element, depth)?; length].join(", ")
                        )
                    }
                    None => return None,
                }
            }
            TypeDefKind::Map(..) => "new Map()".into(),
            _ => return None,
        })
    }
}
