//! The configuration: what the files of a root module and of the modules it calls declare.

mod objects;

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
pub use objects::{CheckBlock, Endpoint, Import, ImportTarget, Moved, Removed};
pub use zw_lang::addr::ResourceMode;
use zw_lang::{Expr, SourceMap, Span, Str, SymbolId, Type, Value};

use crate::load::Resolutions;

/// A module in [`Config::modules`]: one per source directory, shared by all calls of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(pub u32);

/// A node of the static tree of calls in [`Config::tree`]. The root is node 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// A whole configuration.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// All files that were read, for diagnostics and for saved plans.
    pub sources: SourceMap,
    /// Modules by id, each compiled once.
    pub modules: Vec<Module>,
    /// Calls of modules, without their instances: a parent comes before its children.
    pub tree: Vec<TreeNode>,
    /// Where the modules are whose sources are no relative paths.
    pub resolutions: Resolutions,
}

/// One call of a module, or the root.
#[derive(Clone, Debug)]
pub struct TreeNode {
    /// What is called.
    pub module: ModuleId,
    /// Who calls, and the position of the call in the parent's [`Module::calls`]; `None` for the root.
    pub parent: Option<(NodeId, usize)>,
    /// The node of each call of [`Module::calls`], by position.
    pub children: Vec<NodeId>,
}

impl Config {
    /// The module of a node.
    pub fn module_of(&self, node: NodeId) -> &Module {
        &self.modules[self.tree[node.0 as usize].module.0 as usize]
    }

    /// The root module.
    pub fn root(&self) -> &Module {
        self.module_of(NodeId(0))
    }
}

/// One directory of configuration files.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// The directory, as `path.module` gives it: relative to where the command was run.
    pub dir: PathBuf,
    /// What symbols of expressions stand for, by [`SymbolId`].
    pub symbols: Vec<Symbol>,
    /// `variable` blocks.
    pub variables: Vec<Variable>,
    /// Attributes of `locals` blocks.
    pub locals: Vec<Local>,
    /// `output` blocks.
    pub outputs: Vec<Output>,
    /// `resource` and `data` blocks.
    pub resources: Vec<Resource>,
    /// `module` blocks.
    pub calls: Vec<ModuleCall>,
    /// `provider` blocks.
    pub providers: Vec<ProviderConfig>,
    /// `terraform`/`zw` blocks, merged.
    pub settings: Settings,
    /// `moved` blocks.
    pub moved: Vec<Moved>,
    /// `removed` blocks.
    pub removed: Vec<Removed>,
    /// `import` blocks.
    pub imports: Vec<Import>,
    /// `check` blocks.
    pub checks: Vec<CheckBlock>,
}

/// What a name in an expression refers to; the numbers are positions in the lists of [`Module`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// `var.NAME`
    Variable(usize),
    /// `local.NAME`
    Local(usize),
    /// `output.NAME`, which only tests of the module can say.
    Output(usize),
    /// `TYPE.NAME` or `data.TYPE.NAME`
    Resource(usize),
    /// `module.NAME`
    Module(usize),
    /// `each.key`
    EachKey,
    /// `each.value`
    EachValue,
    /// `count.index`
    CountIndex,
    /// `self`
    SelfObject,
    /// `path.module`
    PathModule,
    /// `path.root`
    PathRoot,
    /// `path.cwd`
    PathCwd,
    /// `terraform.workspace`
    Workspace,
    /// `terraform.applying`
    Applying,
    /// A name that does not exist here; compiling it has been reported as an error.
    Missing,
}

impl Module {
    /// What a symbol stands for.
    pub fn symbol(&self, id: SymbolId) -> Symbol {
        self.symbols.get(id.0 as usize).copied().unwrap_or(Symbol::Missing)
    }
}

