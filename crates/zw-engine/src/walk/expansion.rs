//! Which instances something has: what `count` and `for_each` ask for.

use std::sync::Arc;

use zw_config::model::Repetition;
use zw_lang::addr::InstanceKey;
use zw_lang::{Diagnostic, Marks, Str, Type, Value, ValueKind};

/// Which instances something has.
#[derive(Clone, Debug, Default)]
pub(crate) enum Expansion {
    /// Not decided yet.
    #[default]
    Pending,
    /// Waits for something to be read.
    Blocked,
    /// Wrong, which has been reported.
    Failed,
    /// One, without a key.
    Single,
    /// None, and there would be one without a key: it is not `enabled`.
    Disabled,
    /// So many, numbered from 0.
    Count(u32),
    /// One for each key, with its value; sorted by key.
    ForEach(Arc<Vec<(Str, Value)>>),
    /// Not known before something is applied. What repeats is not known either.
    Unknown,
}

impl Expansion {
    pub(crate) const fn needs_work(&self) -> bool {
        matches!(self, Self::Pending | Self::Blocked)
    }

    /// How many instances there are, as far as is known.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Single => 1,
            Self::Count(count) => *count as usize,
            Self::ForEach(entries) => entries.len(),
            Self::Pending | Self::Blocked | Self::Failed | Self::Unknown | Self::Disabled => 0,
        }
    }

    /// The key of an instance.
    pub(crate) fn key(&self, at: usize) -> InstanceKey {
        match self {
            Self::Count(_) => InstanceKey::Int(at as u64),
            Self::ForEach(entries) => {
                entries.get(at).map_or(InstanceKey::None, |(key, _)| InstanceKey::Str(key.clone()))
            }
            _ => InstanceKey::None,
        }
    }

    /// Takes over values that are known now. The keys remain: they have been planned with.
    pub(crate) fn refine(&mut self, again: Self) {
        let (Self::ForEach(known), Self::ForEach(again)) = (&mut *self, again) else { return };
        if known.iter().map(|(key, _)| key).eq(again.iter().map(|(key, _)| key)) {
            *known = again;
        }
    }

    /// The position of a key that an expression gave.
    pub(crate) fn position(&self, key: &Value) -> Option<usize> {
        match self {
            Self::Count(count) => {
                let at = usize::try_from(key.as_i64()?).ok()?;
                (at < *count as usize).then_some(at)
            }
            Self::ForEach(entries) => {
                let key = zw_lang::convert(key, &Type::String).ok()?;
                let key = key.as_str()?;
                entries.binary_search_by(|(known, _)| known.as_str().cmp(key)).ok()
            }
            _ => None,
        }
    }

    /// What `each` and `count` are for an instance.
    pub(crate) fn repetition(&self, at: usize) -> EachData {
        match self {
            Self::Count(_) => EachData {
                count_index: Some(Value::from(i64::try_from(at).unwrap_or(i64::MAX))),
                ..EachData::default()
            },
            Self::ForEach(entries) => entries.get(at).map_or_else(EachData::default, |entry| {
                let (key, value) = entry;
                EachData { each: Some((key.clone().into(), value.clone())), count_index: None }
            }),
            _ => EachData::default(),
        }
    }
}

/// What `each` and `count` are within an expression.
#[derive(Clone, Debug, Default)]
pub(crate) struct EachData {
    pub(crate) each: Option<(Value, Value)>,
    pub(crate) count_index: Option<Value>,
}

/// Why a value cannot decide how many instances there are.
pub(crate) fn expansion_of(
    repetition: &Repetition,
    value: Option<Value>,
) -> Result<Expansion, Diagnostic> {
    match (repetition, value) {
        (Repetition::Single, _) | (_, None) => Ok(Expansion::Single),
        (Repetition::Count(expr), Some(value)) => {
            count_of(&value).map_err(|diagnostic| diagnostic.or_at(expr.span))
        }
        (Repetition::ForEach(expr), Some(value)) => {
            keys_of(&value).map_err(|diagnostic| diagnostic.or_at(expr.span))
        }
    }
}

