//! The modules of each crate, at every depth: no two of them import each other.
//!
//! Only the product counts: items of `#[cfg(test)]` are left out. A name that a module hands on
//! (`pub use`) counts as an import of the module that has it. A module may use names of the modules
//! around it, which are made of it.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, Item, ItemMod, ItemUse, Macro, UseTree};

use crate::files::path;
use crate::floors::FLOORS;

/// The segments of a path; of a module, from the root of its crate.
type Segments = Vec<String>;
/// The children of one module, each with the siblings that it imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// The names in a module.
#[derive(Default)]
struct Module {
    children: BTreeSet<String>,
    /// The names that a `use` brings in, and what they mean.
    imported: BTreeMap<String, Segments>,
    /// The modules whose names a `use` brings in.
    globs: Vec<Segments>,
    /// Every path, as written.
    paths: BTreeSet<Segments>,
}

#[derive(Default)]
struct Modules(BTreeMap<Segments, Module>);

impl Modules {
    /// Reads a crate from its root, a file of the folder that `read` knows.
    fn read(root: &str, read: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut modules = Self::default();
        let text = read(root).unwrap_or_else(|| panic!("{root} is missing"));
        modules.add(Vec::new(), &syn::parse_file(&text).unwrap().items, read);
        modules
    }

    fn add(&mut self, place: Segments, items: &[Item], read: &dyn Fn(&str) -> Option<String>) {
        let mut module = Module::default();
        items.iter().for_each(|item| module.visit_item(item));
        for item in items {
            let Item::Mod(item) = item else { continue };
            if is_of_tests(&item.attrs) {
                continue;
            }
            let child = [&place[..], &[item.ident.to_string()]].concat();
            module.children.insert(item.ident.to_string());
            if let Some((_, items)) = &item.content {
                self.add(child, items, read);
                continue;
            }
            let file = child.join("/");
            let text = read(&format!("{file}.rs")).or_else(|| read(&format!("{file}/mod.rs")));
            let text = text.unwrap_or_else(|| panic!("the module {file} has no file"));
            self.add(child, &syn::parse_file(&text).unwrap().items, read);
        }
        self.0.insert(place, module);
    }

    /// The module that has the item of this path, which stands in the module `from`. `None` for
    /// another crate.
    fn target(&self, from: &[String], path: &[String], steps: usize) -> Option<Segments> {
        let steps = steps.checked_sub(1)?;
        let ups = path.iter().take_while(|segment| *segment == "super").count();
        let module = &self.0[from];
        match path.first()?.as_str() {
            "crate" => self.follow(Vec::new(), &path[1..], steps),
            "self" => self.follow(from.to_vec(), &path[1..], steps),
            "super" => {
                self.follow(from[..from.len().checked_sub(ups)?].to_vec(), &path[ups..], steps)
            }
            first if module.children.contains(first) => self.follow(from.to_vec(), path, steps),
            first => module.globs.iter().find_map(|glob| {
                let around = self.target(from, glob, steps)?;
                let is_known = self.0[&around].imported.contains_key(first);
                is_known.then(|| self.follow(around, path, steps)).flatten()
            }),
        }
    }

    /// Follows the segments from a module down, also through names that a module hands on.
    fn follow(&self, mut at: Segments, path: &[String], steps: usize) -> Option<Segments> {
        for (place, segment) in path.iter().enumerate() {
            let module = &self.0[&at];
            if module.children.contains(segment) {
                at.push(segment.clone());
            } else if let Some(meaning) = module.imported.get(segment) {
                let whole = [meaning, &path[place + 1..]].concat();
                return self.target(&at, &whole, steps).or(Some(at));
            } else {
                break;
            }
        }
        Some(at)
    }

    /// Of each module with children, the imports among them.
    fn imports(&self) -> BTreeMap<Segments, Imports> {
        let mut imports: BTreeMap<Segments, Imports> = BTreeMap::new();
        for (place, module) in &self.0 {
            if let Some((name, around)) = place.split_last() {
                imports.entry(around.to_vec()).or_default().entry(name.clone()).or_default();
            }
            for path in module.paths.iter().chain(module.imported.values()) {
                let Some(target) = self.target(place, path, 16) else { continue };
                let common = place.iter().zip(&target).take_while(|(one, other)| one == other);
                let common = common.count();
                if let (Some(own), Some(other)) = (place.get(common), target.get(common)) {
                    let siblings = imports.entry(place[..common].to_vec()).or_default();
                    siblings.entry(own.clone()).or_default().insert(other.clone());
                }
            }
        }
        imports
    }

    /// The imports that are part of a cycle, below the module whose children they join.
    fn cycles(&self) -> Vec<String> {
        let imports = self.imports().into_iter();
        let cycles = imports.flat_map(|(around, imports)| {
            let around = around.join("::");
            circular(&imports).into_iter().map(move |edge| format!("{around}: {edge}"))
        });
        cycles.collect()
    }
}