/// A `variable` block.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an argument of the block")]
pub struct Variable {
    /// The name.
    pub name: Str,
    /// Where the block's header is written.
    pub span: Span,
    /// The type constraint; `Dynamic` where there is none.
    pub ty: Type,
    /// Whether a value that is given as text, on the command line or in the environment, is taken as it
    /// is and not as an expression: for primitive types and where there is no type constraint.
    pub is_literal: bool,
    /// Defaults of optional attributes within `ty`.
    pub defaults: Option<Arc<zw_lang::Defaults>>,
    /// The default, a constant already converted to `ty`.
    pub default: Option<Value>,
    /// `description`
    pub description: Option<Str>,
    /// `sensitive`
    pub sensitive: bool,
    /// `ephemeral`
    pub ephemeral: bool,
    /// `nullable`, true unless said otherwise.
    pub nullable: bool,
    /// `validation` blocks.
    pub validations: Vec<Check>,
    /// `deprecated`: what to say to whoever sets it.
    pub deprecated: Option<Str>,
    /// `const`: usable before anything is initialised, in module sources and backends.
    pub constant: bool,
}

/// A condition with the message for when it does not hold.
#[derive(Clone, Debug)]
pub struct Check {
    /// Must be true.
    pub condition: Expr,
    /// What to say otherwise.
    pub error_message: Expr,
    /// Where the block is written.
    pub span: Span,
}

/// An attribute of a `locals` block.
#[derive(Clone, Debug)]
pub struct Local {
    /// The name.
    pub name: Str,
    /// Where the name is written.
    pub span: Span,
    /// Its value.
    pub value: Expr,
}

/// An `output` block.
#[derive(Clone, Debug)]
pub struct Output {
    /// The name.
    pub name: Str,
    /// Where the block's header is written.
    pub span: Span,
    /// Its value.
    pub value: Expr,
    /// `description`
    pub description: Option<Str>,
    /// `sensitive`
    pub sensitive: bool,
    /// `ephemeral`
    pub ephemeral: bool,
    /// `depends_on`
    pub depends_on: Vec<Dependency>,
    /// `precondition` blocks.
    pub preconditions: Vec<Check>,
    /// `deprecated`: what to say to whoever refers to it.
    pub deprecated: Option<Str>,
}

/// A `resource` or `data` block.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Which of the two.
    pub mode: ResourceMode,
    /// The type, as `aws_vpc`.
    pub type_name: Str,
    /// The name.
    pub name: Str,
    /// Where the block's header is written.
    pub span: Span,
    /// `count` or `for_each`.
    pub repetition: Repetition,
    /// Which provider configuration serves it.
    pub provider: ProviderRef,
    /// `depends_on`
    pub depends_on: Vec<Dependency>,
    /// `lifecycle`
    pub lifecycle: Lifecycle,
    /// `connection`: how provisioners reach it unless they say otherwise.
    pub connection: Option<Body>,
    /// `provisioner` blocks in order.
    pub provisioners: Vec<Provisioner>,
    /// The position in [`Module::checks`] of the `check` block that it is written in. Only a data
    /// source can be; nothing outside of that block refers to it, and its errors are warnings.
    pub check: Option<usize>,
    /// The arguments that its schema describes.
    pub body: Body,
}

/// A `provisioner` block.
#[derive(Clone, Debug)]
pub struct Provisioner {
    /// The type, as `local-exec`.
    pub type_name: Str,
    /// Where the block's header is written.
    pub span: Span,
    /// `when`
    pub when: ProvisionerWhen,
    /// `on_failure`
    pub on_failure: ProvisionerFailure,
    /// `connection`, where it differs from the resource's.
    pub connection: Option<Body>,
    /// The arguments of its type.
    pub body: Body,
}

/// When a provisioner runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProvisionerWhen {
    /// After the resource is created.
    #[default]
    Create,
    /// Before the resource is destroyed.
    Destroy,
}

/// What happens when a provisioner fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProvisionerFailure {
    /// The operation fails, and a created resource is tainted.
    #[default]
    Fail,
    /// It is reported, and the operation goes on.
    Continue,
}

/// How many instances there are, and how they are told apart.
#[derive(Clone, Debug, Default)]
pub enum Repetition {
    /// One, without a key.
    #[default]
    Single,
    /// `count`: numbered from 0.
    Count(Expr),
    /// `for_each`: keyed by strings.
    ForEach(Expr),
}

impl Repetition {
    /// The expression that decides, if there is one.
    pub const fn expr(&self) -> Option<&Expr> {
        match self {
            Self::Single => None,
            Self::Count(expr) | Self::ForEach(expr) => Some(expr),
        }
    }
}

