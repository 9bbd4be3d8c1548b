//! The provider `tls`.

mod key;
mod private_key;

use crate::provider::Builtin;
use crate::state_only::Fleeting;

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("tls");
    builtin.state_only("tls_private_key", private_key::schema(), private_key::PrivateKey);
    builtin
        .catalog
        .validate_hook("tls_private_key", private_key::validate)
        .ephemeral("tls_private_key", private_key::ephemeral());
    let fleeting = Fleeting::new(private_key::PrivateKey, &private_key::ephemeral());
    builtin.operations.ephemeral("tls_private_key", fleeting);
    builtin
}
