use std::io;

use super::*;
use crate::function::{CallContext, FuncError, TemplateRenderer, call};
use crate::json::{json_text_to_value, to_go_json};
use crate::scope::Host;
use crate::ty::Type;
use crate::value::Value;

/// A world without files, in which the clock stands still and dice always show four.
pub(crate) struct TestHost;

impl Host for TestHost {
    fn read_file(&self, _: &str) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn file_exists(&self, _: &str) -> io::Result<bool> {
        Ok(false)
    }

    fn fileset(&self, _: &str, _: &str) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn home_dir(&self) -> Option<String> {
        Some("/home/zw".into())
    }

    fn current_dir(&self) -> io::Result<String> {
        Ok("/base".into())
    }

    fn now(&self) -> Option<(i64, u32)> {
        Some((1_700_000_000, 0))
    }

    fn plan_time(&self) -> (i64, u32) {
        (1_700_000_000, 0)
    }

    fn random(&self, buffer: &mut [u8]) -> bool {
        buffer.fill(4);
        true
    }
}

/// Renders a template to its source.
pub(crate) struct NoTemplates;

impl TemplateRenderer for NoTemplates {
    fn render(&mut self, source: &str, _: &str, _: &Value, _: usize) -> Result<Value, FuncError> {
        Ok(Value::from(source))
    }
}

pub(crate) fn run(name: &str, args: &[Value]) -> Result<Value, FuncError> {
    let function = lookup(name).unwrap_or_else(|| panic!("no function {name}"));
    let mut templates = NoTemplates;
    let mut context = CallContext { host: &TestHost, templates: &mut templates, template_depth: 0 };
    call(function, args, &mut context)
}

/// Calls a function with the elements of a JSON array and gives the result as JSON, or the
/// message of the error behind a `!`.
pub(crate) fn json_call(name: &str, args: &str) -> String {
    let args = json_text_to_value(args).expect("the arguments are JSON");
    match run(name, args.as_sequence().expect("the arguments are an array")) {
        Ok(value) => to_go_json(&value).expect("the result is known"),
        Err(error) => format!("!{}", error.message),
    }
}

#[track_caller]
pub(crate) fn check(name: &str, cases: &[(&str, &str)]) {
    for (args, expected) in cases {
        assert_eq!(json_call(name, args), *expected, "{name}({args})");
    }
}

#[test]
fn functions_are_sorted_and_found_with_and_without_their_namespace() {
    assert!(all().is_sorted_by(|a, b| a.name < b.name));
    assert_eq!(lookup("core::upper").map(|function| function.name), Some("upper"));
    assert!(lookup("provider::x::y").is_none());
    for function in all() {
        assert!(function.description.ends_with('.'), "{}", function.name);
    }
}

#[test]
fn numbers_are_computed() {
    check("abs", &[("[-1]", "1"), ("[\"5\"]", "5"), ("[null]", "!argument must not be null")]);
    check("pow", &[("[3.7, 2.2]", "17.784587354193263"), ("[2, -1]", "0.5"), ("[0, 0]", "1")]);
    check("pow", &[("[32.5, -4.64]", "0.00000009657421908577616"), ("[-2, -3]", "-0.125")]);
    check("log", &[("[50, 10]", "1.6989700043360185"), ("[16, 2]", "4")]);
    check(
        "parseint",
        &[
            ("[\"zz\", 62]", "2205"),
            ("[\"ZZ\", 62]", "3843"),
            ("[\"-ff\", 16]", "-255"),
            ("[\"1_0\", 10]", "!cannot parse \"1_0\" as a base 10 integer"),
        ],
    );
    check(
        "range",
        &[
            ("[5, 1]", "[5,4,3,2]"),
            ("[0, 1, 0.25]", "[0,0.25,0.5,0.75]"),
            ("[1, 5, -1]", "!end must be less than start when step is negative"),
        ],
    );
}

