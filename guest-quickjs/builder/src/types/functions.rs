//! Functions: their parameters, results and what they throw.

use super::names::{Unique, is_reserved};
use super::render::{Renderer, Scope, Side, Way};
use heck::ToLowerCamelCase;
use wit_parser::{Function, FunctionKind, Stability, Type, TypeDefKind};

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
        let params: Vec<String> = params
            .iter()
            .enumerate()
            .map(|(index, param)| {
                let mut name = param.name.to_lower_camel_case();
                if is_reserved(&name) {
                    name.push('_');
                }
                let name = names.take(&name);
                let mark = if index >= may_lack { "?" } else { "" };
                format!("{name}{mark}: {}", self.ty(&param.ty, way, scope))
            })
            .collect();
        format!("({})", params.join(", "))
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
