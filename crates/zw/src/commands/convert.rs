//! `zw convert`

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use zw_config::{Owner, Shape, Shapes, Syntax};
use zw_engine::{Registry, full_source};
use zw_lang::{Diagnostic, SourceMap, Type};
use zw_provider::schema::{Block, Nesting};

use crate::app::{App, Exit, Failed};

/// Say the same in another syntax: native, JSON or YAML
///
/// The result declares what the file declares. Comments are not carried over. Without arguments these are all
/// files of configuration in the directory that are in another syntax. One file is written to standard output;
/// with -write files are written beside the old ones, which are yours to remove: with both, everything is
/// declared twice.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw convert -to=yaml main.tf\n  zw convert -to=hcl -write && rm *.tf.json"
)]
pub(crate) struct Convert {
    /// The syntax to write
    #[arg(long, value_name = "SYNTAX")]
    to: Target,
    /// Write files beside the old ones
    #[arg(long)]
    write: bool,
    /// Files
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Target {
    Hcl,
    Json,
    Yaml,
}

impl Target {
    const fn syntax(self) -> Syntax {
        match self {
            Self::Hcl => Syntax::Native,
            Self::Json => Syntax::Json,
            Self::Yaml => Syntax::Yaml,
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Hcl => ".tf",
            Self::Json => ".tf.json",
            Self::Yaml => ".zw.yaml",
        }
    }
}

/// A file to convert.
struct File {
    path: PathBuf,
    syntax: Syntax,
    /// Where the result goes.
    beside: PathBuf,
}

pub(crate) fn run(app: &App, args: &Convert) -> Exit {
    let files = if args.paths.is_empty() { all(app, args)? } else { given(app, args)? };
    if files.len() > 1 && !args.write {
        let detail = "One file is written to standard output. To write several beside the old ones, add -write.";
        return Err(app.fail_with(Diagnostic::error("There are several files to convert", detail)));
    }
    let shapes = Known(app.providers());
    // All or nothing: what cannot be converted is known before anything is written.
    let mut texts = Vec::with_capacity(files.len());
    let mut failed = None;
    for file in &files {
        match converted(app, args, file, &shapes) {
            Ok(text) => texts.push(text),
            Err(found) => failed = Some(found),
        }
    }
    if let Some(failed) = failed {
        return Err(failed);
    }
    for (file, text) in files.iter().zip(&texts) {
        if args.write {
            create(&file.beside, text)
                .map_err(|error| app.io_error("write", &file.beside, &error))?;
            app.ui.out.println(&file.beside.display().to_string());
        } else {
            app.ui.out.print(text);
        }
    }
    Ok(0)
}

/// The files of the directory that are in another syntax.
fn all(app: &App, args: &Convert) -> Result<Vec<File>, Failed> {
    let failed = |error| app.io_error("list", &app.root, &error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&app.root).map_err(failed)? {
        let path = PathBuf::from(entry.map_err(failed)?.file_name());
        files.extend(
            file(&path, args.to).filter(|file| {
                file.syntax != args.to.syntax() && app.root.join(&file.path).is_file()
            }),
        );
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn given(app: &App, args: &Convert) -> Result<Vec<File>, Failed> {
    let known = |path: &PathBuf| {
        file(path, args.to).ok_or_else(|| {
            let summary = format!("{} is no file of configuration", path.display());
            let detail = "Names of files of configuration end with .tf, .tf.json or .zw.yaml.";
            app.fail_with(Diagnostic::error(summary, detail))
        })
    };
    args.paths.iter().map(known).collect()
}

fn file(path: &Path, to: Target) -> Option<File> {
    let (syntax, stem) = Syntax::of_file(path.file_name()?.to_str()?)?;
    let beside = path.with_file_name(format!("{stem}{}", to.ending()));
    Some(File { path: path.to_owned(), syntax, beside })
}

fn converted(
    app: &App,
    args: &Convert,
    file: &File,
    shapes: &dyn Shapes,
) -> Result<String, Failed> {
    let text = std::fs::read_to_string(&file.path)
        .map_err(|error| app.io_error("read", &file.path, &error))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut sources = SourceMap::default();
    let source = sources.add(&file.path, text);
    zw_config::convert(source, text, file.syntax, args.to.syntax(), shapes)
        .map_err(|problems| app.fail(problems, &sources))
}

/// Writes a file that is not there yet.
fn create(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What the providers of this program know.
struct Known(std::sync::Arc<Registry>);

impl Shapes for Known {
    fn of(&self, owner: &Owner, path: &[String], name: &str) -> Shape {
        let Some(block) = self.block(owner) else { return Shape::Unknown };
        let nested = path.iter().try_fold(block, |block, name| Some(&block.nested(name)?.block));
        nested.map_or(Shape::Unknown, |block| shape(block, name))
    }
}

impl Known {
    fn block(&self, owner: &Owner) -> Option<&Block> {
        let type_name = owner.type_name.as_str();
        let mut providers = self.0.iter().map(|(_, provider)| provider);
        let schema = match owner.kind.as_str() {
            "resource" => providers.find_map(|one| one.resource_types().get(type_name)),
            "data" => providers.find_map(|one| one.data_sources().get(type_name)),
            "provider" => {
                self.0.get(&full_source(type_name, None)).map(|found| found.config_schema())
            }
            _ => None,
        };
        schema.map(|schema| &schema.block)
    }
}

fn shape(block: &Block, name: &str) -> Shape {
    let is_object = |ty: &Type| matches!(ty, Type::List(item) | Type::Set(item) if matches!(**item, Type::Object(_)));
    match (block.attribute(name), block.nested(name)) {
        (Some(attribute), _) if is_object(&attribute.ty) => Shape::Either,
        (Some(_), _) => Shape::Argument,
        (None, Some(nested)) if nested.nesting == Nesting::Map => Shape::LabelledBlock,
        (None, Some(_)) => Shape::Block,
        (None, None) => Shape::Unknown,
    }
}