#[test]
fn letters_have_case_one_by_one() {
    check("upper", &[("[\"straße ﬁ ǆ\"]", "\"STRAßE ﬁ Ǆ\"")]);
    check("lower", &[("[\"ÀÉİΣ\"]", "\"àéiσ\"")]);
    check("title", &[("[\"hello wOrld-foo ǆ _x\"]", "\"Hello WOrld-Foo ǅ _x\"")]);
}

#[test]
fn strings_are_cut_by_characters() {
    check("strrev", &[("[\"ab👨‍👩‍👧‍👦\"]", "\"👨‍👩‍👧‍👦ba\"")]);
    check(
        "substr",
        &[
            ("[\"👨‍👩‍👧‍👦ab\", 1, 1]", "\"a\""),
            ("[\"hello\", -3, 2]", "\"ll\""),
            ("[\"hello\", -10, 2]", "\"he\""),
            ("[\"hello\", 2, -1]", "\"llo\""),
        ],
    );
    check("length", &[("[\"héllo👨‍👩‍👧‍👦\"]", "6")]);
}

/// As in Terraform 1.11.4: the rule of Unicode 15.1 that ties such consonants together is newer.
#[test]
fn a_virama_does_not_tie_consonants_together() {
    check("length", &[("[\"नमस्ते\"]", "4")]);
    check("strrev", &[("[\"नमस्ते\"]", "\"तेस्मन\"")]);
    check("substr", &[("[\"नमस्ते\", -2, 1]", "\"स्\"")]);
}

/// Precision is seen where a number is divided or does not end. As in Terraform 1.11.4.
#[test]
fn numbers_keep_their_precision() {
    check("pow", &[("[3, 39]", "4052555153018976000"), ("[1.5, 100]", "406561177535215300")]);
    let digits = "1".to_owned() + &"0".repeat(400);
    check("ceil", &[("[1e400]", &digits)]);
    check("floor", &[("[1e400]", &digits)]);
}

#[test]
fn patterns_are_those_of_re2() {
    check(
        "regex",
        &[
            ("[\"a{,2}\", \"a{,2}\"]", "\"a{,2}\""),
            ("[\"\\\\d+\", \"٣4\"]", "\"4\""),
            ("[\"[a&&b]+\", \"b&\"]", "\"b\\u0026\""),
            ("[\"a(b)?\", \"a\"]", "[null]"),
            ("[\"(?P<x>a)\", \"a\"]", "{\"x\":\"a\"}"),
            ("[\"x\\\\Bx\", \"xx\"]", "\"xx\""),
            ("[\"\\\\Qa.b\\\\E\", \"a.b\"]", "\"a.b\""),
            ("[\"\\\\<a\", \"<a\"]", "\"\\u003ca\""),
            ("[\"[[]\", \"[\"]", "\"[\""),
            ("[\"[]a]+\", \"]a\"]", "\"]a\""),
            ("[\"\\\\p{^Greek}\", \"β \"]", "\" \""),
            (
                "[\"a**\", \"a\"]",
                "!invalid regexp pattern: invalid nested repetition operator in **",
            ),
            ("[\"a{1001}\", \"a\"]", "!invalid regexp pattern: invalid repeat count in {1001}"),
            ("[\"(?P<x>a)(?P<x>b)\", \"ab\"]", "{\"x\":\"b\"}"),
            ("[\"(?P<1>a)\", \"a\"]", "{\"1\":\"a\"}"),
            ("[\"(a){0}b\", \"b\"]", "[null]"),
            ("[\"[^\\\\p{Cs}]\", \"a\"]", "\"a\""),
            ("[\"(a{100}){11}\", \"a\"]", "!invalid regexp pattern: invalid repeat count in {11}"),
            (
                "[\"\\\\p{Letter}\", \"a\"]",
                "!invalid regexp pattern: invalid character class range in \\p{Letter}",
            ),
            (
                "[\"(?x)a\", \"a\"]",
                "!invalid regexp pattern: invalid or unsupported Perl syntax in (?x",
            ),
        ],
    );
    check("regexall", &[("[\"a*\", \"baaac\"]", "[\"\",\"aaa\",\"\"]")]);
    check(
        "replace",
        &[
            ("[\"baaac\", \"/a*/\", \"-\"]", "\"-b-c-\""),
            ("[\"abc\", \"/(a)(b)/\", \"$2$1$9$$\"]", "\"ba$c\""),
            ("[\"abc\", \"/b(.)/\", \"$1-$1\"]", "\"ac-c\""),
            ("[\"aaa\", \"\", \"-\"]", "\"-a-a-a-\""),
            ("[\"ab\", \"/(a)(b)/\", \"$01-$2\"]", "\"-b\""),
        ],
    );
}

