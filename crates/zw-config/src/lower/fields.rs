//! Blocks whose contents are known: what may be in them, and what is.

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block as Tree, Body as TreeBody, Structure};
use zw_lang::parse::Text;
use zw_lang::{Expr, Span, Str, Type, Value, convert, suggest};

use super::{Lowerer, header};

/// The arguments and blocks of a block of a known kind.
pub(super) struct Fields<'t> {
    pub(super) text: Text<'t>,
    /// Where the header of the block is written.
    pub(super) span: Span,
    attributes: Vec<&'t Attribute>,
    blocks: Vec<&'t Tree>,
}

impl<'t> Fields<'t> {
    /// An argument.
    pub(super) fn get(&self, name: &str) -> Option<&'t Attribute> {
        self.attributes.iter().copied().find(|attribute| attribute.key.as_str() == name)
    }

    /// The value of an argument.
    pub(super) fn value(&self, name: &str) -> Option<&'t Expression> {
        self.get(name).map(|attribute| &attribute.value)
    }

    /// The blocks of a type.
    pub(super) fn blocks(&self, kind: &'static str) -> impl Iterator<Item = &'t Tree> {
        let of_kind = move |block: &&'t Tree| block.ident.as_str() == kind;
        self.blocks.clone().into_iter().filter(of_kind)
    }
}

