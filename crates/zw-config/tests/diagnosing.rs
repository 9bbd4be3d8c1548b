//! What is said about configurations that are wrong.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use support::{assert_one, loaded, problems, shown};

#[test]
fn what_is_not_declared_is_reported_where_it_is_used() {
    assert_one(
        &problems("variable \"region\" {}\nlocals {\n  a = var.regoin\n}\n"),
        "main.tf:3:7 `var.regoin` Reference to undeclared input variable",
        &["\"regoin\" has not been declared", "Did you mean \"region\"?"],
    );
    assert_one(
        &problems("locals {\n  a = 1\n  b = local.nothing\n}\n"),
        "main.tf:3:7 `local.nothing` Reference to undeclared local value",
        &["Declared here: \"a\", \"b\"."],
    );
    assert_one(
        &problems("resource \"aws_vpc\" \"main\" {}\nlocals {\n  a = aws_vpc.mian.id\n}\n"),
        "main.tf:3:7 `aws_vpc.mian` Reference to undeclared resource",
        &[
            "A managed resource \"aws_vpc\" \"mian\" has not been declared in the root module.",
            "\"aws_vpc.main\"?",
        ],
    );
    assert_one(
        &problems("data \"aws_vpc\" \"main\" {}\nlocals {\n  a = aws_vpc.main.id\n}\n"),
        "main.tf:3:7 `aws_vpc.main` ",
        &["Did you mean the data source data.aws_vpc.main?"],
    );
    assert_one(
        &problems("locals {\n  a = module.x.y\n}\n"),
        "main.tf:2:7 `module.x` Reference to undeclared module",
        &["No module call named \"x\" is declared in the root module."],
    );
    assert_one(
        &problems("locals {\n  a = vars.x\n}\n"),
        "main.tf:2:7 `vars.x` ",
        &["Did you mean \"var\"?"],
    );
    assert_one(
        &problems("locals {\n  a = prod\n}\n"),
        "main.tf:2:7 `prod` Invalid reference",
        &["If \"prod\" is meant as text, write it in quotes."],
    );
    assert_one(
        &problems("locals {\n  a = uper(\"x\")\n}\n"),
        "main.tf:2:7 `uper` Call to unknown function",
        &["There is no function named \"uper\". Did you mean \"upper\"?"],
    );
}

#[test]
fn all_that_is_wrong_is_reported_at_once() {
    let found = problems(
        "locals {\n  a = var.x\n  b = local.y\n}\n\nresource \"t\" {}\n\nlocals {\n  c = [\n}\n\n\
         locals {\n  d = nope()\n}\n",
    );
    assert_eq!(found.len(), 5, "{found:#?}");
}

#[test]
fn names_that_are_declared_twice_are_shown_at_both_places() {
    let (_, diagnostics) = loaded(&[
        ("a.tf", "variable \"x\" {}\n"),
        ("b.tf", "variable \"x\" {}\nresource \"t\" \"n\" {}\nresource \"t\" \"n\" {}\n"),
    ]);
    let summaries: Vec<&str> = diagnostics.iter().map(|one| one.summary.as_str()).collect();
    assert_eq!(summaries, ["Duplicate variable \"x\"", "Duplicate resource \"t\" \"n\""]);
    assert!(diagnostics.iter().all(|one| one.labels.len() == 1));
}

#[test]
fn count_each_and_self_are_known_only_where_they_mean_something() {
    assert_one(
        &problems("resource \"t\" \"n\" {\n  a = each.key\n}\n"),
        "main.tf:2:7 `each.key` Reference to \"each\" in context without for_each",
        &["only when the \"for_each\" argument is set"],
    );
    assert_one(
        &problems("resource \"t\" \"n\" {\n  for_each = {}\n  a = count.index\n}\n"),
        "main.tf:3:7 `count.index` Reference to \"count\" in non-counted context",
        &[],
    );
    assert_one(
        &problems("resource \"t\" \"n\" {\n  count = count.index\n}\n"),
        "main.tf:2:11 `count.index` ",
        &[],
    );
    assert_one(
        &problems("resource \"t\" \"n\" {\n  a = self.id\n}\n"),
        "main.tf:2:7 `self.id` Invalid \"self\" reference",
        &["postcondition"],
    );
    assert_one(
        &problems("resource \"t\" \"n\" {\n  for_each = {}\n  a = each.vale\n}\n"),
        "main.tf:3:7 `each.vale` Invalid \"each\" attribute",
        &["each.key and each.value"],
    );
    assert_one(
        &problems("resource \"t\" \"n\" {\n  count = 1\n  for_each = {}\n}\n"),
        "main.tf:3:3 `for_each` Invalid combination of \"count\" and \"for_each\"",
        &[],
    );
}