#[test]
fn formats_are_those_of_go() {
    check(
        "format",
        &[
            ("[\"%05d|%-5d|%+d|% d\", -42, 4, 4, 4]", "\"-0042|4    |+4| 4\""),
            ("[\"%#x %#X %#o %#b\", 255, 255, 8, 5]", "\"0xff 0XFF 010 0b101\""),
            ("[\"%-05.1f|\", 4]", "\"004.0|\""),
            ("[\"%.3d|%5.3d|%05.3d|%.0d|\", 7, 7, 7, 0]", "\"007|  007|  007||\""),
            ("[\"%[2]d %[1]d\", 1, 2]", "\"2 1\""),
            ("[\"%v %#v\", 1000000, \"a\"]", "\"1e+06 \\\"a\\\"\""),
            ("[\"%d%%\", 5]", "\"5%\""),
            ("[\"%s\"]", "!not enough arguments for \"%s\" at 0: need index 1 but have 0 total"),
            ("[\"x\", 1]", "!too many arguments; no verbs in format string"),
            ("[\"%5%\"]", "!unrecognized format character '%' at offset 2"),
            ("[\"a%\"]", "!invalid format string starting at offset 2"),
        ],
    );
    check(
        "formatlist",
        &[("[\"%s-%s\", [\"a\", \"b\"], \"c\"]", "[\"a-c\",\"b-c\"]"), ("[\"%s\", []]", "[]")],
    );
}

#[test]
fn lists_are_searched_and_cut() {
    check("element", &[("[[\"a\", \"b\", \"c\"], -1]", "\"c\"")]);
    check("distinct", &[("[[1, \"1\", 2]]", "[\"1\",\"2\"]"), ("[[null, null]]", "[null]")]);
    check("flatten", &[("[[[\"a\"], [], [\"b\", [\"c\"]]]]", "[\"a\",\"b\",\"c\"]")]);
    check("contains", &[("[[1, \"2\"], 2]", "false"), ("[[[1]], [1]]", "true")]);
    check(
        "slice",
        &[
            ("[[1, 2, 3], 1, 2]", "[2]"),
            ("[[1], 0, 5]", "!end index must not be greater than the length of the list"),
        ],
    );
    check("setproduct", &[("[[\"a\", \"b\"], [1]]", "[[\"a\",1],[\"b\",1]]")]);
    check("matchkeys", &[("[[\"a\", \"b\"], [1, 2], [\"2\"]]", "[\"b\"]")]);
}

#[test]
fn maps_are_joined_and_split() {
    check("merge", &[("[{\"a\": 1}, {\"b\": 2}, {\"a\": 3}]", "{\"a\":3,\"b\":2}")]);
    check("transpose", &[("[{\"a\": [1, 2], \"b\": [2]}]", "{\"1\":[\"a\"],\"2\":[\"a\",\"b\"]}")]);
    check(
        "lookup",
        &[
            ("[{\"a\": 1}, \"b\", 2]", "2"),
            ("[{\"a\": 1}, \"b\"]", "!the given object has no attribute \"b\""),
        ],
    );
    check("zipmap", &[("[[\"a\"], [1]]", "{\"a\":1}")]);
}

#[test]
fn explicit_conversions_explain_themselves() {
    check(
        "tonumber",
        &[(
            "[\"x\"]",
            "!cannot convert \"x\" to number; given string must be a decimal representation of a number",
        )],
    );
    check("tolist", &[("[[1, true]]", "!cannot convert tuple to list of any single type")]);
    let secret = run("tonumber", &[Value::from("x").sensitive()]).unwrap_err();
    assert_eq!(secret.message, "cannot convert this sensitive string to number");
}

