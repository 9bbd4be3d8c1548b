//! Expressions made of choices: each choice is taken from a list of numbers, and where the list ends, the first and
//! simplest possibility is. So a shorter list of smaller numbers makes a simpler expression, which is all that
//! shrinking needs.

use super::vocabulary::{FUNCTIONS, VARIABLES, literals};

/// How deep expressions are nested.
const DEPTH_MAX: usize = 4;

/// What an expression is to be of, by letter: `b`ool, `n`umber, `s`tring, `l`ist, `t` for a set, `m`ap, `a`nything;
/// any longer word is a pool of literals.
type Kind = &'static str;

/// Makes expressions.
pub(crate) struct Generator<'a> {
    choices: std::slice::Iter<'a, u32>,
    depth: usize,
    /// Names of `for` and of templates that can be used here.
    names: Vec<String>,
}

impl<'a> Generator<'a> {
    /// Makes an expression of choices.
    pub(crate) fn expression(choices: &'a [u32]) -> String {
        let mut generator = Self { choices: choices.iter(), depth: 0, names: Vec::new() };
        generator.any()
    }

    /// A number below `count`.
    fn choose(&mut self, count: usize) -> usize {
        *self.choices.next().unwrap_or(&0) as usize % count
    }

    fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.choose(items.len())]
    }

    fn any(&mut self) -> String {
        let kind = self.one_of(&["n", "s", "b", "l", "m", "t", "s", "l", "m"]);
        self.of(kind)
    }

    /// An expression that is mostly of a kind.
    fn of(&mut self, kind: Kind) -> String {
        if self.depth >= DEPTH_MAX {
            return self.leaf(kind);
        }
        self.depth += 1;
        let made = match (kind, self.choose(40)) {
            // What is unknown and of a wrong type is refused at once by us, and by Terraform when it is known.
            ("c", _) => self.truth(),
            ("k", 0..20) => self.template(),
            ("k", _) => self.literal("s"),
            ("index" | "dir" | "glob", _) => self.literal(kind),
            ("a", _) | (_, 38) => self.any(),
            (_, 39) => "null".to_owned(),
            (_, 37) => format!("sensitive({})", self.of(kind)),
            (_, 36) => self.one_of(VARIABLES).to_owned(),
            (_, 35) if !self.names.is_empty() => {
                let at = self.choose(self.names.len());
                self.names[at].clone()
            }
            (_, 0..9) => self.leaf(kind),
            (_, 9..12) => {
                format!("({} ? {} : {})", self.of("c"), self.of(kind), self.of(kind))
            }
            (_, 12..24) => self.call(kind),
            (_, 24..26) => self.part(kind),
            _ => self.built(kind),
        };
        self.depth -= 1;
        made
    }

    fn leaf(&mut self, kind: Kind) -> String {
        match kind {
            "l" => format!("[{}, {}]", self.literal("s"), self.literal("s")),
            "t" => format!("toset([{}, {}])", self.literal("s"), self.literal("s")),
            "m" => format!("{{ a = {}, b = {} }}", self.literal("s"), self.literal("n")),
            "c" => self.literal("b"),
            "a" | "k" => self.literal("s"),
            _ => self.literal(kind),
        }
    }

    fn literal(&mut self, kind: Kind) -> String {
        self.one_of(literals(kind)).to_owned()
    }

    /// A call of a function with results of a kind.
    fn call(&mut self, kind: Kind) -> String {
        let is_fit = |(_, _, result): &&(&str, &str, &str)| *result == kind || *result == "a";
        let fitting: Vec<_> = FUNCTIONS.iter().filter(is_fit).collect();
        if fitting.is_empty() {
            return self.leaf(kind);
        }
        let (name, params, _) = *self.one_of(&fitting);
        let mut args = Vec::new();
        for param in params.split_whitespace() {
            let (param, times) = match param.strip_suffix('*') {
                Some(param) => (param, self.choose(3)),
                None => (param, 1),
            };
            for _ in 0..times {
                args.push(self.of(param));
            }
        }
        format!("{name}({})", args.join(", "))
    }

    /// A part of something larger.
    fn part(&mut self, kind: Kind) -> String {
        match self.choose(5) {
            0 => format!("{}[{}]", self.of("l"), self.of("n")),
            1 => format!("{}[{}]", self.of("m"), self.of("s")),
            2 => format!("{}.a", self.of("m")),
            3 => format!("[{}, {}][{}]", self.of(kind), self.of(kind), self.literal("small")),
            _ => format!("{{ a = {}, b = {} }}[{}]", self.of(kind), self.of(kind), self.of("s")),
        }
    }

    /// Something that the syntax makes of parts.
    fn built(&mut self, kind: Kind) -> String {
        match kind {
            "n" => {
                let operator = self.one_of(&["+", "-", "*", "/", "%"]);
                match self.choose(5) {
                    0 => format!("-{}", self.of("n")),
                    _ => format!("({} {operator} {})", self.of("n"), self.of("n")),
                }
            }
            "b" => self.truth(),
            "s" => self.template(),
            "l" => self.sequence(),
            "t" => format!("toset({})", self.of("l")),
            "m" => self.mapping(),
            _ => self.leaf(kind),
        }
    }

    fn truth(&mut self) -> String {
        match self.choose(6) {
            0 => format!("!{}", self.of("b")),
            1 => {
                let operator = self.one_of(&["&&", "||"]);
                format!("({} {operator} {})", self.of("b"), self.of("b"))
            }
            2 => {
                let operator = self.one_of(&["<", "<=", ">", ">="]);
                format!("({} {operator} {})", self.of("n"), self.of("n"))
            }
            _ => {
                let operator = self.one_of(&["==", "!="]);
                let kind = self.one_of(&["n", "s", "b", "l", "m", "t", "a"]);
                format!("({} {operator} {})", self.of(kind), self.of(kind))
            }
        }
    }

    fn template(&mut self) -> String {
        match self.choose(6) {
            0 => format!("\"${{{}}}\"", self.of("a")),
            1 => format!("\"a${{{}}}b${{{}}} $${{x\"", self.of("s"), self.of("n")),
            2 => format!("\" ${{~ {} ~}} \"", self.of("s")),
            3 => {
                let (condition, yes, no) = (self.of("c"), self.of("s"), self.of("n"));
                format!("\"%{{ if {condition} }}<${{{yes}}}>%{{ else }}${{{no}}}%{{ endif }}\"")
            }
            4 => {
                let collection = self.of("l");
                let body = self.with_names(|this| this.of("s"));
                let name = self.fresh();
                format!("\"%{{ for {name} in {collection} ~}} ${{{body}}} %{{ endfor }}.\"")
            }
            _ => {
                let (first, second) = (self.of("s"), self.of("n"));
                format!("<<-EOT\n    a ${{{first}}}\n      b ${{{second}}}\n  EOT\n")
            }
        }
    }

    fn sequence(&mut self) -> String {
        match self.choose(9) {
            0 => "[]".to_owned(),
            1 => format!("tolist([{}, {}])", self.of("n"), self.of("n")),
            2 => format!("[{}, {}, {}]", self.of("a"), self.of("a"), self.of("a")),
            3 => format!("{}[*]", self.of("a")),
            4 => format!("[{}, {}][*].a", self.of("m"), self.of("m")),
            5 => format!("[{}, {}].*.a[{}]", self.of("m"), self.of("m"), self.literal("small")),
            6 => {
                let collection = self.of("m");
                let name = self.fresh();
                let body = self.with_names(|this| this.of("a"));
                format!("[for {name}k, {name} in {collection} : {body}]")
            }
            7 => {
                let collection = self.of("l");
                let name = self.fresh();
                let (body, condition) = self.with_names(|this| (this.of("a"), this.of("c")));
                format!("[for {name} in {collection} : {body} if {condition}]")
            }
            _ => format!("[{}, {}]", self.of("s"), self.of("s")),
        }
    }

    fn mapping(&mut self) -> String {
        match self.choose(7) {
            0 => "{}".to_owned(),
            1 => format!("tomap({{ a = {}, c = {} }})", self.of("s"), self.of("s")),
            2 => format!("{{ ({}) = {}, b = {} }}", self.of("k"), self.of("a"), self.of("a")),
            3 => {
                let collection = self.of("l");
                let name = self.fresh();
                let (key, body) = self.with_names(|this| (this.of("k"), this.of("a")));
                // Keys that occur twice are an error, after which Terraform still knows what the result would have been.
                if self.choose(2) == 0 {
                    format!("{{ for {name}k, {name} in {collection} : {key} => {body}... }}")
                } else {
                    format!("{{ for {name}k, {name} in {collection} : {name}k => {body} }}")
                }
            }
            4 => {
                let collection = self.of("m");
                let name = self.fresh();
                let condition = self.with_names(|this| this.of("c"));
                format!(
                    "{{ for {name}k, {name} in {collection} : {name}k => {name} if {condition} }}"
                )
            }
            _ => format!("{{ a = {}, b = {} }}", self.of("a"), self.of("a")),
        }
    }

    /// The name of the variable of the construct that is being made.
    fn fresh(&self) -> String {
        format!("v{}", self.names.len())
    }

    fn with_names<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        self.names.push(self.fresh());
        let made = make(self);
        self.names.pop();
        made
    }
}
