//! How objects come into being.

use tokio::time::Instant;

use super::{
    Answers, At, Change, Entry, Index, Making, OpError, OpErrorKind, OpResult, Pending, Place,
    Scope, Value, World, codec, complete, digest, identity,
};
use crate::dice::Dice;

/// An object that was created, by this call or by one before with the same token.
pub(crate) struct Made {
    pub(crate) object: Value,
    pending: Option<Pending>,
}

impl Made {
    /// Waits until it is on disk.
    pub(crate) async fn settle(self) -> OpResult<Value> {
        if let Some(pending) = self.pending {
            pending.wait().await?;
        }
        Ok(self.object)
    }
}

impl World {
    /// Creates an object. The same token creates the same object once.
    pub(crate) fn create(
        &self,
        place: &Place,
        type_name: &str,
        planned: &Value,
        token: &str,
    ) -> OpResult<Made> {
        let scope = self.cloud.scope(type_name, place);
        let digest = digest(type_name, &scope, planned);
        loop {
            if let Some(object) = self.of_token(type_name, token, |_| true)? {
                return Ok(Made { object, pending: None });
            }
            if self.index().by_token(token).is_some() {
                let message = format!("The token {token:?} has been used for another type.");
                let code = Some("IdempotentParameterMismatch".into());
                return Err(OpError { code, ..OpError::new(OpErrorKind::Invalid, message) });
            }
            // Ids derive from what is created, and of how many of the same kind it is: neither from
            // the token nor from the order in which other things happen.
            let twin = self.index().twins(digest) + 1;
            let dice = self.dice.of(digest).of(twin.to_le_bytes());
            let object = self.fill(place, type_name, planned, None, &dice)?;
            let body = codec::encode(&object, self.schema(type_name)?)?;
            let mut index = self.index();
            // Everything above was done without the lock.
            if index.twins(digest) + 1 != twin || index.by_token(token).is_some() {
                continue;
            }
            self.check(&index, place, type_name, &scope, planned)?;
            let number = index.next_number();
            let links = self.links(&index, place, type_name, number, planned, &object)?;
            let id = identity(&object);
            if index.by_id(type_name, &scope, &id).is_some() {
                // Only names are taken; ids are made up anew.
                let message = format!("{type_name} {id:?} exists already.");
                return Err(OpError::new(OpErrorKind::AlreadyExists, message));
            }
            let entry = Entry {
                type_name: type_name.into(),
                scope,
                id,
                token: token.into(),
                links,
                body,
                born: Some(Instant::now()),
            };
            let row = codec::row(number, &entry)?;
            index.insert(number, entry);
            let count = index.count_twin(digest);
            let changes = vec![Change::Put(row), Change::Twins { digest, count }];
            // Under the lock, so that the disk follows the order of the memory.
            let pending = Some(self.store.submit(changes));
            return Ok(Made { object, pending });
        }
    }

    /// The object with all that is not known made up.
    pub(super) fn fill(
        &self,
        place: &Place,
        type_name: &str,
        planned: &Value,
        prior: Option<&Value>,
        dice: &Dice,
    ) -> OpResult<Value> {
        let world = At { world: self, place };
        let block = &self.schema(type_name)?.block;
        let now = self.now();
        let making = Making { type_name, block, planned, prior, place, dice, now, world: &world };
        let mut answers = Answers::new(making);
        self.cloud.answer(&mut answers);
        Ok(complete(&answers))
    }

    /// Whether the object may be created.
    fn check(
        &self,
        index: &Index,
        place: &Place,
        type_name: &str,
        scope: &Scope,
        planned: &Value,
    ) -> OpResult<()> {
        if let Some(quota) = self.options.quotas.get(type_name)
            && index.count(type_name, scope) >= *quota
        {
            return Err(self.cloud.over_quota(type_name, *quota));
        }
        self.check_references(index, place, type_name, planned, None)
    }
}