/// An entry of `depends_on`.
#[derive(Clone, Copy, Debug)]
pub struct Dependency {
    /// A [`Symbol::Resource`], [`Symbol::Module`], [`Symbol::Variable`] or [`Symbol::Local`].
    pub symbol: SymbolId,
    /// Where it is written.
    pub span: Span,
}

/// A `lifecycle` block.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    /// `create_before_destroy`, where it is said.
    pub create_before_destroy: Option<bool>,
    /// `prevent_destroy`
    pub prevent_destroy: Option<Expr>,
    /// `ignore_changes`
    pub ignore_changes: IgnoreChanges,
    /// `replace_triggered_by`: references to resources or to attributes of them.
    pub replace_triggered_by: Vec<Expr>,
    /// `precondition` blocks.
    pub preconditions: Vec<Check>,
    /// `postcondition` blocks.
    pub postconditions: Vec<Check>,
    /// `enabled`: whether there is an instance at all, beside neither `count` nor `for_each`.
    pub enabled: Option<Expr>,
    /// `destroy`: false leaves the object alone when the resource goes away.
    pub destroy: Option<bool>,
}

/// `ignore_changes`
#[derive(Clone, Debug, Default)]
pub enum IgnoreChanges {
    /// Ignore nothing.
    #[default]
    None,
    /// `all`
    All,
    /// These attributes.
    Paths(Vec<(zw_lang::Path, Span)>),
}

/// A `module` block.
#[derive(Clone, Debug)]
pub struct ModuleCall {
    /// The name.
    pub name: Str,
    /// Where the block's header is written.
    pub span: Span,
    /// `source` as written, or as evaluated.
    pub source: Str,
    /// Where `source` is written.
    pub source_span: Span,
    /// `version` constraint, for sources in a registry.
    pub version: Option<(Str, Span)>,
    /// `count` or `for_each`.
    pub repetition: Repetition,
    /// `depends_on`
    pub depends_on: Vec<Dependency>,
    /// `providers`: name and alias in the called module, and the configuration here.
    pub providers: Vec<(ProviderKey, ProviderRef)>,
    /// `enabled` of `lifecycle`: whether there is an instance at all, beside neither `count` nor
    /// `for_each`.
    pub enabled: Option<Expr>,
    /// `wave` of `lifecycle`: a number for each instance. What instances of lower waves have to do is done before
    /// what those of higher ones have.
    pub wave: Option<Expr>,
    /// The value of each variable of the called module that is given one: name, name's place, value.
    pub arguments: IndexMap<Str, (Span, Expr)>,
    /// `source` and `version` where they are expressions.
    pub early: EarlyFields,
}

/// Arguments of a module call that are evaluated before anything else.
#[derive(Clone, Debug, Default)]
pub struct EarlyFields {
    /// `source`
    pub source: Option<Expr>,
    /// `version`
    pub version: Option<Expr>,
}

impl EarlyFields {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.source.is_none() && self.version.is_none()
    }
}

impl ModuleCall {
    /// A call of a module with nothing but a source.
    pub fn of(name: Str, span: Span, source: Str, source_span: Span) -> Self {
        Self {
            name,
            span,
            source,
            source_span,
            version: None,
            repetition: Repetition::Single,
            depends_on: Vec::new(),
            providers: Vec::new(),
            enabled: None,
            wave: None,
            arguments: IndexMap::new(),
            early: EarlyFields::default(),
        }
    }
}

/// A provider configuration by name: `aws`, or `aws.west` with an alias.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderKey {
    /// The local name of the provider.
    pub name: Str,
    /// The alias; `None` for the default configuration.
    pub alias: Option<Str>,
}

/// A reference to a provider configuration.
#[derive(Clone, Debug)]
pub struct ProviderRef {
    /// Which one.
    pub key: ProviderKey,
    /// `aws.by_region[each.key]`: which instance of one with `for_each`.
    pub instance: Option<Arc<Expr>>,
    /// Where it is written; `None` if it follows from the resource's type.
    pub span: Option<Span>,
}