#[test]
fn marks_go_from_arguments_to_results() {
    let secret = Value::from("x").sensitive();
    assert!(run("upper", std::slice::from_ref(&secret)).unwrap().is_sensitive());
    let list = Value::tuple(vec![secret.clone()]);
    assert!(run("join", &[Value::from(","), list.clone()]).unwrap().is_sensitive());
    assert!(!run("length", std::slice::from_ref(&list)).unwrap().is_sensitive());
    assert!(!run("reverse", &[list]).unwrap().is_sensitive());
    let unknown = Value::unknown(Type::String);
    assert!(run("startswith", &[unknown, secret]).unwrap().is_sensitive());
}

#[test]
fn unknown_arguments_make_unknown_results_of_the_right_type() {
    let unknown = |ty| Value::unknown(ty);
    let ty = |name: &str, args: &[Value]| run(name, args).map(|value| value.ty());
    let strings = Type::list(Type::String);
    assert_eq!(ty("upper", &[unknown(Type::Dynamic)]), Ok(Type::String));
    assert_eq!(ty("length", &[unknown(Type::Dynamic)]), Ok(Type::Number));
    assert_eq!(ty("concat", &[unknown(Type::Dynamic)]), Ok(Type::Dynamic));
    assert_eq!(ty("reverse", &[unknown(Type::set(Type::String))]), Ok(strings.clone()));
    assert_eq!(ty("element", &[unknown(strings), Value::from(0)]), Ok(Type::String));
    let result = run("upper", &[unknown(Type::String)]).unwrap();
    assert!(result.as_unknown().unwrap().refinement.not_null);
    let text = run(
        "join",
        &[Value::from("-"), Value::tuple(vec![Value::from("a"), unknown(Type::String)])],
    );
    let starts = run("startswith", &[text.unwrap(), Value::from("a-")]);
    assert_eq!(starts, Ok(Value::from(true)));
}

#[test]
fn encodings_go_there_and_back() {
    check("base64encode", &[("[\"héllo\"]", "\"aMOpbGxv\"")]);
    check(
        "base64decode",
        &[
            ("[\"aGVs\\nbG8=\"]", "\"hello\""),
            ("[\"aGVsbG8\"]", "!failed to decode base64 data \"aGVsbG8\""),
            ("[\"/w==\"]", "!the result of decoding the provided string is not valid UTF-8"),
        ],
    );
    let secret = run("base64decode", &[Value::from("!!").sensitive()]).unwrap_err();
    assert_eq!(secret.message, "failed to decode base64 data (sensitive value)");
    check(
        "base64gzip",
        &[
            ("[\"\"]", "\"H4sIAAAAAAAA/wAAAP//AQAA//8AAAAAAAAAAA==\""),
            ("[\"test\"]", "\"H4sIAAAAAAAA/ypJLS4BAAAA//8BAAD//wx+f9gEAAAA\""),
        ],
    );
    for text in ["", "x", "hello hello hello hello"] {
        let zipped = run("base64gzip", &[Value::from(text)]).unwrap();
        assert_eq!(run("base64gunzip", &[zipped]), Ok(Value::from(text)));
    }
    let long = "the same again and again; ".repeat(20_000);
    let zipped = run("base64gzip", &[Value::from(long.as_str())]).unwrap();
    assert_eq!(run("base64gunzip", &[zipped]), Ok(Value::from(long)));
    check(
        "urlencode",
        &[("[\"a b&c=d/é~*'()!-_.+\"]", "\"a+b%26c%3Dd%2F%C3%A9~%2A%27%28%29%21-_.%2B\"")],
    );
    check("urldecode", &[("[\"a+b%26%C3%A9\"]", "\"a b\\u0026é\"")]);
    assert!(json_call("urldecode", "[\"foo% bar\"]").starts_with('!'));
}

