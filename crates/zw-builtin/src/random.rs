//! The provider `random`.

mod characters;
mod draw;
mod id;
mod integer;
mod keepers;
mod password;
mod pet;
mod shuffle;
mod string;
mod uuid;

use crate::provider::Builtin;
use crate::state_only::{Fleeting, Kept};

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("random");
    builtin
        .catalog
        .resource("random_id", id::schema())
        .plan_hook("random_id", keepers::plan)
        .resource("random_integer", integer::schema())
        .plan_hook("random_integer", keepers::plan)
        .resource("random_password", password::schema())
        .plan_hook("random_password", characters::plan)
        .validate_hook("random_password", characters::validate)
        .resource("random_pet", pet::schema())
        .plan_hook("random_pet", keepers::plan)
        .resource("random_shuffle", shuffle::schema())
        .plan_hook("random_shuffle", keepers::plan)
        .resource("random_string", string::schema())
        .plan_hook("random_string", characters::plan)
        .validate_hook("random_string", characters::validate)
        .resource("random_uuid", uuid::schema())
        .plan_hook("random_uuid", keepers::plan);
    builtin.catalog.ephemeral("random_password", password::ephemeral());
    let fleeting = Fleeting::new(password::Password, &password::ephemeral());
    builtin
        .operations
        .ephemeral("random_password", fleeting)
        .resource("random_id", Kept(id::Id))
        .resource("random_integer", Kept(integer::Integer))
        .resource("random_password", Kept(password::Password))
        .resource("random_pet", Kept(pet::Pet))
        .resource("random_shuffle", Kept(shuffle::Shuffle))
        .resource("random_string", Kept(string::RandomString))
        .resource("random_uuid", Kept(uuid::Uuid));
    builtin
}
