//! Blocks that say what became of objects: `moved`, `removed` and `import`.

use hcl_edit::structure::Block as Tree;
use zw_lang::addr::{InstanceKey, ModuleInstancePath};
use zw_lang::parse::Text;
use zw_lang::{Expr, Span, Value, ValueKind};

use super::Lowerer;
use super::fields::Fields;
use super::references::{Address, Key};
use crate::model::{Endpoint, Import, ImportTarget, Moved, ProvisionerWhen, Removed};
use crate::names::Place;

impl Lowerer {
    pub(super) fn moved(&mut self, block: &Tree, text: Text<'_>) {
        if self.labels(block, text, []).is_none() {
            return;
        }
        let fields = self.fields(block, text, &["from", "to"], &[]);
        let from = self.endpoint(&fields, "from");
        let to = self.endpoint(&fields, "to");
        let (Some(from), Some(to)) = (from, to) else { return };
        if from.resource.is_some() != to.resource.is_some() {
            let detail = "The \"from\" and \"to\" addresses must either both refer to resources or \
                          both refer to modules.";
            self.error("Invalid \"moved\" addresses", detail, fields.span);
            return;
        }
        self.module.moved.push(Moved { from, to, span: fields.span });
    }

    pub(super) fn removed(&mut self, block: &Tree, text: Text<'_>) {
        if self.labels(block, text, []).is_none() {
            return;
        }
        let kinds = ["lifecycle", "connection", "provisioner"];
        let fields = self.fields(block, text, &["from"], &kinds);
        let Some(from) = self.endpoint(&fields, "from") else { return };
        let has_key = from.module.steps().iter().any(|(_, key)| *key != InstanceKey::None)
            || matches!(&from.resource, Some((_, key)) if *key != InstanceKey::None);
        if has_key {
            let detail = "A \"removed\" block names a resource or a module as a whole: remove the \
                          instance key. To remove instances, change the \"count\" or \"for_each\" \
                          argument of the resource.";
            self.error("Resource instance keys not allowed", detail, from.span);
        }
        let destroy = self.single_block(&fields, "lifecycle").and_then(|lifecycle| {
            let inner = self.fields(lifecycle, text, &["destroy"], &[]);
            self.bool_field(&inner, "destroy")
        });
        self.names.place = Place { has_self: true, has_count: true, has_each: true };
        let connection = self.connection(&fields);
        let provisioners = self.provisioners(&fields);
        for early in provisioners.iter().filter(|one| one.when == ProvisionerWhen::Create) {
            let detail = "Only destroy-time provisioners are valid in \"removed\" blocks: add \
                          \"when = destroy\".";
            self.error("Invalid provisioner block", detail, early.span);
        }
        let destroy = destroy.unwrap_or(true);
        let removed = Removed { from, destroy, connection, provisioners, span: fields.span };
        self.module.removed.push(removed);
    }

    pub(super) fn import(&mut self, block: &Tree, text: Text<'_>) {
        if self.labels(block, text, []).is_none() {
            return;
        }
        let arguments = ["to", "id", "identity", "for_each", "provider"];
        let fields = self.fields(block, text, &arguments, &[]);
        let for_each = self.optional(&fields, "for_each");
        self.names.place.has_each = fields.get("for_each").is_some();
        let to = self.import_target(&fields);
        if fields.get("id").is_some() == fields.get("identity").is_some() {
            let detail = "An import block has either an \"id\" or an \"identity\" argument.";
            self.error("Invalid import block", detail, fields.span);
        }
        let import = Import {
            id: self.optional(&fields, "id"),
            identity: self.optional(&fields, "identity"),
            for_each,
            provider: fields.value("provider").and_then(|tree| self.provider_ref(tree, text)),
            span: fields.span,
            to: match to {
                Some(to) => to,
                None => return,
            },
        };
        self.module.imports.push(import);
    }

    fn import_target(&mut self, fields: &Fields<'_>) -> Option<ImportTarget> {
        let (address, span) = self.address(fields, "to")?;
        let Some((resource, key)) = address.resource else {
            let detail = "An import block imports into a resource instance, not into a module.";
            self.error("Invalid import address", detail, span);
            return None;
        };
        let mut modules = Vec::with_capacity(address.modules.len());
        for (name, key) in address.modules {
            modules.push((name, self.import_key(key, fields.text, span)?));
        }
        let key = self.import_key(key, fields.text, span)?;
        Some(ImportTarget { modules, resource, key, span })
    }

    /// The key of an instance to import, if there is one. `None` if it is wrong.
    #[expect(clippy::option_option, reason = "there may be none, and it may be wrong")]
    fn import_key(
        &mut self,
        key: Option<Key<'_>>,
        text: Text<'_>,
        span: Span,
    ) -> Option<Option<Expr>> {
        let expr = match key {
            None => return Some(None),
            Some(Key::Written(tree)) => self.expression(tree, text)?,
            Some(key @ Key::Legacy(_)) => Expr::literal(key.constant(text)?, span),
        };
        Some(Some(expr))
    }

    /// An argument that is an address with constant keys.
    fn endpoint(&mut self, fields: &Fields<'_>, name: &str) -> Option<Endpoint> {
        let (address, span) = self.address(fields, name)?;
        let found = endpoint(&address, fields.text, span);
        if found.is_none() {
            let detail = "The instance keys of this address must be constant: strings or whole \
                          numbers.";
            self.error("Invalid address", detail, span);
        }
        found
    }
}

fn endpoint(address: &Address<'_>, text: Text<'_>, span: Span) -> Option<Endpoint> {
    let mut module = ModuleInstancePath::root();
    for (name, key) in &address.modules {
        module = module.child(name.clone(), instance_key(*key, text)?);
    }
    let resource = match &address.resource {
        None => None,
        Some((resource, key)) => Some((resource.clone(), instance_key(*key, text)?)),
    };
    Some(Endpoint { module, resource, span })
}

fn instance_key(key: Option<Key<'_>>, text: Text<'_>) -> Option<InstanceKey> {
    let Some(key) = key else { return Some(InstanceKey::None) };
    let value: Value = key.constant(text)?;
    match value.kind() {
        ValueKind::String(text) => Some(InstanceKey::Str(text.clone())),
        ValueKind::Number(number) => Some(InstanceKey::Int(u64::try_from(number.to_i64()?).ok()?)),
        _ => None,
    }
}
