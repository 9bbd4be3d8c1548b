//! Where ephemeral values cannot go: into anything that is kept.
//!
//! <https://developer.hashicorp.com/terraform/language/manage-sensitive-data/ephemeral>

use zw_config::model::Body;
use zw_lang::{Diagnostic, Diagnostics, Marks, Path, PathStep, ResourceMode, Span, Value};
use zw_provider::schema::Block;

use crate::plan::{Action, Change};

/// Whether a change is that of an ephemeral resource, of which nobody is told: it changes nothing.
pub(crate) fn is(change: &Change) -> bool {
    change.action == Action::Open
}

/// The value of an instance, which is ephemeral if its resource is.
pub(crate) fn of_mode(mode: ResourceMode, value: Value) -> Value {
    if mode == ResourceMode::Ephemeral { value.with_marks(Marks::EPHEMERAL) } else { value }
}

/// Whether something is as good as known to who only looks at a plan: what is not known of it is ephemeral, and was
/// known when the plan was made. Its ephemeral parts are null.
pub(crate) fn known_to_onlookers(value: Value) -> Value {
    value.map_deep(&mut |value| {
        if value.marks().contains(Marks::EPHEMERAL) { Value::null(value.ty()) } else { value }
    })
}

/// Refuses ephemeral values in arguments that are kept in the state: all but write-only ones.
pub(crate) fn refuse_in_body(
    block: &Block,
    body: &Body,
    value: &Value,
    span: Span,
) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::new();
    for path in value.marked_paths(Marks::EPHEMERAL) {
        if is_write_only(block, &path) {
            continue;
        }
        let first = path.0.first().and_then(|step| match step {
            PathStep::Attr(name) => body.attributes.get(name),
            PathStep::Index(_) => None,
        });
        let detail = format!(
            "Ephemeral values are not valid for \"{path}\", because it is not a write-only attribute and must be \
             persisted to state."
        );
        let at = first.map_or(span, |attribute| attribute.value.span);
        problems.push(Diagnostic::error("Invalid use of ephemeral value", detail).at(at));
    }
    problems.into_result(())
}

fn is_write_only(block: &Block, path: &Path) -> bool {
    let mut block = block;
    for step in &path.0 {
        let PathStep::Attr(name) = step else { continue };
        if let Some(attribute) = block.attribute(name) {
            return attribute.write_only;
        }
        match block.nested(name) {
            Some(nested) => block = &nested.block,
            None => return false,
        }
    }
    false
}

/// Refuses an ephemeral value for an output that does not say that it is one.
pub(crate) fn refuse_in_output(
    output: &zw_config::model::Output,
    value: &Value,
) -> Result<(), Diagnostic> {
    if output.ephemeral || !value.all_marks().contains(Marks::EPHEMERAL) {
        return Ok(());
    }
    let detail = "This output value is not declared as returning an ephemeral value, so it cannot be set to a \
                  result derived from an ephemeral value.";
    Err(Diagnostic::error("Ephemeral value not allowed", detail).at(output.value.span))
}

/// Refuses outputs of the root module that are ephemeral: there is nobody to take them.
pub(crate) fn refuse_outputs(root: &zw_config::model::Module) -> Diagnostics {
    let ephemeral = root.outputs.iter().filter(|output| output.ephemeral);
    let refused = ephemeral.map(|output| {
        let detail = "Ephemeral outputs are not allowed in context of a root module.";
        Diagnostic::error("Ephemeral output not allowed", detail).at(output.span)
    });
    Diagnostics(refused.collect())
}

/// Refuses an ephemeral value for a variable that does not say that it takes one.
pub(crate) fn refuse_in_variable(
    variable: &zw_config::model::Variable,
    value: &Value,
    span: Span,
) -> Result<(), Diagnostic> {
    if variable.ephemeral || !value.all_marks().contains(Marks::EPHEMERAL) {
        return Ok(());
    }
    let detail = "This input variable is not declared as accepting ephemeral values, so it cannot be set to a \
                  result derived from an ephemeral value.";
    Err(Diagnostic::error("Ephemeral value not allowed", detail).at(span))
}
