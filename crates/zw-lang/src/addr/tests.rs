use std::hash::BuildHasher as _;

use super::*;

fn instance(text: &str) -> InstanceAddr {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn addresses_print_as_they_were_read() {
    for text in [
        "aws_vpc.main",
        "aws_vpc.main[0]",
        "aws_vpc.main[\"a.b[0]\"]",
        "data.aws_ami.ubuntu",
        "module.a.aws_vpc.main",
        "module.a[12].module.b[\"x\"].data.aws_ami.ubuntu[\"y\"]",
        "module.data.aws_vpc.module",
        "aws_vpc.größe-1",
        r#"a.b["\"\\\n\r\t$${x}%%{y}$ % $$ é \u0007\u200b\U000e0001"]"#,
        r#"a.b[""]"#,
    ] {
        assert_eq!(instance(text).to_string(), text);
    }
}

#[test]
fn a_leading_resource_is_optional() {
    assert_eq!(instance("module.a.resource.b.c[1]").to_string(), "module.a.b.c[1]");
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let error = |text: &str| {
        let error = text.parse::<InstanceAddr>().expect_err(text);
        (error.reason, error.at)
    };
    assert_eq!(error(""), ("a name is expected here", 1));
    assert_eq!(error("aws_vpc"), ("a dot is expected here", 8));
    assert_eq!(error("aws_vpc."), ("a name is expected here", 9));
    assert_eq!(error("1a.b"), ("a name is expected here", 1));
    assert_eq!(error("a b.c"), ("a name is expected here", 1));
    assert_eq!(error("module.a"), ("a dot is expected here", 9));
    assert_eq!(error("a.b.c"), ("nothing more is expected here", 4));
    assert_eq!(error("a.b[x]"), ("a key is a whole number or a quoted string", 5));
    assert_eq!(error("a.b[-1]"), ("a key is a whole number or a quoted string", 5));
    assert_eq!(error("a.b[99999999999999999999]"), ("the number is too large", 5));
    assert_eq!(error("a.b[0"), ("the closing bracket is missing", 6));
    assert_eq!(error("a.b[\"x"), ("the closing quote is missing", 7));
    assert_eq!(error("a.b[\"é\\q\"]"), ("there is no such escape sequence", 7));
    assert_eq!(error("a.b[\"\\ud800\"]"), ("the escape sequence names no character", 6));
    assert_eq!(error("a.b[\"\\u12é4\"]"), ("the escape sequence names no character", 6));
    assert_eq!(error("a.b[\"${x}\"]"), ("a key has no template in it", 6));
    assert_eq!(
        "a.b[".parse::<InstanceAddr>().unwrap_err().to_string(),
        "\"a.b[\" is not the address of a resource instance: \
         a key is a whole number or a quoted string (at character 5)"
    );
}

#[test]
fn instances_sort_as_terraform_lists_them() {
    let sorted = [
        "data.z.z",
        "a.a",
        "a.b[0]",
        "a.b[2]",
        "a.b[10]",
        "a.b[\"10\"]",
        "a.b[\"9\"]",
        "b.a",
        "module.b.a.a",
        "module.c[2].a.a",
        "module.c[10].data.a.a",
        "module.c[10].a.a",
        "module.a.module.a.a.a",
    ];
    let mut shuffled: Vec<InstanceAddr> = sorted.iter().rev().map(|text| instance(text)).collect();
    shuffled.sort();
    let texts: Vec<String> = shuffled.iter().map(ToString::to_string).collect();
    assert_eq!(texts, sorted);
}

#[test]
fn equal_addresses_have_equal_hashes() {
    let text = "module.a[0].module.b[\"x\"].aws_vpc.main[3]";
    let (a, b) = (instance(text), instance(text));
    assert_eq!(a, b);
    let hash = |address: &InstanceAddr| {
        std::hash::BuildHasherDefault::<DefaultHasher>::default().hash_one(address)
    };
    assert_eq!(hash(&a), hash(&b));
    let c = InstanceAddr::new(a.module().clone(), a.resource().clone(), InstanceKey::Int(4));
    assert_ne!(a, c);
    assert!(size_of::<InstanceAddr>() <= 72);
}

#[test]
fn modules_contain_what_is_below_them() {
    let module = |text: &str| text.parse::<ModuleInstancePath>().unwrap();
    let (a, below) = (module("module.a[0]"), module("module.a[0].module.b"));
    assert!(a.contains(&below) && a.contains(&a) && !below.contains(&a));
    assert!(ModuleInstancePath::root().contains(&a));
    assert!(!module("module.a").contains(&a));
    assert_eq!(below.parent(), Some(a.clone()));
    assert_eq!(a.parent(), Some(ModuleInstancePath::root()));
    assert_eq!(ModuleInstancePath::root().parent(), None);
    assert_eq!(ModuleInstancePath::root().child("a".into(), InstanceKey::Int(0)), a);
    assert_eq!(module(""), ModuleInstancePath::root());
    assert_eq!(below.module().to_string(), "module.a.module.b");
    assert!("module.a[0]".parse::<ModulePath>().is_err());
    assert!("module.a.b".parse::<ModuleInstancePath>().is_err());
}

#[test]
fn a_config_address_has_no_keys() {
    let text = "module.a.data.aws_ami.x";
    let read: ConfigResourceAddr = text.parse().unwrap();
    assert_eq!(read.to_string(), text);
    assert_eq!(instance("module.a[1].data.aws_ami.x[2]").config(), read);
    assert!("module.a[1].data.aws_ami.x".parse::<ConfigResourceAddr>().is_err());
    assert!("module.a.data.aws_ami.x[2]".parse::<ConfigResourceAddr>().is_err());
}

#[test]
fn provider_configurations_print_as_they_were_read() {
    for text in [
        "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "provider[\"registry.terraform.io/hashicorp/aws\"].west",
        "module.a.provider[\"example.com/x/y\"].west[\"eu-west-1\"]",
    ] {
        assert_eq!(text.parse::<ProviderAddr>().unwrap().to_string(), text);
    }
    assert!("provider.aws".parse::<ProviderAddr>().is_err());
    assert!("aws_vpc.main".parse::<ProviderAddr>().is_err());
}

#[test]
fn addresses_are_text_in_json() {
    let address = instance("module.a[\"x\"].b.c[0]");
    let json = serde_json::to_string(&address).unwrap();
    assert_eq!(json, r#""module.a[\"x\"].b.c[0]""#);
    assert_eq!(serde_json::from_str::<InstanceAddr>(&json).unwrap(), address);
}
