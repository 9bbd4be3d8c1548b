//! Random characters: what `random_string` and `random_password` have in common.

use zw_lang::{Number, Path, Type, Value};
use zw_provider::schema::Attribute;
use zw_provider::{OpError, OpResult, PlanRequest, Planned, View};

use super::draw::Draw;
use super::keepers;
use crate::Effects;
use crate::state_only::with;

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const NUMERIC: &str = "0123456789";
const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";

/// More than anybody needs, and little enough for the memory of any machine.
const LENGTH_MAX: i64 = 1 << 16;

const MINIMUMS: [&str; 4] = ["min_upper", "min_lower", "min_numeric", "min_special"];

pub(crate) fn attributes() -> impl Iterator<Item = Attribute> {
    let flag = |name, description| {
        Attribute::optional_computed(name, Type::Bool).force_new().describe(description)
    };
    let minimum = |name, description| {
        Attribute::optional_computed(name, Type::Number)
            .force_new()
            .default(0)
            .validate(at_least_0)
            .describe(description)
    };
    [
        keepers::attribute(),
        Attribute::required("length", Type::Number)
            .force_new()
            .validate(length)
            .describe("How many characters."),
        flag("upper", "Whether there are upper case letters.").default(true),
        flag("lower", "Whether there are lower case letters.").default(true),
        flag("numeric", "Whether there are digits; true if not given."),
        flag("number", "The same as `numeric`.").deprecated("Use `numeric`."),
        flag("special", "Whether there are special characters.").default(true),
        minimum("min_upper", "How many upper case letters there are at least."),
        minimum("min_lower", "How many lower case letters there are at least."),
        minimum("min_numeric", "How many digits there are at least."),
        minimum("min_special", "How many special characters there are at least."),
        Attribute::optional("override_special", Type::String)
            .describe("The special characters, instead of `!@#$%&*()-_=+[]{}<>:?`."),
        Attribute::computed("result", Type::String).describe("The characters."),
    ]
    .into_iter()
}

fn length(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(1..=LENGTH_MAX) => Ok(()),
        _ => Err(format!("must be a whole number from 1 to {LENGTH_MAX}")),
    }
}

fn at_least_0(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(0..=LENGTH_MAX) => Ok(()),
        _ => Err(format!("must be a whole number from 0 to {LENGTH_MAX}")),
    }
}

pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    let view = View::new(config);
    let mut problems = Vec::new();
    let sum: i64 = MINIMUMS.iter().filter_map(|name| view.i64(name)).sum();
    if let Some(length) = view.i64("length")
        && length < sum
    {
        problems.push(OpError::invalid(
            Path::attr_of_root("length"),
            format!(
                "length is {length}, and must be at least {sum}, the sum of min_upper, min_lower, min_numeric and \
                 min_special."
            ),
        ));
    }
    if let (Some(number), Some(numeric)) = (view.bool("number"), view.bool("numeric"))
        && number != numeric
    {
        problems.push(OpError::invalid(
            Path::attr_of_root("number"),
            "number and numeric are given with different values. number is deprecated: use numeric alone.",
        ));
    }
    let is_off = |names: &[&str]| names.iter().any(|name| view.bool(name) == Some(false));
    if is_off(&["upper"])
        && is_off(&["lower"])
        && is_off(&["special"])
        && is_off(&["number", "numeric"])
    {
        problems.push(OpError::invalid(
            Path::attr_of_root("upper"),
            "There are no characters to choose from: one of upper, lower, numeric and special must be true.",
        ));
    }
    problems
}

/// `number` and `numeric` are one argument with two names, and other special characters mean a new
/// object, unless there were none but in name.
#[expect(clippy::unnecessary_wraps, reason = "plan hooks can fail")]
pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let given = |name| request.config.get(name).filter(|value| !value.is_null());
    let yes = Value::from(true);
    let numeric = given("numeric").or_else(|| given("number")).unwrap_or(&yes).clone();
    let planned =
        with(request.planned.clone(), [("number", numeric.clone()), ("numeric", numeric)]);
    let mut force_new = keepers::force_new(&request);
    let special = |object: &Value| object.get("override_special").cloned();
    let (old, new) = (special(request.prior), special(&planned));
    let was_empty = old.as_ref().and_then(Value::as_str) == Some("");
    if old != new && !(was_empty && new.is_some_and(|new| new.is_null())) {
        force_new.push(Path::attr_of_root("override_special"));
    }
    Ok(Planned { planned, force_new })
}

