//! Random types, and WIT for them.

use super::Random;
use std::fmt::Write;

#[derive(Clone, Debug)]
pub enum Type {
    /// A type with no parts, by its name in WIT.
    Plain(&'static str),
    List(Box<Type>),
    FixedList(Box<Type>, u64),
    /// From one of [`KEYS`].
    Map(&'static str, Box<Type>),
    Option(Box<Type>),
    Tuple(Vec<Type>),
    Result(Option<Box<Type>>, Option<Box<Type>>),
    /// One of [`World::named`].
    Named(usize),
}

/// The types that have to be declared.
#[derive(Debug)]
pub enum Named {
    Record(Vec<(String, Type)>),
    Variant(Vec<(String, Option<Type>)>),
    Enum(Vec<String>),
    Flags(Vec<String>),
}

#[derive(Debug)]
pub struct Function {
    pub name: String,
    pub is_async: bool,
    pub params: Vec<Type>,
    /// The type of the first parameter, if there is a result.
    pub result: Option<Type>,
}

#[derive(Debug)]
pub struct World {
    pub named: Vec<Named>,
    pub functions: Vec<Function>,
}

const PLAIN: [&str; 13] = [
    "bool", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "char", "string",
];

/// What can be a key of a map.
const KEYS: [&str; 11] = [
    "bool", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "char", "string",
];

/// Names that WIT or JavaScript could trip over, beside plain ones.
const WORDS: [&str; 20] = [
    "a",
    "type",
    "class",
    "constructor",
    "then",
    "to-string",
    "value-of",
    "length",
    "name",
    "get",
    "list",
    "proto",
    "prototype",
    "default",
    "await",
    "x1",
    "some-long-name",
    "val",
    "tag",
    "x-y-z",
];

impl World {
    pub fn random(random: &mut Random) -> Self {
        let mut world = World {
            named: Vec::new(),
            functions: Vec::new(),
        };
        for _ in 0..random.below(6) {
            let named = world.random_named(random);
            world.named.push(named);
        }
        for number in 0..4 + random.below(6) {
            let count = match random.below(8) {
                0 => 0,
                // More than fit into the flat parameters of a call.
                1 => 12 + random.below(8),
                n => n % 4 + 1,
            };
            let params: Vec<Type> = (0..count).map(|_| world.random_type(random, 3)).collect();
            let result = if random.chance(6) {
                None
            } else {
                params.first().cloned()
            };
            let name = format!("f{number}");
            world.functions.push(Function {
                name,
                is_async: random.chance(3),
                params,
                result,
            });
        }
        world
    }

    fn random_type(&self, random: &mut Random, depth: u32) -> Type {
        let boxed = |random: &mut Random| Box::new(self.random_type(random, depth - 1));
        if depth == 0 {
            return Type::Plain(PLAIN[random.below(13) as usize]);
        }
        match random.below(12) {
            0 | 1 => Type::List(boxed(random)),
            10 => Type::FixedList(boxed(random), 1 + random.below(6)),
            11 => Type::Map(KEYS[random.below(11) as usize], boxed(random)),
            2 => Type::Option(boxed(random)),
            3 => {
                let parts = 1 + random.below(4);
                Type::Tuple(
                    (0..parts)
                        .map(|_| self.random_type(random, depth - 1))
                        .collect(),
                )
            }
            4 => {
                let mut maybe = || (!random.chance(3)).then(|| boxed(random));
                Type::Result(maybe(), maybe())
            }
            5..=7 if !self.named.is_empty() => {
                Type::Named(random.below(self.named.len() as u64) as usize)
            }
            _ => Type::Plain(PLAIN[random.below(13) as usize]),
        }
    }

    fn random_named(&self, random: &mut Random) -> Named {
        let names = names(random);
        match random.below(4) {
            0 => Named::Record(
                names
                    .into_iter()
                    .map(|n| (n, self.random_type(random, 2)))
                    .collect(),
            ),
            1 => {
                let case = |n| (n, (!random.chance(3)).then(|| self.random_type(random, 2)));
                Named::Variant(names.into_iter().map(case).collect())
            }
            2 => Named::Enum(names),
            _ => Named::Flags(
                (0..1 + random.below(32))
                    .map(|n| format!("flag{n}"))
                    .collect(),
            ),
        }
    }

    /// Interfaces whose functions take the first parameter of each function here in a stream and give a stream
    /// of the same, and two worlds: one that answers them, and one that asks with lists.
    pub fn wit_of_streams(&self) -> (String, String) {
        let types = self.types();
        let of = |from: &str, to: &str, keyword: &str| {
            let mut functions = String::new();
            for (name, ty) in self.streamed() {
                writeln!(
                    functions,
                    "    {name}: {keyword}(p0: {from}<{ty}>) -> {to}<{ty}>;"
                )
                .unwrap();
            }
            functions
        };
        let streams = of("stream", "stream", "async func");
        let lists = of("list", "list", "async func");
        let uses = self.uses();
        let interfaces = format!(
            "package test:random;\ninterface echo {{\n{types}{streams}}}\n\
             interface forward {{\n{uses}{lists}}}\n"
        );
        (
            format!("{interfaces}world answers {{ export echo; }}\n"),
            format!("{interfaces}world asks {{ import echo; export forward; }}\n"),
        )
    }

    /// The name of each function that has a parameter, and the type that goes into its stream. What has no
    /// parts is put into a tuple: JavaScript has chunks of numbers in typed arrays.
    pub fn streamed(&self) -> Vec<(&str, String)> {
        let streamed = self.functions.iter().filter_map(|function| {
            let ty = function.params.first()?;
            Some((function.name.as_str(), text(&Self::element(ty))))
        });
        streamed.collect()
    }

    /// What is in a stream for a parameter of this type.
    pub fn element(ty: &Type) -> Type {
        Type::Tuple(vec![ty.clone(), Type::Plain("u8")])
    }

    fn uses(&self) -> String {
        let used: Vec<String> = (0..self.named.len()).map(|n| format!("t{n}")).collect();
        if used.is_empty() {
            String::new()
        } else {
            format!("    use echo.{{{}}};\n", used.join(", "))
        }
    }

    fn types(&self) -> String {
        let mut types = String::new();
        for (number, named) in self.named.iter().enumerate() {
            let (keyword, parts): (_, Vec<String>) = match named {
                Named::Record(fields) => (
                    "record",
                    fields
                        .iter()
                        .map(|(n, ty)| format!("%{n}: {}", text(ty)))
                        .collect(),
                ),
                Named::Variant(cases) => (
                    "variant",
                    cases
                        .iter()
                        .map(|(n, ty)| match ty {
                            Some(ty) => format!("%{n}({})", text(ty)),
                            None => format!("%{n}"),
                        })
                        .collect(),
                ),
                Named::Enum(cases) => ("enum", cases.iter().map(|n| format!("%{n}")).collect()),
                Named::Flags(flags) => ("flags", flags.clone()),
            };
            writeln!(types, "    {keyword} t{number} {{ {} }}", parts.join(", ")).unwrap();
        }
        types
    }

    pub fn wit(&self) -> String {
        let types = self.types();
        let mut functions = String::new();
        for function in &self.functions {
            let params = function.params.iter().enumerate();
            let params: Vec<String> = params
                .map(|(n, ty)| format!("p{n}: {}", text(ty)))
                .collect();
            let keyword = if function.is_async {
                "async func"
            } else {
                "func"
            };
            let result = function
                .result
                .as_ref()
                .map(|ty| format!(" -> {}", text(ty)));
            let (name, params) = (&function.name, params.join(", "));
            writeln!(
                functions,
                "    {name}: {keyword}({params}){};",
                result.unwrap_or_default()
            )
            .unwrap();
        }
        let uses = self.uses();
        format!(
            "package test:random;\ninterface echo {{\n{types}{functions}}}\n\
             interface forward {{\n{uses}{functions}}}\n\
             world random {{ import echo; export forward; }}\n"
        )
    }
}

/// A few different names.
fn names(random: &mut Random) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for _ in 0..1 + random.below(6) {
        let word = WORDS[random.below(WORDS.len() as u64) as usize];
        if !names.iter().any(|name| name == word) {
            names.push(word.into());
        }
    }
    names
}

fn text(ty: &Type) -> String {
    match ty {
        Type::Plain(name) => (*name).into(),
        Type::List(ty) => format!("list<{}>", text(ty)),
        Type::FixedList(ty, length) => format!("list<{}, {length}>", text(ty)),
        Type::Map(key, value) => format!("map<{key}, {}>", text(value)),
        Type::Option(ty) => format!("option<{}>", text(ty)),
        Type::Tuple(types) => {
            format!(
                "tuple<{}>",
                types.iter().map(text).collect::<Vec<_>>().join(", ")
            )
        }
        Type::Result(None, None) => "result".into(),
        Type::Result(Some(ok), None) => format!("result<{}>", text(ok)),
        Type::Result(ok, Some(err)) => {
            let ok = ok.as_ref().map_or("_".into(), |ok| text(ok));
            format!("result<{ok}, {}>", text(err))
        }
        Type::Named(number) => format!("t{number}"),
    }
}