#[test]
fn character_encodings_have_the_names_of_iana() {
    check(
        "textencodebase64",
        &[
            ("[\"héllo\", \"UTF-16LE\"]", "\"aADpAGwAbABvAA==\""),
            ("[\"héllo\", \"UTF-16\"]", "\"/v8AaADpAGwAbABv\""),
            ("[\"héllo\", \"latin1\"]", "\"aOlsbG8=\""),
            ("[\"日本\", \"shift_jis\"]", "\"k/qWew==\""),
            ("[\"日本\", \"EUC-JP\"]", "\"xvzL3A==\""),
        ],
    );
    check(
        "textdecodebase64",
        &[("[\"gA==\", \"windows-1252\"]", "\"€\""), ("[\"xvzL3A==\", \"EUC-JP\"]", "\"日本\"")],
    );
    for failing in
        ["[\"gQ==\", \"windows-1252\"]", "[\"/w==\", \"UTF-8\"]", "[\"6Q==\", \"ascii\"]"]
    {
        assert!(json_call("textdecodebase64", failing).starts_with('!'), "{failing}");
    }
}

#[test]
fn tables_are_read() {
    check(
        "csvdecode",
        &[
            (
                "[\"a,b\\n\\\"x\\\"\\\"y\\\",\\\"l1\\r\\nl2\\\"\\n\\n1,2\"]",
                "[{\"a\":\"x\\\"y\",\"b\":\"l1\\nl2\"},{\"a\":\"1\",\"b\":\"2\"}]",
            ),
            ("[\"a,b\\n1\"]", "!CSV parse error on line 2: wrong number of fields"),
            ("[\"a,a\\n1,2\"]", "!duplicate column name \"a\""),
            ("[\"\"]", "!missing header line"),
            (
                "[\"a\\n\\\"x\\\"y\"]",
                "!CSV parse error on line 2: extraneous or missing \" in quoted-field",
            ),
        ],
    );
}

#[test]
fn hashes_are_known_ones() {
    check("md5", &[("[\"hello\"]", "\"5d41402abc4b2a76b9719d911017c592\"")]);
    check("sha1", &[("[\"hello\"]", "\"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d\"")]);
    check("base64sha256", &[("[\"hello\"]", "\"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\"")]);
    check(
        "uuidv5",
        &[
            ("[\"dns\", \"www.terraform.io\"]", "\"a5008fae-b28c-5ba5-96cd-82b4c53552d6\""),
            ("[\"x500\", \"CN=x\"]", "\"955bb643-faf8-5f69-a3de-891b89fea215\""),
            (
                "[\"nope\", \"a\"]",
                "!uuidv5() doesn't support namespace nope (invalid UUID length: 4)",
            ),
        ],
    );
    check("uuid", &[("[]", "\"04040404-0404-0404-0404-040404040404\"")]);
    let hash = json_call("bcrypt", "[\"hello\", 4]");
    assert!(hash.starts_with("\"$2a$04$") && hash.len() == 62, "{hash}");
}

#[test]
fn dates_are_written_and_compared() {
    let written = |format: &str, expected: &str| {
        let args = format!("[\"{format}\", \"2018-01-02T23:12:01-08:00\"]");
        check("formatdate", &[(args.as_str(), expected)]);
    };
    written("EEEE, DD-MMM-YY hh:mm:ss ZZZ", "\"Tuesday, 02-Jan-18 23:12:01 -0800\"");
    written("H'h'mm aa 'it''s' ZZZZZ", "\"11h12 pm it's -08:00\"");
    written("YYYY''YYYY 'a'''", "\"2018'2018 a'\"");
    written("''''", "\"''\"");
    written("'a", "!unterminated literal '");
    written("YYY", "!invalid date format verb \"YYY\": year must either be \"YY\" or \"YYYY\"");
    check(
        "timeadd",
        &[
            ("[\"2017-11-22T00:00:00+02:00\", \"-1h0.5s\"]", "\"2017-11-21T22:59:59+02:00\""),
            ("[\"2016-02-28T23:59:59Z\", \"1s\"]", "\"2016-02-29T00:00:00Z\""),
            ("[\"2017-11-22T00:00:00Z\", \"1d\"]", "!time: unknown unit \"d\" in duration \"1d\""),
        ],
    );
    check(
        "timecmp",
        &[
            ("[\"2017-11-22T01:00:00Z\", \"2017-11-22T01:00:00-01:00\"]", "-1"),
            ("[\"2017-11-22T00:00:00.001Z\", \"2017-11-22T00:00:00Z\"]", "1"),
            ("[\"2017-11-22T1:00:00,5Z\", \"2017-11-22T01:00:00Z\"]", "1"),
        ],
    );
    check("timestamp", &[("[]", "\"2023-11-14T22:13:20Z\"")]);
    for wrong in ["2018-01-02", "2018-02-30T03:02:01Z", "2018-01-02t03:02:01z", "x", ""] {
        let message = json_call("formatdate", &format!("[\"YYYY\", \"{wrong}\"]"));
        assert!(message.starts_with("!not a valid RFC3339 timestamp: "), "{wrong}: {message}");
    }
}

