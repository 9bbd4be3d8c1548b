//! Blocks about objects that exist: where they went, where they come from, and how they are.

use zw_lang::addr::{InstanceKey, ModuleInstancePath, ResourceAddr};
use zw_lang::{Expr, Span, Str};

use super::{Body, Check, ProviderRef, Provisioner};

/// What a `moved` or `removed` block names: a module or a resource, or an instance of one, seen from
/// the module that the block is in.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// The module.
    pub module: ModuleInstancePath,
    /// The resource in it; `None` if the module itself is meant.
    pub resource: Option<(ResourceAddr, InstanceKey)>,
    /// Where it is written.
    pub span: Span,
}

/// A `moved` block.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Where it was.
    pub from: Endpoint,
    /// Where it is now.
    pub to: Endpoint,
    /// Where the block's header is written.
    pub span: Span,
}

/// A `removed` block.
#[derive(Clone, Debug)]
pub struct Removed {
    /// What is not declared any more; without instance keys.
    pub from: Endpoint,
    /// `destroy` of `lifecycle`: false forgets the object without destroying it.
    pub destroy: bool,
    /// `connection`: how provisioners reach what is destroyed.
    pub connection: Option<Body>,
    /// `provisioner` blocks for when it is destroyed.
    pub provisioners: Vec<Provisioner>,
    /// Where the block's header is written.
    pub span: Span,
}

/// An `import` block.
#[derive(Clone, Debug)]
pub struct Import {
    /// What it becomes.
    pub to: ImportTarget,
    /// `id`
    pub id: Option<Expr>,
    /// `identity`, in place of `id`.
    pub identity: Option<Expr>,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// `provider`
    pub provider: Option<ProviderRef>,
    /// Where the block's header is written.
    pub span: Span,
}

/// The resource instance that an `import` block names. Its keys may depend on `each`.
#[derive(Clone, Debug)]
pub struct ImportTarget {
    /// Modules on the way, with their keys.
    pub modules: Vec<(Str, Option<Expr>)>,
    /// The resource.
    pub resource: ResourceAddr,
    /// The key of the instance.
    pub key: Option<Expr>,
    /// Where it is written.
    pub span: Span,
}

/// A `check` block. Its data source, if it has one, is in [`Module::resources`](super::Module::resources).
#[derive(Clone, Debug)]
pub struct CheckBlock {
    /// The name.
    pub name: Str,
    /// Where the block's header is written.
    pub span: Span,
    /// The position of its data source in [`Module::resources`](super::Module::resources).
    pub data: Option<usize>,
    /// `assert` blocks.
    pub asserts: Vec<Check>,
}
