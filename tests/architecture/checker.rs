//! Finds every path in a module and holds it against the order and the list of what is impure.

use std::collections::HashMap;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::{CLOCKS, IMPURE, MIDDLE, wrong_way};

/// A module that is a file.
pub(crate) struct Module {
    /// Shown in messages.
    pub(crate) file: String,
    /// From the crate's root, which itself is empty.
    pub(crate) path: Vec<String>,
    /// Only compiled for tests.
    pub(crate) test: bool,
    pub(crate) parsed: syn::File,
}

/// Everything in the module that reaches the wrong way, or out of the pure middle.
pub(crate) fn violations(module: &Module) -> Vec<String> {
    let mut names = Names::default();
    names.visit_file(&module.parsed);
    let mut checker =
        Checker { file: &module.file, path: module.path.clone(), test: module.test, names: names.0, found: Vec::new() };
    checker.visit_file(&module.parsed);
    checker.found.dedup();
    checker.found
}

/// Whether something is only compiled for tests.
pub(crate) fn is_test(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let text = attr.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
        attr.path().is_ident("cfg") && (text == "test" || text.starts_with("all (test") || text.starts_with("all(test"))
    })
}

/// Names the file brings in, by `use` or as an alias of a type, with what they stand for.
#[derive(Default)]
struct Names(HashMap<String, Vec<String>>);

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        for (name, path) in leaves(&item.tree) {
            if path.last().is_some_and(|last| last != "*") && path.first() != Some(&name) {
                self.0.insert(name, path);
            }
        }
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        if let syn::Type::Path(path) = &*item.ty {
            self.0.insert(item.ident.to_string(), segments(&path.path));
        }
        visit::visit_item_type(self, item);
    }
}

/// Each name a `use` brings in, with its whole path; a glob ends in `*`.
fn leaves(tree: &syn::UseTree) -> Vec<(String, Vec<String>)> {
    let under = |name: &syn::Ident, inner: Vec<(String, Vec<String>)>| {
        let prefixed = |(leaf, path): (String, Vec<String>)| {
            // `a::{self}` is `a`.
            let path = if path.as_slice() == ["self"] { Vec::new() } else { path };
            let leaf = if leaf == "self" { name.to_string() } else { leaf };
            (leaf, std::iter::once(name.to_string()).chain(path).collect())
        };
        inner.into_iter().map(prefixed).collect()
    };
    match tree {
        syn::UseTree::Path(path) => under(&path.ident, leaves(&path.tree)),
        syn::UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        syn::UseTree::Rename(rename) => vec![(rename.rename.to_string(), vec![rename.ident.to_string()])],
        syn::UseTree::Glob(_) => vec![("*".to_owned(), vec!["*".to_owned()])],
        syn::UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

struct Checker<'a> {
    file: &'a str,
    path: Vec<String>,
    test: bool,
    names: HashMap<String, Vec<String>>,
    found: Vec<String>,
}

impl Checker<'_> {
    fn report(&mut self, span: Span, what: &str) {
        self.found.push(format!("{}:{}: {what}", self.file, span.start().line));
    }

    /// Judges one path; `whole` where it stands in a `use`, so that even a single part is one.
    fn judge(&mut self, span: Span, path: &[String], whole: bool) {
        let Some(top) = self.path.first().cloned() else { return };
        let path = self.expanded(path, whole);
        if let Some(inside) = self.inside(&path) {
            match inside.first().map(String::as_str) {
                Some("*") | None if whole => self.report(span, "reaches for the crate's root"),
                Some("*") | None => {}
                Some(to) => {
                    if let Some(why) = wrong_way(&top, to) {
                        self.report(span, &format!("{}: {why}", path.join("::")));
                    }
                }
            }
        } else if MIDDLE.contains(&top.as_str()) && !self.test && impure(&path) {
            self.report(span, &format!("{}: {top} is pure", path.join("::")));
        }
    }

    /// The path with its first part replaced by what it was brought in as.
    fn expanded(&self, path: &[String], whole: bool) -> Vec<String> {
        let mut path = path.to_vec();
        // A chain of aliases is short; a circle would be no program.
        for _ in 0..4 {
            let Some((first, rest)) = path.split_first() else { break };
            match self.names.get(first) {
                Some(full) if !whole && !rest.is_empty() => path = full.iter().chain(rest).cloned().collect(),
                _ => break,
            }
        }
        path
    }

    /// The path from the crate's root, where it is one of this crate.
    fn inside(&self, path: &[String]) -> Option<Vec<String>> {
        let mut base = match path.first()?.as_str() {
            "crate" | "floorwatch" => Vec::new(),
            "self" | "super" => self.path.clone(),
            _ => return None,
        };
        let mut rest = path;
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "crate" | "floorwatch" | "self" if rest.len() == path.len() => {}
                "super" => drop(base.pop()),
                _ => break,
            }
            rest = after;
        }
        Some(base.into_iter().chain(rest.iter().cloned()).collect())
    }

    /// Paths in tokens nobody has parsed: macros and attributes. `texts`: strings hold paths too.
    fn tokens(&mut self, tokens: TokenStream, before: &[String], texts: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let colons = |at: usize| {
            matches!((tokens.get(at), tokens.get(at + 1)),
                (Some(TokenTree::Punct(a)), Some(TokenTree::Punct(b))) if a.as_char() == ':' && b.as_char() == ':')
        };
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Ident(ident) => {
                    let mut path = before.to_vec();
                    path.push(ident.to_string());
                    while colons(at) {
                        match tokens.get(at + 2) {
                            Some(TokenTree::Ident(next)) => path.push(next.to_string()),
                            Some(TokenTree::Punct(star)) if star.as_char() == '*' => path.push("*".to_owned()),
                            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                                self.tokens(group.stream(), &path, texts);
                            }
                            _ => break,
                        }
                        at += 3;
                    }
                    self.keyword(ident);
                    self.judge(ident.span(), &path, path.last().is_some_and(|last| last == "*"));
                }
                // Braces right after a path hold more of it; any other group starts anew.
                TokenTree::Group(group) => self.tokens(group.stream(), &[], texts),
                TokenTree::Literal(literal) if texts => {
                    if let Ok(path) = syn::parse_str::<syn::Path>(literal.to_string().trim_matches('"')) {
                        self.judge(literal.span(), &segments(&path), false);
                    }
                }
                _ => {}
            }
        }
    }

    fn keyword(&mut self, ident: &syn::Ident) {
        if ident == "async" || ident == "await" {
            self.no_async(ident.span());
        }
    }

    fn no_async(&mut self, span: Span) {
        let Some(top) = self.path.first().filter(|top| MIDDLE.contains(&top.as_str()) && !self.test) else { return };
        let what = format!("async: {top} is pure");
        self.report(span, &what);
    }

    /// Visits something that may be compiled for tests only.
    fn within(&mut self, attrs: &[syn::Attribute], visit: impl FnOnce(&mut Self)) {
        let before = self.test;
        self.test |= is_test(attrs);
        visit(self);
        self.test = before;
    }
}

