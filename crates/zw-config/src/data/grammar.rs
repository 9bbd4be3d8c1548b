//! What properties mean in the blocks that every configuration has.
//!
//! Source: "Block-type-specific Exceptions" in Terraform's "JSON Configuration Syntax", and which
//! arguments Terraform reads without variables: of those strings are no templates.

/// How the value of an argument is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    /// Strings are templates.
    Expression,
    /// Strings are what they are.
    Literal,
    /// Strings are names, keywords or types, as they are written without quotes in native syntax; so are
    /// the elements of arrays and the names and values of objects.
    Name,
    /// An entry of `required_providers`.
    Requirement,
}

/// What a property means that is not in the grammar of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing: the lowering says so.
    Argument(Argument),
    /// A block that there is not, at the top of a file.
    UnknownBlock,
    /// An argument or a nested block, as the schema of a provider says.
    Open,
}

/// What can be in the body of a block.
#[derive(Debug)]
pub(crate) struct Grammar {
    pub(crate) labels: usize,
    pub(crate) arguments: &'static [(&'static str, Argument)],
    pub(crate) blocks: &'static [(&'static str, &'static Grammar)],
    pub(crate) rest: Rest,
}

impl Grammar {
    pub(crate) fn block(&self, name: &str) -> Option<&'static Self> {
        self.blocks.iter().find(|(known, _)| *known == name).map(|(_, grammar)| *grammar)
    }

    pub(crate) fn argument(&self, name: &str) -> Option<Argument> {
        self.arguments.iter().find(|(known, _)| *known == name).map(|(_, argument)| *argument)
    }
}

use Argument::{Expression, Literal, Name, Requirement};

/// A block of expressions.
const PLAIN: Grammar =
    Grammar { labels: 0, arguments: &[], blocks: &[], rest: Rest::Argument(Expression) };

/// The top of a file.
pub(crate) static FILE: Grammar = Grammar {
    blocks: &[
        ("check", &CHECK),
        ("data", &DATA),
        ("ephemeral", &DATA),
        ("import", &IMPORT),
        ("locals", &PLAIN),
        ("module", &MODULE),
        ("moved", &MOVED),
        ("output", &OUTPUT),
        ("provider", &PROVIDER),
        ("removed", &REMOVED),
        ("resource", &RESOURCE),
        ("terraform", &SETTINGS),
        ("variable", &VARIABLE),
        ("zw", &SETTINGS),
    ],
    rest: Rest::UnknownBlock,
    ..PLAIN
};

/// A file of values of variables.
pub(crate) static VALUES: Grammar = Grammar { rest: Rest::Argument(Literal), ..PLAIN };

/// A body of which only a provider knows what is in it.
pub(crate) static OPEN: Grammar = Grammar { rest: Rest::Open, ..PLAIN };

/// The same with a label.
pub(crate) static LABELLED: Grammar = Grammar { labels: 1, rest: Rest::Open, ..PLAIN };

/// `dynamic`, of which the label is the type of the blocks it makes.
pub(crate) static DYNAMIC: Grammar =
    Grammar { labels: 1, arguments: &[("iterator", Name)], blocks: &[("content", &OPEN)], ..PLAIN };

/// A file of tests.
pub(crate) static TEST: Grammar = Grammar {
    blocks: &[
        ("mock_provider", &MOCK_PROVIDER),
        ("override_data", &OVERRIDE),
        ("override_module", &OVERRIDE),
        ("override_resource", &OVERRIDE),
        ("provider", &PROVIDER),
        ("run", &RUN),
        ("test", &PLAIN),
        ("variables", &PLAIN),
    ],
    rest: Rest::UnknownBlock,
    ..PLAIN
};

/// A file of mocks.
pub(crate) static MOCKS: Grammar = Grammar { rest: Rest::UnknownBlock, labels: 0, ..MOCK_PROVIDER };

static MOCK_PROVIDER: Grammar = Grammar {
    labels: 1,
    arguments: &[("override_during", Name)],
    blocks: &[
        ("mock_data", &MOCK),
        ("mock_resource", &MOCK),
        ("override_data", &OVERRIDE),
        ("override_module", &OVERRIDE),
        ("override_resource", &OVERRIDE),
    ],
    ..PLAIN
};

static MOCK: Grammar = Grammar { labels: 1, arguments: &[("override_during", Name)], ..PLAIN };

static OVERRIDE: Grammar =
    Grammar { arguments: &[("override_during", Name), ("target", Name)], ..PLAIN };

