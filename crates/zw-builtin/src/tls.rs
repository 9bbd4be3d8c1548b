//! The provider `tls`.

mod key;
mod private_key;

use crate::provider::Builtin;
use crate::state_only::{Fleeting, Kept};

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("tls");
    builtin
        .catalog
        .resource("tls_private_key", private_key::schema())
        .validate_hook("tls_private_key", private_key::validate);
    builtin.catalog.ephemeral("tls_private_key", private_key::ephemeral());
    let fleeting = Fleeting::new(private_key::PrivateKey, &private_key::ephemeral());
    builtin
        .operations
        .ephemeral("tls_private_key", fleeting)
        .resource("tls_private_key", Kept(private_key::PrivateKey));
    builtin
}
