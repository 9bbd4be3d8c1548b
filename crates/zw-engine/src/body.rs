//! From the body of a block to a value, by a schema.

mod undecided;

use zw_config::model::{Attribute as Written, Block as WrittenBlock, Body};
use zw_lang::{
    Diagnostic, Diagnostics, EvalError, EvalResult, Expr, Locals, Marks, ObjectType, Path,
    PathStep, Scope, Span, Type, Value, ValueKind, convert, evaluate_with, suggest,
};
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting};

use self::undecided::{has_blocks, labelled_blocks};

/// Notes what a body refers to, without evaluating it.
pub(crate) fn skip(scope: &mut dyn Scope, body: &Body) {
    for attribute in body.attributes.values() {
        attribute.value.for_each_ref(&mut |reference, span| scope.skip(reference, span));
    }
    for block in &body.blocks {
        if let Some(dynamic) = &block.dynamic {
            dynamic.for_each.for_each_ref(&mut |reference, span| scope.skip(reference, span));
        }
        skip(scope, &block.body);
    }
}

/// Evaluates a body to an object of the block's type. Attributes that are not given are null; blocks
/// that are not given are empty. Warnings come with the value.
pub(crate) fn decode(
    block: &Block,
    body: &Body,
    scope: &mut dyn Scope,
) -> EvalResult<(Value, Diagnostics)> {
    let mut decoder = Decoder {
        scope,
        locals: Locals::default(),
        diagnostics: Diagnostics::new(),
        blocked: false,
        path: Path::root(),
    };
    let value = decoder.block(block, body);
    if decoder.diagnostics.has_errors() {
        return Err(EvalError::Diagnostics(decoder.diagnostics));
    }
    if decoder.blocked {
        return Err(EvalError::Blocked);
    }
    Ok((value, decoder.diagnostics))
}

/// An object of a block in which nothing is set.
pub(crate) fn empty(block: &Block) -> Value {
    let values = block
        .names()
        .iter()
        .map(|name| match (block.attribute(name), block.nested(name)) {
            (Some(attribute), _) => Value::null(attribute.ty.clone()),
            (None, Some(nested)) => collect(nested, Vec::new()),
            (None, None) => Value::null(Type::Dynamic),
        })
        .collect();
    Value::object_of_shape(block.names().clone(), values)
}

struct Decoder<'a> {
    scope: &'a mut dyn Scope,
    locals: Locals,
    diagnostics: Diagnostics,
    blocked: bool,
    path: Path,
}

