//! The contract parses, and every item of it is documented.

use std::path::Path;
use wit_parser::{Docs, Resolve, TypeDefKind};

/// Everything under `wit/`, as tools read it: the package in the folder and those in `deps/`.
fn contract() -> Resolve {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let mut resolve = Resolve::default();
    resolve.push_path(&folder).expect("wit/ parses");
    resolve
}

#[test]
fn every_item_is_documented() {
    let resolve = contract();
    let mut missing = Vec::new();
    let mut check = |name: String, docs: &Docs| {
        let text = docs.contents.as_deref().unwrap_or_default();
        if text.trim().is_empty() {
            missing.push(name);
        }
    };
    let ours = |package: Option<wit_parser::PackageId>| {
        package.is_some_and(|id| resolve.packages[id].name.namespace == "outwit")
    };
    for (_, package) in resolve.packages.iter() {
        if package.name.namespace == "outwit" {
            check(package.name.to_string(), &package.docs);
        }
    }
    for (_, world) in resolve.worlds.iter().filter(|(_, w)| ours(w.package)) {
        check(format!("world {}", world.name), &world.docs);
    }
    for (id, interface) in resolve.interfaces.iter() {
        if !ours(interface.package) {
            continue;
        }
        let name = resolve.id_of(id).unwrap_or_default();
        check(name.clone(), &interface.docs);
        for function in interface.functions.values() {
            check(format!("{name}.{}", function.name), &function.docs);
        }
        for (type_name, ty) in &interface.types {
            let ty = &resolve.types[*ty];
            let name = format!("{name}.{type_name}");
            if matches!(ty.kind, TypeDefKind::Type(wit_parser::Type::Id(other)) if resolve.types[other].owner != ty.owner)
            {
                // what is used from another interface is documented there
                continue;
            }
            check(name.clone(), &ty.docs);
            let parts: Vec<(&String, &Docs)> = match &ty.kind {
                TypeDefKind::Record(ty) => ty.fields.iter().map(|f| (&f.name, &f.docs)).collect(),
                TypeDefKind::Variant(ty) => ty.cases.iter().map(|c| (&c.name, &c.docs)).collect(),
                TypeDefKind::Enum(ty) => ty.cases.iter().map(|c| (&c.name, &c.docs)).collect(),
                TypeDefKind::Flags(ty) => ty.flags.iter().map(|f| (&f.name, &f.docs)).collect(),
                _ => Vec::new(),
            };
            for (part, docs) in parts {
                check(format!("{name}.{part}"), docs);
            }
        }
    }
    assert!(missing.is_empty(), "without documentation: {missing:#?}");
}

#[test]
fn every_api_has_an_imports_world_and_web_includes_it() {
    let resolve = contract();
    let imports = |package: &str| {
        let (_, found) = resolve
            .packages
            .iter()
            .find(|(_, candidate)| candidate.name.to_string() == package)
            .unwrap_or_else(|| panic!("{package} is not in wit/"));
        let world = found.worlds.get("imports");
        let world = world.unwrap_or_else(|| panic!("{package} has no world `imports`"));
        let keys = resolve.worlds[*world].imports.keys();
        keys.map(|key| resolve.name_world_key(key))
            .collect::<Vec<_>>()
    };
    let web = imports("outwit:web@0.2.0");
    for (_, package) in resolve.packages.iter() {
        if package.name.namespace != "outwit" || package.name.name == "web" {
            continue;
        }
        for interface in imports(&package.name.to_string()) {
            assert!(web.contains(&interface), "outwit:web misses {interface}");
        }
    }
}