/// A `provider` block.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// Name and alias.
    pub key: ProviderKey,
    /// Where the block's header is written.
    pub span: Span,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// The arguments that the provider's schema describes.
    pub body: Body,
}

/// `terraform` and `zw` blocks.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `required_version` constraints.
    pub required_version: Vec<(Str, Span)>,
    /// `required_providers`: source and version constraint by local name.
    pub required_providers: IndexMap<Str, RequiredProvider>,
    /// `backend`: type and arguments.
    pub backend: Option<(Str, Body)>,
    /// `encryption`
    pub encryption: Option<Encryption>,
    /// `history`
    pub history: Option<History>,
    /// Blocks kept as written for whoever knows them: `cloud`, `provider_meta`.
    pub others: Vec<Block>,
    /// `experiments`, by name.
    pub experiments: Vec<(Str, Span)>,
}

/// How the state is encrypted.
#[derive(Clone, Debug)]
pub struct Encryption {
    /// Where the block's header is written.
    pub span: Span,
    /// `key_provider` blocks: kind, name and arguments.
    pub key_providers: Vec<(Str, Str, Body)>,
    /// `method` blocks: the name, and kind and name of the key provider.
    pub methods: Vec<(Str, (Str, Str))>,
    /// The name of the method for new states.
    pub method: Option<(Str, Span)>,
    /// The names of the methods that others may be encrypted with.
    pub fallbacks: Vec<(Str, Span)>,
    /// `enforced`
    pub enforced: bool,
    /// `scope`, which is `all` or `sensitive`.
    pub scope: Option<&'static str>,
}

/// How much of the history of a state is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// `keep_runs`
    pub keep_runs: Option<std::num::NonZeroUsize>,
    /// `keep_days`
    pub keep_days: Option<std::num::NonZeroU32>,
}

/// An entry of `required_providers`.
#[derive(Clone, Debug)]
pub struct RequiredProvider {
    /// `source`, as `hashicorp/aws`.
    pub source: Option<Str>,
    /// `version` constraint.
    pub version: Option<Str>,
    /// `configuration_aliases`
    pub configuration_aliases: Vec<ProviderKey>,
    /// Where the entry is written.
    pub span: Span,
}

/// The contents of a block whose schema is not known to this crate.
#[derive(Clone, Debug)]
pub struct Body {
    /// Attributes by name.
    pub attributes: IndexMap<Str, Attribute>,
    /// Nested blocks in order.
    pub blocks: Vec<Block>,
    /// Where the whole is written, for messages about what is missing in it.
    pub span: Span,
}

impl Body {
    /// The nested blocks of a type.
    pub fn blocks_of<'b>(&'b self, type_name: &'b str) -> impl Iterator<Item = &'b Block> {
        let undecided = self.attributes.get(type_name).and_then(|found| found.blocks.as_deref());
        let blocks = self.blocks.iter().filter(move |block| block.type_name == type_name);
        blocks.chain(undecided.unwrap_or_default())
    }
}

/// `name = value`
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Where the name is written.
    pub name_span: Span,
    /// The value.
    pub value: Expr,
    /// The value as nested blocks, of the type that is the attribute's name. In JSON and YAML the two are
    /// written alike, and only a schema tells which is meant. `None` in native syntax, and where the value
    /// cannot be blocks. A label of such a block is the name of an attribute in it, whose value is then
    /// the block.
    pub blocks: Option<Vec<Block>>,
}

/// A nested block, plain or `dynamic`.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its type; for a `dynamic` block, its label.
    pub type_name: Str,
    /// Where the type is written.
    pub span: Span,
    /// Labels, if any.
    pub labels: Vec<Str>,
    /// `dynamic`: what it is repeated for.
    pub dynamic: Option<Dynamic>,
    /// Its contents.
    pub body: Body,
}

/// What makes a block dynamic. Within the body the iterator is a local variable: an object with
/// `key` and `value`.
#[derive(Clone, Debug)]
pub struct Dynamic {
    /// The collection.
    pub for_each: Expr,
    /// The slot of the iterator.
    pub iterator_slot: u16,
    /// The labels of the blocks made.
    pub labels: Vec<Expr>,
}
