//! Evaluating provider configurations, and finding the one that serves a resource.

use super::{Planner, Reach};

use zw_config::model::ProviderKey;
use zw_lang::addr::InstanceKey;
use zw_lang::{Diagnostic, EvalResult, Expr, Type, Value, convert, evaluate};

use crate::body;
use crate::event::Observer;
use crate::providers::{self, Arguments, ProvId};
use crate::statics::Object;
use crate::walk::{EachData, ModId, Slot};

impl Planner {
    fn provider_closure(&self) -> Vec<bool> {
        let statics = self.walk.statics.clone();
        let config = self.walk.config.clone();
        let roots = statics.order.iter().filter(|id| matches!(id.object, Object::Provider(_)));
        statics.closure(&config, roots.copied())
    }

    /// Evaluates provider configurations and what they refer to. They come first: with their connections everything
    /// in the state is read at once, rather than level by level.
    pub(crate) async fn evaluate_providers(&mut self, observer: &dyn Observer) {
        let of_providers = self.provider_closure();
        loop {
            self.pass(|at| of_providers[at]);
            self.want_state();
            if !self.fetch(observer).await {
                break;
            }
        }
    }

    /// Evaluates a provider configuration.
    pub(super) fn provider(&mut self, module: ModId, at: usize) {
        let config = self.walk.config.clone();
        let node = self.walk.module(module).node;
        let declared = &config.module_of(node).providers[at];
        let repetition = declared
            .for_each
            .clone()
            .map_or_else(Default::default, zw_config::model::Repetition::ForEach);
        let (expansion, deps) = self.expansion(module, &repetition, None);
        for position in 0..expansion.len() {
            let key = expansion.key(position);
            let Some(id) = self.provider_at(module, &declared.key, &key, Some(declared.span))
            else {
                return;
            };
            if !matches!(self.providers.get(id).arguments, Arguments::Pending) {
                continue;
            }
            let provider = self.providers.get(id).provider.clone();
            let mut view = self.walk.view(module, expansion.repetition(position));
            let block = &provider.config_schema().block;
            let result = body::decode(block, &declared.body, &mut view).map(|(value, _)| value);
            let slot = Self::settle(&mut self.diagnostics, view, result);
            let arguments = match slot {
                Slot::Ready(computed) => {
                    let all = computed.deps.iter().chain(&deps);
                    self.providers.get_mut(id).deps = all.copied().collect();
                    let value = if self.reach == Reach::Looking {
                        super::ephemeral::known_to_onlookers(computed.value)
                    } else {
                        computed.value
                    };
                    let (value, _) = value.unmark_all();
                    if value.is_wholly_known() {
                        self.providers.know(id, value);
                        continue;
                    }
                    Arguments::Unknown
                }
                Slot::Failed => Arguments::Failed,
                Slot::Pending | Slot::Blocked => Arguments::Pending,
            };
            self.providers.get_mut(id).arguments = arguments;
        }
    }

    /// The provider configuration at a place, made if it is new; `None` if there is no such provider, which
    /// is reported.
    fn provider_at(
        &mut self,
        module: ModId,
        key: &ProviderKey,
        instance: &InstanceKey,
        span: Option<zw_lang::Span>,
    ) -> Option<ProvId> {
        if let Some(id) = self.providers.of_place(module, key, instance) {
            return Some(id);
        }
        let node = self.walk.module(module).node;
        let source = providers::source_of(&self.walk, node, &key.name);
        let Some(provider) = self.walk.cx.providers.get(&source).cloned() else {
            let known =
                self.walk.cx.providers.iter().map(|(_, provider)| provider.name().to_owned());
            let known: Vec<String> = known.collect();
            let hint = zw_lang::suggest(&key.name, known.iter().map(String::as_str));
            let diagnostic = Diagnostic::error(
                format!("There is no provider {:?}", key.name),
                format!(
                    "Providers are built into zw, and {source} is not among them: it has {}.{hint}",
                    known.join(", ")
                ),
            );
            self.diagnostics.push(match span {
                Some(span) => diagnostic.at(span),
                None => diagnostic,
            });
            return None;
        };
        let address =
            providers::address_of(&self.walk, module, &source, key.alias.as_ref(), instance);
        let place = (module, key.clone(), instance.clone());
        let id = self.providers.add(place, provider.clone(), &source, address);
        if providers::declared(&self.walk, module, key).is_none() {
            // A provider without a block is configured by its environment alone.
            let block = &provider.config_schema().block;
            let nothing = crate::body::empty(block);
            self.providers.know(id, nothing);
        }
        Some(id)
    }

    /// The provider configuration of an instance of a resource.
    pub(crate) fn provider_of(
        &mut self,
        module: ModId,
        each: &EachData,
        reference: &zw_config::model::ProviderRef,
    ) -> EvalResult<Option<ProvId>> {
        let walk = &self.walk;
        let mut evaluate_key =
            |at: ModId, each: EachData, expr: &Expr| -> EvalResult<InstanceKey> {
                let value = evaluate(expr, &mut walk.view(at, each))?;
                let text = convert(&value, &Type::String).ok();
                match text.as_ref().and_then(Value::as_str) {
                Some(text) => Ok(InstanceKey::Str(text.into())),
                None => Err(Diagnostic::error(
                    "Invalid provider instance key",
                    "The key of a provider instance must be a string that is known while planning.",
                )
                .at(expr.span)
                .into()),
            }
            };
        let (at, key, instance) =
            providers::resolve(walk, module, each, reference, &mut evaluate_key)?;
        Ok(self.provider_at(at, &key, &instance, reference.span))
    }
}