/// Whether it names something impure, all of a module that holds such a thing, or a call that reads a clock.
fn impure(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let glob = path.split_last().filter(|(last, _)| **last == "*").map(|(_, module)| module);
    IMPURE.iter().any(|banned| path.starts_with(banned) || glob.is_some_and(|module| banned.starts_with(module)))
        || CLOCKS.iter().any(|call| path.ends_with(call))
}

impl<'ast> Visit<'ast> for Checker<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.within(&item.attrs, |checker| {
            for (_, path) in leaves(&item.tree) {
                checker.judge(item.span(), &path, true);
            }
        });
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.within(&item.attrs, |checker| {
            checker.path.push(item.ident.to_string());
            visit::visit_item_mod(checker, item);
            checker.path.pop();
        });
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.within(&item.attrs, |checker| visit::visit_item_fn(checker, item));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.within(&item.attrs, |checker| visit::visit_item_impl(checker, item));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.judge(path.span(), &segments(path), false);
        visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, expr: &'ast syn::ExprPath) {
        // `<Type>::call` is `Type::call`.
        if let Some(syn::Type::Path(of)) = expr.qself.as_ref().map(|qself| &*qself.ty) {
            let path: Vec<String> = segments(&of.path).into_iter().chain(segments(&expr.path)).collect();
            self.judge(expr.span(), &path, false);
        }
        visit::visit_expr_path(self, expr);
    }

    fn visit_vis_restricted(&mut self, _vis: &'ast syn::VisRestricted) {
        // `pub(crate)` uses nothing.
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.tokens(mac.tokens.clone(), &[], false);
        visit::visit_macro(self, mac);
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        self.tokens(list.tokens.clone(), &[], true);
        visit::visit_meta_list(self, list);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if let Some(asyncness) = &signature.asyncness {
            self.no_async(asyncness.span());
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, expr: &'ast syn::ExprAsync) {
        self.no_async(expr.span());
        visit::visit_expr_async(self, expr);
    }

    fn visit_expr_await(&mut self, expr: &'ast syn::ExprAwait) {
        self.no_async(expr.span());
        visit::visit_expr_await(self, expr);
    }

    fn visit_expr_closure(&mut self, expr: &'ast syn::ExprClosure) {
        if let Some(asyncness) = &expr.asyncness {
            self.no_async(asyncness.span());
        }
        visit::visit_expr_closure(self, expr);
    }
}