impl Decoder<'_> {
    /// The value of an expression; whatever is wrong with it is noted, and the rest goes on.
    fn evaluate(&mut self, expr: &Expr) -> Option<Value> {
        match evaluate_with(expr, self.scope, &mut self.locals) {
            Ok(value) => Some(value),
            Err(EvalError::Blocked) => {
                self.blocked = true;
                None
            }
            Err(EvalError::Diagnostics(diagnostics)) => {
                self.diagnostics.extend(diagnostics);
                None
            }
        }
    }

    fn block(&mut self, block: &Block, body: &Body) -> Value {
        self.report_unexpected(block, body);
        let values = block
            .names()
            .iter()
            .map(|name| match (block.attribute(name), block.nested(name)) {
                (Some(attribute), _) => self.attribute(attribute, body),
                (None, Some(nested)) => self.nested(nested, body),
                (None, None) => Value::null(Type::Dynamic),
            })
            .collect();
        Value::object_of_shape(block.names().clone(), values)
    }

    fn attribute(&mut self, attribute: &Attribute, body: &Body) -> Value {
        let missing = || Value::null(attribute.ty.clone());
        let written = body.attributes.get(attribute.name);
        // Blocks of JSON and YAML are read as blocks, so that not everything in them must be set.
        let Some(written) = written.filter(|written| !has_blocks(written)) else {
            if let Some(value) = self.attribute_as_blocks(attribute, body) {
                return value;
            }
            if let Some(written) = written {
                return self.written(attribute, written);
            }
            if attribute.presence == zw_provider::schema::Presence::Required {
                self.diagnostics.push(
                    Diagnostic::error(
                        "Missing required argument",
                        format!(
                            "The argument {:?} is required, but no definition was found.",
                            attribute.name
                        ),
                    )
                    .at(body.span),
                );
            }
            return missing();
        };
        self.written(attribute, written)
    }

    fn written(&mut self, attribute: &Attribute, written: &Written) -> Value {
        let missing = || Value::null(attribute.ty.clone());
        if !attribute.is_configurable() {
            self.diagnostics.push(
                Diagnostic::error(
                    "Value for unconfigurable attribute",
                    format!(
                        "Can't configure a value for {:?}: its value will be decided automatically \
                         based on the result of applying this configuration.",
                        attribute.name
                    ),
                )
                .at(written.name_span),
            );
            return missing();
        }
        if let Some(instead) = attribute.deprecated {
            self.diagnostics
                .push(Diagnostic::warning("Argument is deprecated", instead).at(written.name_span));
        }
        let Some(value) = self.evaluate(&written.value) else { return missing() };
        self.checked(attribute, written, &value).unwrap_or_else(missing)
    }

    /// The value converted to the attribute's type and checked.
    fn checked(
        &mut self,
        attribute: &Attribute,
        written: &Written,
        value: &Value,
    ) -> Option<Value> {
        let span = written.value.span;
        let at = self.path.attr(attribute.name);
        let value = self.converted(attribute.name, &attribute.ty, written, value)?;
        if value.is_null() && attribute.presence == zw_provider::schema::Presence::Required {
            self.diagnostics.push(
                Diagnostic::error(
                    "Missing required argument",
                    format!(
                        "The argument {:?} is required, but its value is null.",
                        attribute.name
                    ),
                )
                .at(span)
                .attribute(at.to_string()),
            );
            return None;
        }
        if let Some(validate) = attribute.validate
            && value.is_wholly_known()
            && !value.is_null()
            && let Err(reason) = validate(&value)
        {
            self.diagnostics.push(
                Diagnostic::error(format!("Invalid value for {at}"), reason)
                    .at(span)
                    .attribute(at.to_string()),
            );
            return None;
        }
        Some(value)
    }

    /// An attribute that is a list or set of objects may be written as blocks, as in Terraform
    /// ("attributes as blocks": `ingress` of a security group).
    fn attribute_as_blocks(&mut self, attribute: &Attribute, body: &Body) -> Option<Value> {
        let (Type::List(element) | Type::Set(element)) = &attribute.ty else { return None };
        let Type::Object(object) = &**element else { return None };
        let written: Vec<&WrittenBlock> = body.blocks_of(attribute.name).collect();
        written.first()?;
        let items = self.items(Shape::Object(object), attribute.name, &written);
        let value = match items {
            Items::Unknown(marks) => Value::unknown(attribute.ty.clone()).with_marks(marks),
            Items::Known(items, marks) => {
                let items = items.into_iter().map(|(_, item)| item).collect();
                let element = Type::clone(element);
                match attribute.ty {
                    Type::Set(_) => Value::set(element, items),
                    _ => Value::list(element, items),
                }
                .with_marks(marks)
            }
        };
        Some(value)
    }

    /// An object whose attributes are all optional.
    fn object(&mut self, object: &ObjectType, body: &Body) -> Value {
        for (name, written) in &body.attributes {
            if object.get(name).is_none() {
                let hint = suggest(name, object.attrs().iter().map(|attr| attr.name.as_str()));
                let detail = format!("An argument named {name:?} is not expected here.{hint}");
                self.diagnostics
                    .push(Diagnostic::error("Unsupported argument", detail).at(written.name_span));
            }
        }
        let values = object.attrs().iter().map(|attr| {
            let missing = || Value::null(attr.ty.clone());
            let Some(written) = body.attributes.get(&attr.name) else { return missing() };
            let Some(value) = self.evaluate(&written.value) else { return missing() };
            self.converted(&attr.name, &attr.ty, written, &value).unwrap_or_else(missing)
        });
        let values = values.collect();
        let names = object.attrs().iter().map(|attr| attr.name.clone()).collect();
        Value::object_of_shape(names, values)
    }

    fn converted(
        &mut self,
        name: &str,
        ty: &Type,
        written: &Written,
        value: &Value,
    ) -> Option<Value> {
        match convert(value, ty) {
            Ok(value) => Some(value),
            Err(error) => {
                self.diagnostics.push(
                    Diagnostic::error(
                        "Incorrect attribute value type",
                        format!("Inappropriate value for attribute {name:?}: {error}."),
                    )
                    .at(written.value.span)
                    .attribute(self.path.attr(name).to_string()),
                );
                None
            }
        }
    }

    fn nested(&mut self, nested: &NestedBlock, body: &Body) -> Value {
        let labelled;
        let written: Vec<&WrittenBlock> = if nested.nesting == Nesting::Map {
            labelled = body.blocks_of(nested.name).flat_map(labelled_blocks).collect::<Vec<_>>();
            labelled.iter().map(AsRef::as_ref).collect()
        } else {
            body.blocks_of(nested.name).collect()
        };
        self.path.0.push(PathStep::Attr(nested.name.into()));
        let items = self.items(Shape::Block(&nested.block), nested.name, &written);
        self.path.0.pop();
        match items {
            Items::Unknown(marks) => Value::unknown(nested.ty()).with_marks(marks),
            Items::Known(items, marks) => {
                self.check_count(nested, items.len(), &written, body.span);
                collect(nested, items).with_marks(marks)
            }
        }
    }

    /// The objects of the blocks of one type, `dynamic` ones expanded, each with its label.
    fn items(&mut self, shape: Shape<'_>, name: &str, written: &[&WrittenBlock]) -> Items {
        let mut items = Vec::with_capacity(written.len());
        let mut marks = Marks::NONE;
        let mut unknown = false;
        for one in written {
            let Some(dynamic) = &one.dynamic else {
                self.path.0.push(index_step(items.len()));
                let label = one.labels.first().cloned().unwrap_or_default();
                items.push((label, self.shaped(shape, &one.body)));
                self.path.0.pop();
                continue;
            };
            let Some(collection) = self.evaluate(&dynamic.for_each) else { continue };
            marks = marks.union(collection.marks());
            if !collection.is_known() {
                // How many there will be is not known, but what they depend on is.
                skip(self.scope, &one.body);
                unknown = true;
                continue;
            }
            let Some(elements) = elements_of(&collection) else {
                self.diagnostics.push(
                    Diagnostic::error(
                        "Invalid dynamic for_each value",
                        format!(
                            "Cannot use a {} value in for_each of the dynamic block {name:?}. A \
                             collection is required.",
                            collection.ty().friendly_name()
                        ),
                    )
                    .at(dynamic.for_each.span),
                );
                continue;
            };
            for (key, value) in elements {
                let iterator = Value::object([("key", key), ("value", value)]);
                let outer = self.locals.set(dynamic.iterator_slot, iterator);
                let label =
                    dynamic.labels.first().and_then(|label| self.label(label)).unwrap_or_default();
                self.path.0.push(index_step(items.len()));
                items.push((label, self.shaped(shape, &one.body)));
                self.path.0.pop();
                self.locals.restore(dynamic.iterator_slot, outer);
            }
        }
        if unknown { Items::Unknown(marks) } else { Items::Known(items, marks) }
    }

    fn shaped(&mut self, shape: Shape<'_>, body: &Body) -> Value {
        match shape {
            Shape::Block(block) => self.block(block, body),
            Shape::Object(object) => self.object(object, body),
        }
    }

    fn label(&mut self, expr: &Expr) -> Option<zw_lang::Str> {
        let value = self.evaluate(expr)?;
        match convert(&value, &Type::String) {
            Ok(value) => value.as_str().map(Into::into),
            Err(error) => {
                self.diagnostics.push(
                    Diagnostic::error(
                        "Invalid dynamic block label",
                        format!("A label must be a string: {error}."),
                    )
                    .at(expr.span),
                );
                None
            }
        }
    }

    fn check_count(
        &mut self,
        nested: &NestedBlock,
        count: usize,
        written: &[&WrittenBlock],
        span: Span,
    ) {
        let name = nested.name;
        if count < nested.items_min {
            let detail = if nested.items_min == 1 {
                format!("At least one {name:?} block is required.")
            } else {
                format!("At least {} {name:?} blocks are required.", nested.items_min)
            };
            self.diagnostics
                .push(Diagnostic::error(format!("Insufficient {name} blocks"), detail).at(span));
        }
        let most = match nested.nesting {
            Nesting::Single => Some(1),
            _ => nested.items_max,
        };
        if let Some(most) = most
            && count > most
        {
            self.diagnostics.push(
                Diagnostic::error(
                    format!("Too many {name} blocks"),
                    format!("No more than {most} {name:?} blocks are allowed."),
                )
                .at(written.last().map_or(span, |block| block.span)),
            );
        }
    }

    fn report_unexpected(&mut self, block: &Block, body: &Body) {
        for (name, written) in &body.attributes {
            let is_nested = block.nested(name).is_some();
            if block.attribute(name).is_some() || (is_nested && written.blocks.is_some()) {
                continue;
            }
            let detail = if is_nested {
                format!(
                    "An argument named {name:?} is not expected here. Did you mean to define a block \
                     of type {name:?}?"
                )
            } else {
                let known = block.attributes.iter().filter(|known| known.is_configurable());
                let hint = suggest(name, known.map(|known| known.name));
                format!("An argument named {name:?} is not expected here.{hint}")
            };
            self.diagnostics
                .push(Diagnostic::error("Unsupported argument", detail).at(written.name_span));
        }
        for written in &body.blocks {
            let name = &written.type_name;
            let as_attribute = block.attribute(name);
            if block.nested(name).is_some()
                || as_attribute.is_some_and(|attribute| is_list_of_objects(&attribute.ty))
            {
                continue;
            }
            let detail = if as_attribute.is_some() {
                format!(
                    "Blocks of type {name:?} are not expected here. Did you mean to define argument \
                     {name:?}? If so, use the equals sign to assign it a value."
                )
            } else {
                let hint = suggest(name, block.blocks.iter().map(|known| known.name));
                format!("Blocks of type {name:?} are not expected here.{hint}")
            };
            self.diagnostics
                .push(Diagnostic::error("Unsupported block type", detail).at(written.span));
        }
    }
}

