//! The functions of a module as its author wrote them: where each is, and what it is called. Minified code has other names.

use super::position;
use outwit_quickjs::source_map::Function as Named;
use oxc::ast::ast::{
    ArrowFunctionExpression, AssignmentExpression, AssignmentTarget, BindingPattern, Class,
    Expression, Function, MethodDefinition, MethodDefinitionKind, ObjectProperty, Program,
    PropertyDefinition, PropertyKind, VariableDeclarator,
};
use oxc::ast_visit::{Visit, walk};
use oxc::span::{GetSpan, Span};
use oxc::syntax::scope::ScopeFlags;
use std::collections::HashMap;

/// Finds all functions of a program.
pub fn of(program: &Program<'_>, source: &str) -> Vec<Named> {
    let mut collector = Collector::default();
    collector.visit_program(program);
    let place = |offset: u32| position::place(source, offset as usize);
    let named = collector.found.into_iter().filter_map(|(span, name)| {
        let (start, end) = (place(span.start)?, place(span.end)?);
        Some(Named { start, end, name })
    });
    named.collect()
}

#[derive(Default)]
struct Collector {
    /// By where they begin: names that functions get from what they are assigned to.
    names: HashMap<u32, String>,
    found: Vec<(Span, String)>,
}

impl Collector {
    /// A function without a name of its own is called by this one.
    fn name(&mut self, value: &Expression<'_>, name: String) {
        self.names.insert(value.span().start, name);
    }

    fn add(&mut self, span: Span, own: Option<&str>) {
        let name = match own {
            Some(name) => name.to_owned(),
            None => self.names.remove(&span.start).unwrap_or_default(),
        };
        self.found.push((span, name));
    }
}

impl<'a> Visit<'a> for Collector {
    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        self.add(it.span, it.id.as_ref().map(|id| id.name.as_str()));
        walk::walk_function(self, it, flags);
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.add(it.span, None);
        walk::walk_arrow_function_expression(self, it);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if let (BindingPattern::BindingIdentifier(id), Some(init)) = (&it.id, &it.init) {
            self.name(init, id.name.to_string());
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_assignment_expression(&mut self, it: &AssignmentExpression<'a>) {
        if let AssignmentTarget::AssignmentTargetIdentifier(id) = &it.left {
            self.name(&it.right, id.name.to_string());
        }
        walk::walk_assignment_expression(self, it);
    }

    fn visit_object_property(&mut self, it: &ObjectProperty<'a>) {
        if let Some(name) = it.key.static_name() {
            let name = match it.kind {
                PropertyKind::Get => format!("get {name}"),
                PropertyKind::Set => format!("set {name}"),
                PropertyKind::Init => name.into_owned(),
            };
            self.name(&it.value, name);
        }
        walk::walk_object_property(self, it);
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        let name = match &it.id {
            Some(id) => id.name.to_string(),
            None => self.names.remove(&it.span.start).unwrap_or_default(),
        };
        for element in &it.body.body {
            if let oxc::ast::ast::ClassElement::MethodDefinition(method) = element
                && method.kind == MethodDefinitionKind::Constructor
            {
                self.names.insert(method.value.span.start, name.clone());
            }
        }
        walk::walk_class(self, it);
    }

    fn visit_method_definition(&mut self, it: &MethodDefinition<'a>) {
        if let Some(name) = it.key.static_name() {
            let name = match it.kind {
                MethodDefinitionKind::Constructor => None,
                MethodDefinitionKind::Get => Some(format!("get {name}")),
                MethodDefinitionKind::Set => Some(format!("set {name}")),
                MethodDefinitionKind::Method => Some(name.into_owned()),
            };
            if let Some(name) = name {
                self.names.insert(it.value.span.start, name);
            }
        }
        walk::walk_method_definition(self, it);
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        if let (Some(name), Some(value)) = (it.key.static_name(), &it.value) {
            self.name(value, name.into_owned());
        }
        walk::walk_property_definition(self, it);
    }
}