impl Lowerer {
    /// The contents of a block that can have these arguments and blocks and no others.
    pub(super) fn fields<'t>(
        &mut self,
        block: &'t Tree,
        text: Text<'t>,
        arguments: &[&str],
        blocks: &[&str],
    ) -> Fields<'t> {
        let fields = open_fields(block, text);
        for attribute in &fields.attributes {
            let name = attribute.key.as_str();
            if arguments.contains(&name) {
                continue;
            }
            let hint = if blocks.contains(&name) {
                format!(" Did you mean to define a block of type {name:?}?")
            } else {
                suggest(name, arguments.iter().copied())
            };
            let detail = format!("An argument named {name:?} is not expected here.{hint}");
            self.error("Unsupported argument", detail, text.span_of(&attribute.key));
        }
        for inner in &fields.blocks {
            let name = inner.ident.as_str();
            if blocks.contains(&name) {
                continue;
            }
            let hint = if arguments.contains(&name) {
                format!(
                    " Did you mean to define argument {name:?}? If so, use the equals sign to assign \
                     it a value."
                )
            } else {
                suggest(name, blocks.iter().copied())
            };
            let detail = format!("Blocks of type {name:?} are not expected here.{hint}");
            self.error("Unsupported block type", detail, header(inner, text));
        }
        fields
    }

    pub(super) fn missing(&mut self, name: &str, span: Span) {
        let detail = format!("The argument {name:?} is required, but no definition was found.");
        self.error("Missing required argument", detail, span);
    }

    /// An argument that can be any expression.
    pub(super) fn optional(&mut self, fields: &Fields<'_>, name: &str) -> Option<Expr> {
        self.expression(fields.value(name)?, fields.text)
    }

    /// An argument that can be any expression and must be there.
    pub(super) fn required(&mut self, fields: &Fields<'_>, name: &str) -> Option<Expr> {
        let Some(value) = fields.value(name) else {
            self.missing(name, fields.span);
            return None;
        };
        self.expression(value, fields.text)
    }

    /// A constant argument of a type.
    pub(super) fn constant_field(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        ty: &Type,
    ) -> Option<(Value, Span)> {
        let tree = fields.value(name)?;
        let span = fields.text.span_of(tree);
        let value = self.constant(tree, fields.text)?;
        match convert(&value, ty) {
            Ok(value) if value.is_null() => None,
            Ok(value) => Some((value, span)),
            Err(error) => {
                let detail = format!("Unsuitable value for {name:?}: {error}.");
                self.error("Unsuitable value type", detail, span);
                None
            }
        }
    }

    /// A constant bool.
    pub(super) fn bool_field(&mut self, fields: &Fields<'_>, name: &str) -> Option<bool> {
        self.constant_field(fields, name, &Type::Bool)?.0.as_bool()
    }

    /// A constant string.
    pub(super) fn string_field(&mut self, fields: &Fields<'_>, name: &str) -> Option<(Str, Span)> {
        let (value, span) = self.constant_field(fields, name, &Type::String)?;
        Some((value.as_str()?.into(), span))
    }

    /// The elements of an argument that must be written as a list.
    pub(super) fn list_field<'t>(
        &mut self,
        fields: &Fields<'t>,
        name: &str,
    ) -> Vec<&'t Expression> {
        match fields.value(name) {
            None => Vec::new(),
            Some(Expression::Array(items)) => items.iter().collect(),
            Some(other) => {
                let detail = format!(
                    "A static list expression is required for {name:?}: it begins with \"[\" and ends \
                     with \"]\"."
                );
                self.error("Invalid expression", detail, fields.text.span_of(other));
                Vec::new()
            }
        }
    }

    /// One of some words, written without quotes.
    pub(super) fn word_field<'w>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        words: &[&'w str],
    ) -> Option<&'w str> {
        let tree = fields.value(name)?;
        // Quotes were right before Terraform 0.12.
        let written = match tree {
            Expression::Variable(word) => word.as_str(),
            Expression::String(word) => word.value(),
            _ => "",
        };
        let found = words.iter().copied().find(|word| *word == written);
        if found.is_none() {
            let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
            let detail = format!(
                "{name:?} is one of these keywords, without quotes: {}.",
                quoted.join(", ")
            );
            self.error(format!("Invalid {name:?} keyword"), detail, fields.text.span_of(tree));
        }
        found
    }

    /// The labels of a block that must have so many names; `None` and a report otherwise.
    pub(super) fn labels<const COUNT: usize>(
        &mut self,
        block: &Tree,
        text: Text<'_>,
        wanted: [&str; COUNT],
    ) -> Option<[Str; COUNT]> {
        let kind = block.ident.as_str();
        let given = block.labels.len();
        if given < COUNT {
            let missing = wanted[given];
            let detail = format!(
                "All {kind} blocks must have {COUNT} {} ({}).",
                if COUNT == 1 { "label" } else { "labels" },
                wanted.join(", ")
            );
            self.error(format!("Missing {missing} for {kind}"), detail, header(block, text));
            return None;
        }
        if let Some(extra) = block.labels.get(COUNT) {
            let detail = match COUNT {
                0 => format!("No labels are expected for {kind} blocks."),
                1 => format!("Only 1 label ({}) is expected for {kind} blocks.", wanted[0]),
                _ => {
                    let names = wanted.join(", ");
                    format!("Only {COUNT} labels ({names}) are expected for {kind} blocks.")
                }
            };
            let span = text.span_of(extra);
            self.error(format!("Extraneous label for {kind}"), detail, span);
            return None;
        }
        let mut is_valid = true;
        for (label, wanted) in block.labels.iter().zip(wanted) {
            if hcl_edit::Ident::try_new(label.as_str()).is_err() {
                is_valid = false;
                let detail = "A name must start with a letter or underscore and may contain only \
                              letters, digits, underscores, and dashes.";
                self.error(format!("Invalid {kind} {wanted}"), detail, text.span_of(label));
            }
        }
        is_valid.then(|| std::array::from_fn(|at| Str::from(block.labels[at].as_str())))
    }

    /// Reports a name that is declared for the second time.
    pub(super) fn duplicate(&mut self, what: &str, shown: &str, span: Span, first: Span) {
        let detail = format!(
            "A {what} named {shown} was already declared. Names of this kind must be unique within a \
             module: rename one of the two, or remove it."
        );
        self.diagnostics.push(
            zw_lang::Diagnostic::error(format!("Duplicate {what} {shown}"), detail)
                .at(span)
                .label(first, "the first one is here"),
        );
    }

    /// Reports an overriding block that overrides nothing.
    pub(super) fn nothing_to_override(&mut self, what: &str, shown: &str, span: Span) {
        let detail = format!(
            "There is no {what} {shown} to override. An override file changes blocks that other files \
             declare and cannot add any."
        );
        self.error(format!("Missing base {what} to override"), detail, span);
    }
}

/// The contents of a block that can have others besides those that are asked for.
pub(super) fn open_fields<'t>(block: &'t Tree, text: Text<'t>) -> Fields<'t> {
    contents(&block.body, text, header(block, text))
}

fn contents<'t>(body: &'t TreeBody, text: Text<'t>, span: Span) -> Fields<'t> {
    let mut fields = Fields { text, span, attributes: Vec::new(), blocks: Vec::new() };
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => fields.attributes.push(attribute),
            Structure::Block(block) => fields.blocks.push(block),
        }
    }
    fields
}
