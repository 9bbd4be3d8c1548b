//! Paths with slashes, by their text alone.
//!
//! Source: Go's `path/filepath` on Unix.

/// The shortest path that leads to the same place: no `.`, no `..` but at the beginning, no
/// doubled slashes. The empty path is `.`.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => {
                    parts.pop();
                }
                None if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

/// The cleaned path of `path` seen from `base`, which is left out if `path` begins at the root.
pub(crate) fn join(base: &str, path: &str) -> String {
    if base.is_empty() || path.is_empty() {
        return clean(&format!("{base}{path}"));
    }
    clean(&format!("{base}/{path}"))
}

/// The last part of a path.
pub(crate) fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) }
}

/// All but the last part of a path.
pub(crate) fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |at| &path[..=at]))
}

/// `target` as seen from `base`, both clean and both relative or both from the root.
pub(crate) fn relative(base: &str, target: &str) -> String {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect()
    };
    let (base, target) = (parts(base), parts(target));
    let common = base.iter().zip(&target).take_while(|(a, b)| a == b).count();
    let up = base[common..].iter().map(|_| "..".to_owned());
    let relative: Vec<String> = up.chain(target[common..].iter().cloned()).collect();
    if relative.is_empty() { ".".into() } else { relative.join("/") }
}