#[test]
fn networks_are_divided() {
    check(
        "cidrhost",
        &[
            ("[\"10.12.127.0/20\", 16]", "\"10.12.112.16\""),
            ("[\"10.12.127.0/20\", -1]", "\"10.12.127.255\""),
            ("[\"fd00:fd12:3456:7890::/56\", 34]", "\"fd00:fd12:3456:7800::22\""),
            ("[\"0.0.0.0/0\", 4294967295]", "\"255.255.255.255\""),
            ("[\"1.2.3.4/32\", 1]", "!prefix of 32 does not accommodate a host numbered 1"),
            ("[\"x\", 1]", "!invalid CIDR expression: invalid CIDR address: x"),
        ],
    );
    check(
        "cidrsubnet",
        &[
            ("[\"10.1.2.0/24\", 4, 15]", "\"10.1.2.240/28\""),
            ("[\"fd00:fd12:3456:7890::/56\", 16, 162]", "\"fd00:fd12:3456:7800:a200::/72\""),
            ("[\"::/0\", 128, 1]", "\"::1/128\""),
            (
                "[\"10.1.2.0/24\", 4, 16]",
                "!prefix extension of 4 does not accommodate a subnet numbered 16",
            ),
        ],
    );
    check(
        "cidrsubnets",
        &[
            (
                "[\"10.1.0.0/16\", 4, 4, 8, 4]",
                "[\"10.1.0.0/20\",\"10.1.16.0/20\",\"10.1.32.0/24\",\"10.1.48.0/20\"]",
            ),
            (
                "[\"10.1.0.0/16\", 1, 1, 1]",
                "!not enough remaining address space for a subnet with a prefix of 17 bits after 10.1.128.0/17",
            ),
        ],
    );
    check(
        "cidrnetmask",
        &[
            ("[\"172.16.0.0/12\"]", "\"255.240.0.0\""),
            ("[\"::ffff:10.0.0.0/104\"]", "\"ffff:ffff:ffff:ffff:ffff:ffff:ff00:0\""),
        ],
    );
    check(
        "cidrcontains",
        &[
            ("[\"192.168.2.0/20\", \"192.168.2.1\"]", "true"),
            ("[\"fe80::/48\", \"fe81::/64\"]", "false"),
        ],
    );
    assert!(json_call("cidrcontains", "[\"fe80::/48\", \"10.0.0.0/8\"]").starts_with('!'));
}

#[test]
fn paths_are_read_as_text() {
    check("basename", &[("[\"a/b/\"]", "\"b\""), ("[\"\"]", "\".\""), ("[\"/\"]", "\"/\"")]);
    check("dirname", &[("[\"a//b\"]", "\"a\""), ("[\"a\"]", "\".\""), ("[\"/a\"]", "\"/\"")]);
    check("abspath", &[("[\"x/../y\"]", "\"/base/y\""), ("[\"/a//b/\"]", "\"/a/b\"")]);
    check("pathexpand", &[("[\"~/x\"]", "\"/home/zw/x\""), ("[\"a/~\"]", "\"a/~\"")]);
    assert!(json_call("file", "[\"nope\"]").starts_with("!no file exists at \"nope\""));
}