/// Whether an item is compiled only for tests.
fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        list.is_ok_and(|list| list.path.is_ident("cfg") && list.tokens.to_string() == "test")
    })
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Const(item) => &item.attrs[..],
            Item::Enum(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Macro(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Type(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &[],
        };
        if !is_of_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_of_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    /// A module within is read by itself.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.take(&item.tree, Vec::new());
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.paths.insert(path.segments.iter().map(|part| part.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.paths.extend(paths_of_tokens(&item.tokens.to_string()));
        visit::visit_macro(self, item);
    }
}

impl Module {
    fn take(&mut self, tree: &UseTree, mut before: Segments) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.take(&path.tree, before);
            }
            UseTree::Name(name) if name.ident == "self" => {
                self.imported.insert(before[before.len() - 1].clone(), before);
            }
            UseTree::Name(name) => {
                before.push(name.ident.to_string());
                self.imported.insert(name.ident.to_string(), before);
            }
            UseTree::Rename(rename) => {
                before.push(rename.ident.to_string());
                self.paths.insert(before.clone());
                self.imported.insert(rename.rename.to_string(), before);
            }
            UseTree::Glob(_) => {
                self.paths.insert(before.clone());
                self.globs.push(before);
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.take(tree, before.clone()));
            }
        }
    }
}

/// The paths from `crate` or `super` in the tokens of a macro.
fn paths_of_tokens(tokens: &str) -> Vec<Segments> {
    let tokens = tokens.replace("::", " :: ");
    let mut words = tokens.split_whitespace().peekable();
    let mut paths = Vec::new();
    while let Some(word) = words.next() {
        if !["crate", "super"].contains(&word) {
            continue;
        }
        let mut path = vec![word.to_owned()];
        while words.next_if_eq(&"::").is_some() {
            let Some(word) = words.next() else { break };
            let end = word.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            path.push(word[..end.unwrap_or(word.len())].to_owned());
            if end.is_some() {
                break;
            }
        }
        paths.push(path);
    }
    paths
}

/// The imports that are part of a cycle, as `a -> b`.
fn circular(imports: &Imports) -> Vec<String> {
    fn reach<'a>(imports: &'a Imports, module: &'a str, found: &mut BTreeSet<&'a str>) {
        for next in &imports[module] {
            if found.insert(next) {
                reach(imports, next, found);
            }
        }
    }
    let edges = imports.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
    let circular = edges.filter(|(from, to)| {
        let mut reached = BTreeSet::new();
        reach(imports, to, &mut reached);
        reached.contains(from.as_str())
    });
    circular.map(|(from, to)| format!("{from} -> {to}")).collect()
}

#[test]
fn no_two_modules_of_a_crate_import_each_other() {
    let mut found = Vec::new();
    for (folder, _) in FLOORS {
        let source = path(folder).join("src");
        let read = |name: &str| std::fs::read_to_string(source.join(name)).ok();
        for root in ["lib.rs", "main.rs"].into_iter().filter(|root| source.join(root).exists()) {
            let cycles = Modules::read(root, &read).cycles();
            found.extend(cycles.into_iter().map(|cycle| format!("{folder}: {cycle}")));
        }
    }
    assert_eq!(found, [""; 0]);
}

/// The cycles of a crate of these files.
fn cycles_of(files: &[(&str, &str)]) -> Vec<String> {
    let read = |name: &str| {
        let file = files.iter().find(|(known, _)| *known == name);
        file.map(|(_, text)| (*text).to_owned())
    };
    Modules::read("lib.rs", &read).cycles()
}

#[test]
fn a_cycle_is_found_whatever_the_path_of_an_import() {
    let root = ("lib.rs", "mod a; mod b; pub use b::B; use b as other;");
    let b = ("b.rs", "pub use crate::a::A; pub struct B;");
    for a in [
        "use crate::b::B;",
        "use crate::{b::{self}, other};",
        "use super::B;",
        "pub fn a(_: crate::B) {}",
        "fn a() { super::b::c(); }",
        "fn a() { assert!(super :: b::is()); }",
        "use super::*; fn a(_: B) {}",
        "mod c { use super::super::b::B; }",
        "#[cfg(test)] use super::nothing; use crate::other::B;",
        "#[cfg(test)] mod tests {} impl A { fn a() { crate::b::c() } }",
    ] {
        assert_eq!(cycles_of(&[root, b, ("a.rs", a)]), [": a -> b", ": b -> a"], "{a}");
    }
    for a in [
        "#[cfg(test)] mod tests { use crate::b::B; }",
        "#[cfg(test)] fn a(_: crate::B) {}",
        "impl A { #[cfg(test)] fn a(_: crate::B) {} }",
        "use b::B; use ::b::C;",
        "mod b; use b::B; use self::b::C;",
    ] {
        assert_eq!(cycles_of(&[root, b, ("a.rs", a), ("a/b.rs", "")]), [""; 0], "{a}");
    }
}

#[test]
fn a_cycle_is_found_at_every_depth() {
    let root = ("lib.rs", "mod a;");
    let a = ("a/mod.rs", "mod b; mod c; pub struct A;");
    let c = ("a/c.rs", "use super::A; use super::b::d::D;");
    let d = ("a/b/d.rs", "use crate::a::c::C; pub struct D;");
    let found = cycles_of(&[root, a, ("a/b.rs", "pub mod d;"), c, d]);
    assert_eq!(found, ["a: b -> c", "a: c -> b"]);
    let none = cycles_of(&[root, a, ("a/b.rs", "pub mod d;"), c, ("a/b/d.rs", "use crate::a::A;")]);
    assert_eq!(none, [""; 0]);
}
