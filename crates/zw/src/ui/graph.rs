//! Graphs of dependencies as pictures (SVG), drawn without any other program.

mod layout;

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::text::{escaped, shortened, width};

/// Nodes that a picture can have and still be read.
pub(crate) const NODES_MAX: usize = 150;

/// Characters of a title or a note in a node.
const CHARS_MAX: usize = 40;

/// The width of a character, about.
const CHAR_WIDTH: f64 = 7.4;

/// The height of a node.
const HEIGHT: f64 = 46.0;

/// The room around the whole.
const MARGIN: f64 = 14.0;

/// A node of a picture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) title: String,
    /// What happens to it, or how many there are, piece by piece with the class of each.
    pub(crate) notes: Vec<(&'static str, String)>,
    /// The class that its colour follows from.
    pub(crate) class: &'static str,
    /// Attributes for scripts: names without `data-`, and values.
    pub(crate) data: Vec<(&'static str, String)>,
}

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picture {
    /// The nodes.
    pub(crate) nodes: Vec<Node>,
    /// Edges from who uses to what is used.
    pub(crate) edges: Vec<(usize, usize)>,
}

/// How the parts of a picture look, in terms of colours with names.
pub(crate) const STYLE: &str = include_str!("graph/graph.css");

/// The colours of a picture that is a file of its own.
const COLORS: &str = include_str!("graph/colors.css");

impl Picture {
    /// The picture as a file of its own.
    pub(crate) fn file(&self) -> String {
        self.svg(true)
    }

    /// The picture as a part of a page that has the colours.
    pub(crate) fn embedded(&self) -> String {
        self.svg(false)
    }

    fn svg(&self, is_alone: bool) -> String {
        let sizes: Vec<(f64, f64)> = self.nodes.iter().map(Node::size).collect();
        let layout = layout::layered(&sizes, &self.edges);
        let (wide, high) = (layout.size.0 + 2.0 * MARGIN, layout.size.1 + 2.0 * MARGIN);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" role=\"group\" aria-label=\"Dependencies: what is \
             used is left of what uses it\" viewBox=\"0 0 {wide:.0} {high:.0}\" width=\"{wide:.0}\" \
             height=\"{high:.0}\">\n"
        );
        if is_alone {
            let sheet = "<rect class=\"sheet\" width=\"100%\" height=\"100%\"/>";
            let _ = writeln!(out, "<style>\n{COLORS}{STYLE}</style>\n{sheet}");
        }
        for (points, (user, used)) in layout.edges.iter().zip(&self.edges) {
            let _ = writeln!(
                out,
                "<path class=\"edge\" data-from=\"{used}\" data-to=\"{user}\" d=\"{}\"/>",
                curve(points)
            );
        }
        for (at, (node, (x, y))) in self.nodes.iter().zip(&layout.nodes).enumerate() {
            node.write(&mut out, at, (x + MARGIN, y + MARGIN));
        }
        out.push_str("</svg>\n");
        out
    }
}

impl Node {
    fn shown_title(&self) -> String {
        shortened(&self.title, CHARS_MAX).into_owned()
    }

    fn size(&self) -> (f64, f64) {
        let notes: usize = self.notes.iter().map(|(_, text)| width(text) + 2).sum();
        let chars = width(&self.shown_title()).max(notes).max(8);
        (f64::from(u32::try_from(chars).unwrap_or(u32::MAX)) * CHAR_WIDTH + 24.0, HEIGHT)
    }

    fn write(&self, out: &mut String, number: usize, (x, y): (f64, f64)) {
        let (wide, high) = self.size();
        let (left, top) = (x - wide / 2.0, y - high / 2.0);
        let mut data = String::new();
        for (name, value) in &self.data {
            let _ = write!(data, " data-{name}=\"{}\"", escaped(value));
        }
        let notes: Vec<&str> = self.notes.iter().map(|(_, text)| text.as_str()).collect();
        let said = format!("{}: {}", self.title, notes.join(" "));
        let label = escaped(&said);
        let _ = write!(
            out,
            "<g class=\"node {}\" data-node=\"{number}\"{data} tabindex=\"0\" role=\"button\" \
             aria-label=\"{label}\"><title>{label}</title><rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" \
             height=\"{high:.1}\" rx=\"6\"/><text x=\"{text:.1}\" y=\"{title_y:.1}\">{title}</text><text \
             class=\"notes\" x=\"{text:.1}\" y=\"{notes_y:.1}\">",
            self.class,
            text = left + 12.0,
            title_y = top + 19.0,
            notes_y = top + 36.0,
            title = escaped(&self.shown_title()),
        );
        for (at, (class, text)) in self.notes.iter().enumerate() {
            let gap = if at == 0 { "" } else { " dx=\"10\"" };
            let _ = write!(out, "<tspan class=\"{class}\"{gap}>{}</tspan>", escaped(text));
        }
        out.push_str("</text></g>\n");
    }
}

/// A smooth line through points, level at each.
fn curve(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    let shifted = |(x, y): (f64, f64)| (x + MARGIN, y + MARGIN);
    let mut last: Option<(f64, f64)> = None;
    for point in points.iter().copied().map(shifted) {
        let (x, y) = point;
        let _ = match last {
            None => write!(path, "M{x:.1} {y:.1}"),
            Some((from_x, from_y)) => {
                let middle = f64::midpoint(from_x, x);
                write!(path, "C{middle:.1} {from_y:.1} {middle:.1} {y:.1} {x:.1} {y:.1}")
            }
        };
        last = Some(point);
    }
    path
}

/// A picture of resources that a configuration declares, those of a module together where there are too many.
pub(crate) fn declared(resources: &zw_engine::Declared) -> Picture {
    let address = |at: usize| &resources.resources[at];
    let module = |at: usize| match address(at).module.to_string() {
        path if path.is_empty() => "root module".to_owned(),
        path => path,
    };
    let by_address = |at: usize| address(at).to_string();
    let by_type = |at: usize| format!("{}: {}", module(at), address(at).resource.type_name);
    let by_outer_module = |at: usize| {
        let first = address(at).module.names().first();
        first.map_or_else(|| "root module".to_owned(), |name| format!("module.{name}"))
    };
    let names: [&dyn Fn(usize) -> String; 4] = [&by_address, &by_type, &module, &by_outer_module];
    let mut picture = Picture::default();
    for name in names {
        let (classes, class_of) = collapsed(resources.resources.len(), name);
        let of = |title: &String, count: &usize| {
            let note = if *count > 1 { format!("{count} resources") } else { String::new() };
            Node { title: title.clone(), notes: vec![("", note)], ..Node::default() }
        };
        picture.nodes = classes.iter().map(|(title, count)| of(title, count)).collect();
        let mut edges: Vec<(usize, usize)> = resources
            .edges
            .iter()
            .map(|(user, used)| (class_of[*user], class_of[*used]))
            .filter(|(user, used)| user != used)
            .collect();
        edges.sort_unstable();
        edges.dedup();
        picture.edges = edges;
        if picture.nodes.len() <= NODES_MAX {
            break;
        }
    }
    picture
}

/// Things by their name, with the number of each, and the class of each thing.
fn collapsed(
    count: usize,
    name: &dyn Fn(usize) -> String,
) -> (IndexMap<String, usize>, Vec<usize>) {
    let mut classes: IndexMap<String, usize> = IndexMap::new();
    let class_of = (0..count)
        .map(|at| {
            let entry = classes.entry(name(at));
            let class = entry.index();
            *entry.or_default() += 1;
            class
        })
        .collect();
    (classes, class_of)
}