static RUN: Grammar = Grammar {
    labels: 1,
    arguments: &[("command", Name), ("expect_failures", Name), ("providers", Name)],
    blocks: &[
        ("assert", &PLAIN),
        ("module", &MODULE_OF_RUN),
        ("override_data", &OVERRIDE),
        ("override_module", &OVERRIDE),
        ("override_resource", &OVERRIDE),
        ("plan_options", &PLAN_OPTIONS),
        ("variables", &PLAIN),
    ],
    ..PLAIN
};

static MODULE_OF_RUN: Grammar = Grammar { rest: Rest::Argument(Literal), ..PLAIN };

static PLAN_OPTIONS: Grammar =
    Grammar { arguments: &[("mode", Name), ("replace", Name), ("target", Name)], ..PLAIN };

static VARIABLE: Grammar = Grammar {
    labels: 1,
    arguments: &[("type", Name)],
    blocks: &[("validation", &PLAIN)],
    rest: Rest::Argument(Literal),
};

static OUTPUT: Grammar = Grammar {
    labels: 1,
    arguments: &[
        ("depends_on", Name),
        ("deprecated", Literal),
        ("description", Literal),
        ("ephemeral", Literal),
        ("sensitive", Literal),
    ],
    blocks: &[("precondition", &PLAIN)],
    ..PLAIN
};

static MODULE: Grammar = Grammar {
    labels: 1,
    arguments: &[
        ("depends_on", Name),
        ("providers", Name),
        ("source", Expression),
        ("version", Expression),
    ],
    blocks: &[("lifecycle", &PLAIN)],
    ..PLAIN
};

static PROVIDER: Grammar = Grammar {
    labels: 1,
    arguments: &[("alias", Literal), ("for_each", Expression), ("version", Literal)],
    rest: Rest::Open,
    ..PLAIN
};

/// A resource that is only read.
static DATA: Grammar = Grammar {
    labels: 2,
    arguments: &[
        ("count", Expression),
        ("depends_on", Name),
        ("for_each", Expression),
        ("provider", Name),
    ],
    blocks: &[("lifecycle", &LIFECYCLE)],
    rest: Rest::Open,
};

static RESOURCE: Grammar = Grammar {
    labels: 2,
    arguments: DATA.arguments,
    blocks: &[("connection", &OPEN), ("lifecycle", &LIFECYCLE), ("provisioner", &PROVISIONER)],
    rest: Rest::Open,
};

static LIFECYCLE: Grammar = Grammar {
    arguments: &[
        ("create_before_destroy", Literal),
        ("destroy", Literal),
        ("ignore_changes", Name),
        ("replace_triggered_by", Name),
    ],
    blocks: &[("postcondition", &PLAIN), ("precondition", &PLAIN)],
    ..PLAIN
};

static PROVISIONER: Grammar = Grammar {
    labels: 1,
    arguments: &[("on_failure", Name), ("when", Name)],
    blocks: &[("connection", &OPEN)],
    rest: Rest::Open,
};

static CHECK: Grammar =
    Grammar { labels: 1, blocks: &[("assert", &PLAIN), ("data", &DATA)], ..PLAIN };

static IMPORT: Grammar = Grammar { arguments: &[("provider", Name), ("to", Name)], ..PLAIN };

static MOVED: Grammar = Grammar { arguments: &[("from", Name), ("to", Name)], ..PLAIN };

static REMOVED: Grammar = Grammar {
    arguments: &[("from", Name)],
    blocks: &[("connection", &OPEN), ("lifecycle", &LIFECYCLE), ("provisioner", &PROVISIONER)],
    ..PLAIN
};

static SETTINGS: Grammar = Grammar {
    arguments: &[("experiments", Name), ("language", Name)],
    blocks: &[
        ("backend", &LABELLED),
        ("cloud", &CLOUD),
        ("encryption", &ENCRYPTION),
        ("history", &PLAIN),
        ("provider_meta", &LABELLED),
        ("required_providers", &REQUIRED_PROVIDERS),
    ],
    rest: Rest::Argument(Literal),
    ..PLAIN
};

static ENCRYPTION: Grammar = Grammar {
    blocks: &[
        ("key_provider", &Grammar { labels: 2, ..PLAIN }),
        ("method", &Grammar { labels: 2, arguments: &[("keys", Name)], ..PLAIN }),
        ("state", &STATE),
    ],
    ..PLAIN
};

static STATE: Grammar = Grammar {
    arguments: &[("method", Name)],
    blocks: &[("fallback", &Grammar { arguments: &[("method", Name)], ..PLAIN })],
    ..PLAIN
};

static CLOUD: Grammar = Grammar { blocks: &[("workspaces", &PLAIN)], ..PLAIN };

static REQUIRED_PROVIDERS: Grammar = Grammar { rest: Rest::Argument(Requirement), ..PLAIN };