#[test]
fn blocks_say_what_they_cannot_contain() {
    assert_one(
        &problems("variable \"x\" {\n  defualt = 1\n}\n"),
        "main.tf:2:3 `defualt` Unsupported argument",
        &["Did you mean \"default\"?"],
    );
    assert_one(
        &problems("variable \"x\" {\n  validation = 1\n}\n"),
        "main.tf:2:3 `validation` Unsupported argument",
        &["Did you mean to define a block of type \"validation\"?"],
    );
    assert_one(
        &problems("resourse \"a\" \"b\" {}\n"),
        "main.tf:1:1 `resourse \"a\" \"b\"` Unsupported block type",
        &["Did you mean \"resource\"?"],
    );
    assert_one(
        &problems("resource \"a\" {}\n"),
        "main.tf:1:1 `resource \"a\"` Missing name for resource",
        &["All resource blocks must have 2 labels (type, name)."],
    );
    assert_one(
        &problems("resource \"a\" \"b\" \"c\" {}\n"),
        "main.tf:1:18 `\"c\"` Extraneous label for resource",
        &[],
    );
    assert_one(
        &problems("resource \"a\" \"1b\" {}\n"),
        "main.tf:1:14 `\"1b\"` Invalid resource name",
        &["must start with a letter"],
    );
    assert_one(
        &problems("variable \"count\" {}\n"),
        "main.tf:1:1 `variable \"count\"` Invalid variable name",
        &["reserved"],
    );
    assert_one(
        &problems("output \"x\" {}\n"),
        "main.tf:1:1 `output \"x\"` Missing required argument",
        &["\"value\" is required"],
    );
    assert_one(
        &problems("region = \"x\"\n"),
        "main.tf:1:1 `region` Unsupported argument",
        &["terraform.tfvars"],
    );
    assert_one(
        &problems("variable \"x\" {\n  type = strng\n}\n"),
        "main.tf:2:10 `strng` Invalid type specification",
        &["Did you mean \"string\"?"],
    );
    assert_one(
        &problems("variable \"x\" {\n  type = number\n  default = \"a\"\n}\n"),
        "main.tf:3:13 `\"a\"` Invalid default value for variable",
        &["a number is required"],
    );
    assert_one(
        &problems("variable \"x\" {\n  default = var.y\n}\n"),
        "main.tf:2:13 `var.y` Variables not allowed",
        &[],
    );
}

#[test]
fn an_unclosed_block_is_named_and_leaves_the_others_alone() {
    let text = "variable \"a\" {\n  default = 1\n\nvariable \"b\" {\n  default = nope\n}\n";
    let found = problems(text);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("Unclosed configuration block"), "{found:#?}");
    assert!(found[0].contains("main.tf:1:1 `variable \"a\" {`"), "{found:#?}");
    assert!(found[1].contains("Variables not allowed"), "{found:#?}");
}

#[test]
fn errors_of_syntax_say_what_to_do() {
    let cases = [
        ("locals {\n  a = 'x'\n}\n", "2:7 `'`", "double quotes"),
        ("locals {\n  a = \"x\n}\n", "2:7 `\"x`", "no closing quote"),
        ("locals {\n  a = [1 2]\n}\n", "2:10 `2`", "Expected a comma"),
        ("locals {\n  a: 1\n}\n", "2:4 `:`", "not with \":\""),
        ("locals {\n  a =\n}\n", "2:6 ``", "must begin on the same line"),
        ("locals {\n  a = 1,\n  b = 2\n}\n", "2:8 `,`", "not separated by commas"),
        ("locals {\n  a = 1\n  a = 2\n}\n", "3:3 `a`", "already set"),
        ("locals {\n  a = foo(1\n}\n", "3:1 `}`", "does not close it"),
        ("locals {\n  a = 1\n}}\n", "3:2 `}`", "nothing open"),
        ("locals {\n  a = \"${x\"\n}\n", "2:7 `\"${x\"`", ""),
        ("locals {\n  a = <<EOT\nx\n}\n", "2:7 `<<EOT`", "there is no line of \"EOT\""),
        ("locals { a = 1, b = 2 }\n", "1:15 `,`", "a line of its own"),
        ("/* x\n", "1:1 `/*`", "ends this comment"),
    ];
    for (text, place, words) in cases {
        let found = problems(text);
        let first = found.first().unwrap_or_else(|| panic!("{text:?} has no problem"));
        assert!(
            (first.contains(place) || place.contains("${")) && first.contains(words),
            "{text:?}: {found:#?}"
        );
    }
}

#[test]
fn calls_of_modules_are_compared_with_their_variables() {
    let found = shown(&loaded(&[
        ("main.tf", "module \"a\" {\n  source = \"./m\"\n  sixe = 1\n}\n"),
        ("m/main.tf", "variable \"size\" {}\n"),
    ]));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("Did you mean \"size\"?"), "{found:#?}");
    assert!(found[1].contains("\"size\" is required"), "{found:#?}");
}

#[test]
fn modules_that_call_each_other_are_reported_once() {
    let found = shown(&loaded(&[
        ("main.tf", "module \"a\" {\n  source = \"./a\"\n}\n"),
        ("a/main.tf", "module \"b\" {\n  source = \"../b\"\n}\n"),
        ("b/main.tf", "module \"a\" {\n  source = \"../a\"\n}\n"),
    ]));
    assert_one(
        &found,
        "b/main.tf:2:12 `\"../a\"` Module calls itself",
        &["module.b calls module.a"],
    );
}

#[test]
fn sources_that_are_no_directories_are_reported() {
    assert_one(
        &problems("module \"a\" {\n  source = \"modules/a\"\n}\n"),
        "main.tf:2:12 `\"modules/a\"` Module source",
        &["write \"./modules/a\""],
    );
    assert_one(
        &problems("module \"a\" {\n  source = \"./gone\"\n}\n"),
        "main.tf:2:12 `\"./gone\"` Unreadable module directory",
        &["gone"],
    );
    assert_one(
        &problems("module \"a\" {\n}\n"),
        "main.tf:1:1 `module \"a\"` Missing required argument",
        &["\"source\" is required"],
    );
}

#[test]
fn only_whole_objects_can_be_waited_for() {
    assert_one(
        &problems("resource \"t\" \"a\" {\n  depends_on = [t.b.id]\n}\nresource \"t\" \"b\" {}\n"),
        "main.tf:2:17 `t.b.id` Invalid depends_on reference",
        &["a whole object"],
    );
    assert_one(
        &problems("resource \"t\" \"a\" {\n  depends_on = t.b\n}\nresource \"t\" \"b\" {}\n"),
        "main.tf:2:16 `t.b` Invalid expression",
        &["static list"],
    );
}