/// Whether there is an instance, going by `enabled`.
pub(crate) fn enabled_of(value: &Value) -> Result<Expansion, Diagnostic> {
    let invalid = |detail: &str| Diagnostic::error("Invalid enabled argument", detail);
    if value.marks().contains(Marks::SENSITIVE) {
        return Err(invalid(
            "Sensitive values, or values derived from sensitive values, cannot be used as enabled arguments: \
             whether there is an instance would disclose them. Use nonsensitive() if it may be seen.",
        ));
    }
    if !value.is_known() {
        return Ok(Expansion::Unknown);
    }
    let enabled = zw_lang::convert(value, &Type::Bool).map_err(|error| {
        invalid(&format!("The given \"enabled\" argument value is unsuitable: {error}."))
    })?;
    match enabled.as_bool() {
        Some(true) => Ok(Expansion::Single),
        Some(false) => Ok(Expansion::Disabled),
        None => Err(invalid("The given \"enabled\" argument value is null. A bool is required.")),
    }
}

fn count_of(value: &Value) -> Result<Expansion, Diagnostic> {
    let invalid = |detail: &str| Diagnostic::error("Invalid count argument", detail);
    if value.marks().contains(Marks::SENSITIVE) {
        return Err(invalid(
            "Sensitive values, or values derived from sensitive values, cannot be used as count \
             arguments: the number of instances would disclose them. Use nonsensitive() if it may be seen.",
        ));
    }
    if value.all_marks().contains(Marks::EPHEMERAL) {
        return Err(invalid(
            "The given \"count\" is derived from an ephemeral value, which means that it cannot be kept between plan \
             and apply. Use only non-ephemeral values to specify the number of resource instances.",
        ));
    }
    if !value.is_known() {
        return Ok(Expansion::Unknown);
    }
    if value.is_null() {
        return Err(invalid("The given \"count\" argument value is null. An integer is required."));
    }
    let number = zw_lang::convert(value, &Type::Number).map_err(|error| {
        invalid(&format!("The given \"count\" argument value is unsuitable: {error}."))
    })?;
    let count = number.as_i64().ok_or_else(|| {
        invalid("The given \"count\" argument value is unsuitable: a whole number is required.")
    })?;
    let count = u32::try_from(count).map_err(|_| {
        invalid(
            "The given \"count\" argument value is unsuitable: must be greater than or equal to zero, \
             and less than 4294967296.",
        )
    })?;
    Ok(Expansion::Count(count))
}

fn keys_of(value: &Value) -> Result<Expansion, Diagnostic> {
    let invalid = |detail: &str| Diagnostic::error("Invalid for_each argument", detail);
    if value.marks().contains(Marks::SENSITIVE) {
        return Err(invalid(
            "Sensitive values, or values derived from sensitive values, cannot be used as for_each \
             arguments: the keys would disclose them. Use nonsensitive() if they may be seen.",
        ));
    }
    if value.all_marks().contains(Marks::EPHEMERAL) {
        return Err(invalid(
            "The given \"for_each\" value is derived from an ephemeral value, which means that it cannot be kept \
             between plan and apply. Use only non-ephemeral values to specify a resource's instance keys.",
        ));
    }
    let is_usable = match value.ty() {
        Type::Map(_) | Type::Object(_) | Type::Dynamic => true,
        Type::Set(element) => matches!(*element, Type::String | Type::Dynamic),
        _ => false,
    };
    if !is_usable {
        return Err(invalid(&format!(
            "The given \"for_each\" argument value is unsuitable: the \"for_each\" argument must be a map, \
             or set of strings, and you have provided a value of type {}.",
            value.ty().friendly_name()
        )));
    }
    let null = "The given \"for_each\" argument value is unsuitable: the given \"for_each\" argument value \
                is null. A map, or set of strings is allowed.";
    match value.kind() {
        ValueKind::Unknown(_) => Ok(Expansion::Unknown),
        ValueKind::Null(_) => Err(invalid(null)),
        ValueKind::Map(map) => Ok(Expansion::ForEach(Arc::new(map.entries.clone()))),
        ValueKind::Object(object) => Ok(Expansion::ForEach(Arc::new(
            object.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        ))),
        ValueKind::Set(set) => {
            let mut keys = Vec::with_capacity(set.items.len());
            for item in &set.items {
                match item.kind() {
                    ValueKind::String(text) => keys.push((text.clone(), item.clone())),
                    ValueKind::Null(_) => {
                        return Err(invalid(
                            "The given \"for_each\" argument value is unsuitable: \"for_each\" sets must \
                             not contain null values.",
                        ));
                    }
                    _ => return Ok(Expansion::Unknown),
                }
            }
            keys.sort_by(|a, b| a.0.cmp(&b.0));
            Ok(Expansion::ForEach(Arc::new(keys)))
        }
        _ => Err(invalid("The given \"for_each\" argument value is unsuitable.")),
    }
}
