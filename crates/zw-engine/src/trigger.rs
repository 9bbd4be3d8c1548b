//! `replace_triggered_by`: whether what it names is going to change.

use zw_config::model::Symbol;
use zw_lang::{Diagnostic, Expr, ExprKind, Path, PathStep, Ref, Step, Value, evaluate};

use crate::plan::{Action, Change};
use crate::planner::Planner;
use crate::resource::Instance;
use crate::walk::narrow;

/// Whether a reference in `replace_triggered_by` asks for the replacement of an instance.
///
/// Terraform: Resource behavior, `replace_triggered_by`: a reference to a resource fires when it is
/// changed or replaced, one to an attribute when that changes.
pub(crate) fn fires(
    planner: &Planner,
    instance: Instance,
    expr: &Expr,
) -> Result<bool, Diagnostic> {
    let ExprKind::Ref(reference) = &expr.kind else { return Err(not_a_reference(expr)) };
    let node = planner.walk.module(instance.module).node;
    let module = planner.walk.config.module_of(node);
    let Symbol::Resource(resource) = module.symbol(reference.symbol) else {
        return Err(not_a_reference(expr));
    };
    let (key, path) = split(planner, instance, reference);
    let count = planner.walk.module(instance.module).resources[resource].instances.len();
    let changes = (0..count).filter_map(|at| {
        if let Some(key) = &key
            && !is_key(planner, instance, resource, at, key)
        {
            return None;
        }
        let change = planner.change_of.get(&(instance.module, narrow(resource), narrow(at)))?;
        Some(&planner.changes[*change])
    });
    let mut changes = changes;
    Ok(changes.any(|change| changes_at(change, &path)))
}

fn not_a_reference(expr: &Expr) -> Diagnostic {
    Diagnostic::error(
        "Invalid replace_triggered_by expression",
        "Only references to managed resources of the same module, and to attributes of them, can be used in \
         replace_triggered_by.",
    )
    .at(expr.span)
}

/// The key of an instance that a reference names, and the attribute within it.
fn split(planner: &Planner, instance: Instance, reference: &Ref) -> (Option<Value>, Path) {
    let mut key = None;
    let mut path = Path::root();
    let each = planner.each_of(instance);
    for (at, step) in reference.steps.iter().enumerate() {
        match step {
            Step::Attr(name, _) => path.0.push(PathStep::Attr(name.clone())),
            Step::Index(index) => {
                let mut view = planner.walk.view(instance.module, each.clone());
                let Ok(value) = evaluate(index, &mut view) else { break };
                if at == 0 {
                    key = Some(value);
                } else {
                    path.0.push(PathStep::Index(value));
                }
            }
        }
    }
    (key, path)
}

fn is_key(planner: &Planner, instance: Instance, resource: usize, at: usize, key: &Value) -> bool {
    use zw_lang::addr::InstanceKey;
    let slot = &planner.walk.module(instance.module).resources[resource];
    match slot.expansion.key(at) {
        InstanceKey::None => true,
        InstanceKey::Int(number) => {
            key.as_i64().and_then(|key| u64::try_from(key).ok()) == Some(number)
        }
        InstanceKey::Str(name) => key.as_str() == Some(&*name),
    }
}

fn changes_at(change: &Change, path: &Path) -> bool {
    match change.action {
        Action::Create
        | Action::Update
        | Action::DeleteThenCreate
        | Action::CreateThenDelete
        | Action::ForgetThenCreate => {
            path.0.is_empty() || change.before.at_path(path) != change.after.at_path(path)
        }
        Action::NoOp | Action::Read | Action::Open | Action::Delete | Action::Forget => false,
    }
}
