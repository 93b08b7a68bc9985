//! Functions: their parameters, results and what they throw.

use super::names::{Unique, is_reserved};
use super::render::{Renderer, Scope, Side, Way};
use heck::ToLowerCamelCase;
use wit_parser::{Function, FunctionKind, Stability, Type, TypeDefKind};

/// A parameter of a function.
pub struct Parameter {
    pub name: String,
    pub may_lack: bool,
    pub ty: String,
}

impl Parameter {
    /// `size?: number | undefined`
    pub fn typed(&self) -> String {
        let mark = if self.may_lack { "?" } else { "" };
        format!("{}{mark}: {}", self.name, self.ty)
    }
}

impl Renderer<'_> {
    /// `(name: string, size?: number | undefined): string`, without the object of a method.
    pub fn signature(&self, function: &Function, scope: Scope) -> String {
        format!(
            "{}: {}",
            self.params(function, scope),
            self.result(function, scope)
        )
    }

    /// The parameters, in parentheses.
    pub fn params(&self, function: &Function, scope: Scope) -> String {
        let params: Vec<String> = self
            .parameters(function, scope)
            .iter()
            .map(Parameter::typed)
            .collect();
        format!("({})", params.join(", "))
    }

    /// The parameters, without the object of a method.
    pub fn parameters(&self, function: &Function, scope: Scope) -> Vec<Parameter> {
        let way = match scope.side {
            Side::Import => Way::Leaving,
            Side::Export => Way::Arriving,
        };
        let of_object = matches!(
            function.kind,
            FunctionKind::Method(_) | FunctionKind::AsyncMethod(_)
        );
        let params: Vec<_> = function
            .params
            .iter()
            .skip(usize::from(of_object))
            .collect();
        let is_option = |ty: &Type| matches!(self.kind(ty), Some(TypeDefKind::Option(_)));
        let may_lack = params
            .iter()
            .rposition(|param| !is_option(&param.ty))
            .map_or(0, |last| last + 1);
        let mut names = Unique::default();
        let params = params.iter().enumerate().map(|(index, param)| {
            let mut name = param.name.to_lower_camel_case();
            if is_reserved(&name) {
                name.push('_');
            }
            Parameter {
                name: names.take(&name),
                may_lack: index >= may_lack,
                ty: self.ty(&param.ty, way, scope),
            }
        });
        params.collect()
    }

    /// What the code of an exported function returns, where it says so itself; an `async` one returns a promise.
    pub fn returned(&self, function: &Function, scope: Scope) -> String {
        let result = self.settled(function.result.as_ref(), Way::Leaving, scope);
        match (
            function.kind.is_async(),
            self.is_future(function.result.as_ref()),
        ) {
            (false, _) => result,
            (true, false) => format!("{}<{result}>", self.builtin("Promise", scope)),
            (true, true) => format!("{}<never>", self.builtin("Promise", scope)),
        }
    }

    fn result(&self, function: &Function, scope: Scope) -> String {
        let is_async = function.kind.is_async();
        match scope.side {
            Side::Import => {
                let result = self.settled(function.result.as_ref(), Way::Arriving, scope);
                let is_future = self.is_future(function.result.as_ref());
                if is_async && !is_future {
                    format!("{}<{result}>", self.builtin("Promise", scope))
                } else {
                    result
                }
            }
            Side::Export => {
                let result = self.settled(function.result.as_ref(), Way::Leaving, scope);
                let promise = self.builtin("PromiseLike", scope);
                match (is_async, self.is_future(function.result.as_ref())) {
                    (false, _) => result,
                    (true, false) => format!("{result} | {promise}<{result}>"),
                    // a function stands for a promise that is not waited for
                    (true, true) => format!("{result} | {promise}<{result} | (() => {result})>"),
                }
            }
        }
    }

    /// Whether the error of a function is a text.
    pub fn throws_text(&self, function: &Function) -> bool {
        let Some(TypeDefKind::Result(result)) =
            function.result.as_ref().and_then(|ty| self.kind(ty))
        else {
            return false;
        };
        let error = result.err.as_ref().and_then(|err| self.primitive(err));
        error == Some(Type::String)
    }

    fn is_future(&self, result: Option<&Type>) -> bool {
        match result.and_then(|ty| self.kind(ty)) {
            Some(TypeDefKind::Future(_)) => true,
            Some(TypeDefKind::Result(result)) => {
                let ok = result.ok.as_ref().and_then(|ty| self.kind(ty));
                matches!(ok, Some(TypeDefKind::Future(_)))
            }
            _ => false,
        }
    }

    /// What editors say beside the documentation of a function.
    pub fn tags(&self, function: &Function, scope: Scope) -> Vec<String> {
        let way = match scope.side {
            Side::Import => Way::Arriving,
            Side::Export => Way::Leaving,
        };
        let mut tags = Vec::new();
        if let Some(ty) = &function.result
            && let Some(TypeDefKind::Result(result)) = self.kind(ty)
        {
            let payload = match &result.err {
                Some(err) => format!("<{}>", self.ty(err, way, scope)),
                None => String::new(),
            };
            tags.push(format!("@throws {{ComponentError{payload}}}"));
        }
        tags.extend(deprecated(&function.stability));
        tags
    }
}

/// `@deprecated`, where it is.
pub fn deprecated(stability: &Stability) -> Option<String> {
    let version = match stability {
        Stability::Stable { deprecated, .. } | Stability::Unstable { deprecated, .. } => {
            deprecated.as_ref()?
        }
        Stability::Unknown => return None,
    };
    Some(format!("@deprecated since {version}"))
}
