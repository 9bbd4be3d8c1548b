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
use crate::state_only::Fleeting;

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("random");
    builtin
        .state_only("random_id", id::schema(), id::Id)
        .state_only("random_integer", integer::schema(), integer::Integer)
        .state_only("random_password", password::schema(), password::Password)
        .state_only("random_pet", pet::schema(), pet::Pet)
        .state_only("random_shuffle", shuffle::schema(), shuffle::Shuffle)
        .state_only("random_string", string::schema(), string::RandomString)
        .state_only("random_uuid", uuid::schema(), uuid::Uuid);
    builtin
        .catalog
        .plan_hook("random_id", keepers::plan)
        .plan_hook("random_integer", keepers::plan)
        .plan_hook("random_password", characters::plan)
        .validate_hook("random_password", characters::validate)
        .plan_hook("random_pet", keepers::plan)
        .plan_hook("random_shuffle", keepers::plan)
        .plan_hook("random_string", characters::plan)
        .validate_hook("random_string", characters::validate)
        .plan_hook("random_uuid", keepers::plan)
        .ephemeral("random_password", password::ephemeral());
    let fleeting = Fleeting::new(password::Password, &password::ephemeral());
    builtin.operations.ephemeral("random_password", fleeting);
    builtin
}
