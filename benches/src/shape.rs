//! Estates in four shapes.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use clap::ValueEnum;

/// The shape of an estate. All but the last are of `terraform_data`, which needs no cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// Blocks of their own, each but the first with a reference to another one: ten to a parent.
    Blocks,
    /// Instances of a module of 20 resources that refer to each other, under `for_each`.
    Modules,
    /// Two resources with `count`: every instance of the second refers to one of the first by `count.index`.
    Cross,
    /// The environment of production: 1,028 clusters in 50 regions, on the simulated cloud. It has one size.
    Production,
}

/// How many resources the module of [`Shape::Modules`] has.
const MODULE_LEN: usize = 20;

/// How many of its instances one list of keys names.
const EACH: usize = 500;

impl Shape {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Modules => "modules",
            Self::Cross => "cross",
            Self::Production => "production",
        }
    }

    /// What `zw` is told besides a command.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Self::Production => &["-simulate"],
            _ => &[],
        }
    }

    /// Whether Terraform knows what it is made of.
    pub fn is_common(self) -> bool {
        self != Self::Production
    }

    /// Writes an estate of about so many resources into an empty directory.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(self, resources: usize, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)?;
        match self {
            Self::Blocks => fs::write(dir.join("main.tf"), blocks(resources)),
            Self::Modules => {
                fs::create_dir_all(dir.join("service"))?;
                fs::write(dir.join("service/main.tf"), service())?;
                fs::write(dir.join("main.tf"), modules(resources.div_ceil(MODULE_LEN)))
            }
            Self::Cross => fs::write(dir.join("main.tf"), cross(resources / 2)),
            Self::Production => {
                let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
                for part in ["environments/base", "environments/production", "modules", "global"] {
                    copy(&repository.join(part), &dir.join(part))?;
                }
                Ok(())
            }
        }
    }

    /// The root module in a directory that was written into.
    pub fn root(self, dir: &Path) -> std::path::PathBuf {
        match self {
            Self::Production => dir.join("environments/production"),
            _ => dir.to_owned(),
        }
    }
}

fn blocks(resources: usize) -> String {
    let mut text = String::with_capacity(resources * 120);
    for at in 0..resources {
        let input = match at {
            0 => "\"root\"".to_owned(),
            _ => format!("\"${{terraform_data.service_{}.id}}-{at}\"", (at - 1) / 10),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "resource \"terraform_data\" \"service_{at}\" {{\n  input = {input}\n}}\n\n"
        );
    }
    text
}

/// `range` makes no more than 1,024 numbers, so there are two.
fn modules(instances: usize) -> String {
    let (many, rest) = (instances / EACH, instances % EACH);
    let keys =
        format!("[for a in range({many}) : [for b in range({EACH}) : \"service-${{a}}-${{b}}\"]]");
    let more = format!("[for b in range({rest}) : \"service-rest-${{b}}\"]");
    format!(
        "module \"service\" {{\n  source   = \"./service\"\n  for_each = toset(flatten([{keys}, {more}]))\n  name     = \
         each.key\n}}\n"
    )
}

fn service() -> String {
    let mut text = "variable \"name\" {\n  type = string\n}\n\n".to_owned();
    for at in 0..MODULE_LEN {
        let input = match at {
            0 => "var.name".to_owned(),
            _ => format!("\"${{var.name}}-${{terraform_data.part_{}.id}}\"", (at - 1) / 4),
        };
        let _ =
            write!(text, "resource \"terraform_data\" \"part_{at}\" {{\n  input = {input}\n}}\n\n");
    }
    let _ = write!(
        text,
        "output \"last\" {{\n  value = terraform_data.part_{}.id\n}}\n",
        MODULE_LEN - 1
    );
    text
}

fn cross(each: usize) -> String {
    format!(
        "resource \"terraform_data\" \"a\" {{\n  count = {each}\n  input = \"a-${{count.index}}\"\n}}\n\nresource \
         \"terraform_data\" \"b\" {{\n  count = {each}\n  input = \
         \"b-${{terraform_data.a[count.index].id}}\"\n}}\n"
    )
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() == ".zw" {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