/// What the body of a nested block is decoded to.
#[derive(Clone, Copy)]
enum Shape<'a> {
    Block(&'a Block),
    Object(&'a ObjectType),
}

enum Items {
    Known(Vec<(zw_lang::Str, Value)>, Marks),
    Unknown(Marks),
}

fn collect(nested: &NestedBlock, items: Vec<(zw_lang::Str, Value)>) -> Value {
    let ty = nested.block.ty();
    let values = |items: Vec<(zw_lang::Str, Value)>| items.into_iter().map(|(_, item)| item);
    match nested.nesting {
        Nesting::Single => values(items).next().unwrap_or_else(|| Value::null(ty)),
        Nesting::List => Value::list(ty, values(items).collect()),
        Nesting::Set => Value::set(ty, values(items).collect()),
        Nesting::Map => Value::map(ty, items),
    }
}

fn index_step(at: usize) -> PathStep {
    PathStep::Index(Value::from(i64::try_from(at).unwrap_or(i64::MAX)))
}

fn is_list_of_objects(ty: &Type) -> bool {
    matches!(ty, Type::List(element) | Type::Set(element) if matches!(**element, Type::Object(_)))
}

/// Keys and values of what a `dynamic` block is repeated for.
fn elements_of(collection: &Value) -> Option<Vec<(Value, Value)>> {
    match collection.kind() {
        ValueKind::List(list) => Some(indexed(&list.items)),
        ValueKind::Tuple(items) => Some(indexed(items)),
        // The key of an element of a set is the element.
        ValueKind::Set(set) => {
            Some(set.items.iter().map(|item| (item.clone(), item.clone())).collect())
        }
        ValueKind::Map(map) => Some(
            map.entries
                .iter()
                .map(|(key, value)| (Value::from(key.clone()), value.clone()))
                .collect(),
        ),
        ValueKind::Object(object) => Some(
            object.iter().map(|(key, value)| (Value::from(key.clone()), value.clone())).collect(),
        ),
        _ => None,
    }
}

fn indexed(items: &[Value]) -> Vec<(Value, Value)> {
    (0i64..).map(Value::from).zip(items.iter().cloned()).collect()
}

#[cfg(test)]
mod tests;
