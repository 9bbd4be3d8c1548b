//! Computed attributes of Route 53 that are lists.

use zw_lang::{Type, Value};

use crate::fill::Answers;

pub(super) fn answer(answers: &mut Answers<'_>) {
    if answers.type_name() != "aws_route53_zone" {
        return;
    }
    let names = [("com", 0), ("net", 512), ("org", 1024), ("co.uk", 1536)].map(|(end, from)| {
        let number = from + answers.dice().below(end, 512);
        format!("ns-{number}.awsdns-{:02}.{end}", number % 64)
    });
    let [first, ..] = &names;
    answers.set("primary_name_server", first.clone());
    answers.set("name_servers", Value::list(Type::String, names.map(Value::from).into()));
}