/// Characters as an object asks for them.
pub(crate) fn draw(effects: &dyn Effects, planned: &Value) -> String {
    let view = View::new(planned);
    let special = view.str("override_special").filter(|special| !special.is_empty());
    let sets = [UPPER, LOWER, NUMERIC, special.unwrap_or(SPECIAL)];
    let sets = sets.map(|set| set.chars().collect::<Vec<char>>());
    let flags = ["upper", "lower", "numeric", "special"];
    let count = |name| view.i64(name).and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    let mut draw = Draw::new(effects, None);
    let mut result: Vec<char> = Vec::with_capacity(count("length"));
    for (set, minimum) in sets.iter().zip(MINIMUMS) {
        result.extend((0..count(minimum)).map(|_| set[draw.index(set.len())]));
    }
    let chosen = sets.iter().zip(flags).filter(|(_, flag)| view.bool(flag) != Some(false));
    let chosen: Vec<char> = chosen.flat_map(|(set, _)| set.iter().copied()).collect();
    while result.len() < count("length") && !chosen.is_empty() {
        result.push(chosen[draw.index(chosen.len())]);
    }
    // What was drawn for the minimums stands in front.
    draw.shuffle(&mut result);
    result.into_iter().collect()
}

/// The attributes of an imported object: what is not known of it is as if it had not been given.
pub(crate) fn imported(result: &str) -> Vec<(&'static str, Value)> {
    let length = Number::from(result.chars().count());
    let yes = ["upper", "lower", "numeric", "number", "special"];
    let mut attributes: Vec<(&str, Value)> = vec![
        ("keepers", Value::null(Type::map(Type::String))),
        ("length", Value::from(length)),
        ("override_special", Value::null(Type::String)),
        ("result", Value::from(result)),
    ];
    attributes.extend(yes.map(|name| (name, Value::from(true))));
    attributes.extend(MINIMUMS.map(|name| (name, Value::from(0))));
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, map, text};

    fn given<const N: usize>(attributes: [(&'static str, Value); N]) -> Vec<(&'static str, Value)> {
        attributes.into_iter().collect()
    }

    #[tokio::test]
    async fn only_characters_that_are_asked_for_are_there_and_as_many_as_asked_for() {
        let bench = Bench::new("random_string").await;
        let object = bench
            .create(&[
                ("length", Value::from(40)),
                ("upper", Value::from(false)),
                ("numeric", Value::from(false)),
                ("override_special", Value::from("é.")),
                ("min_special", Value::from(20)),
            ])
            .await;
        let result = text(&object, "result");
        assert_eq!(result.chars().count(), 40);
        let is_special = |c: char| c == 'é' || c == '.';
        assert!(result.chars().all(|c| c.is_ascii_lowercase() || is_special(c)), "{result}");
        assert!(result.chars().filter(|c| is_special(*c)).count() >= 20, "{result}");
        assert!(result.chars().take(20).any(|c| !is_special(c)), "the order is random: {result}");
    }

    #[tokio::test]
    async fn number_is_another_name_of_numeric() {
        let bench = Bench::new("random_string").await;
        let length = ("length", Value::from(50));
        let plan = bench.plan_create(std::slice::from_ref(&length));
        assert_eq!(plan.planned.get("number"), Some(&Value::from(true)));
        let object = bench.create(&[length.clone(), ("number", Value::from(false))]).await;
        assert_eq!(object.get("numeric"), Some(&Value::from(false)));
        assert!(!text(&object, "result").contains(|c: char| c.is_ascii_digit()));
        let plan = bench.plan(&object, &[length.clone(), ("numeric", Value::from(false))]);
        assert!(plan.force_new.is_empty() && plan.planned == object);
        assert_eq!(bench.plan(&object, &[length]).force_new, ["number", "numeric"]);
    }

    #[tokio::test]
    async fn arguments_that_contradict_each_other_are_errors() {
        let bench = Bench::new("random_password").await;
        let problems = |given: Vec<(&str, Value)>| bench.validate(&given).len();
        let no = || Value::from(false);
        let length = ("length", Value::from(3));
        assert_eq!(problems(given([length.clone()])), 0);
        let minimums = [("min_upper", Value::from(2)), ("min_lower", Value::from(2))];
        assert_eq!(problems([given([length.clone()]), given(minimums)].concat()), 1);
        let off = given([length.clone(), ("upper", no()), ("lower", no()), ("special", no())]);
        assert_eq!(problems(off.clone()), 0);
        assert_eq!(problems([off, given([("number", no())])].concat()), 1);
        let both = given([length, ("number", no()), ("numeric", Value::from(true))]);
        assert_eq!(problems(both), 1);
        assert!(bench.check("length", 0).is_err());
        assert!(bench.check("min_lower", -1).is_err());
    }

    #[tokio::test]
    async fn other_characters_mean_a_new_object_unless_there_were_none() {
        let bench = Bench::new("random_string").await;
        let config = |special: &str, length: i64| {
            given([("length", Value::from(length)), ("override_special", Value::from(special))])
        };
        let object = bench.create(&config("", 4)).await;
        assert!(bench.plan(&object, &[("length", Value::from(4))]).force_new.is_empty());
        assert_eq!(bench.plan(&object, &config("_", 4)).force_new, ["override_special"]);
        let mut keepers = config("", 5);
        keepers.push(("keepers", map([("a", "1")])));
        assert_eq!(bench.plan(&object, &keepers).force_new, ["length", "keepers"]);
    }
}
