//! The recording of a session, as a picture: what is typed and what comes, with its colours, line by line.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// What is typed.
const SESSION: [&str; 6] = [
    "zw init -from=simulated",
    "zw apply -auto-approve",
    "zw apply -auto-approve -var=zones=3",
    "zw state list",
    "zw explain aws_subnet.cidr_block",
    "zw destroy -auto-approve",
];

/// Lines that are seen at once, and columns of each.
const ROWS: usize = 30;
const COLUMNS: usize = 100;

/// Sizes in pixels.
const LINE_HEIGHT: usize = 18;
const LINE_WIDTH: usize = 840;
const MARGIN: usize = 16;

/// How long a line of output, and one that is typed, is the last one to be seen.
const LINE_MS: usize = 70;
const TYPED_MS: usize = 1_400;
/// How long the end is seen.
const END_MS: usize = 5_000;

/// A piece of a line with its class.
type Piece = (String, &'static str);

/// Runs the session in an empty directory, and gives the picture.
pub(crate) fn record(zw: &Path, dir: &Path) -> Result<String, String> {
    // What was typed, or what came; the latter with its styles.
    let mut lines: Vec<(bool, Vec<Piece>)> = Vec::new();
    for typed in SESSION {
        lines.push((true, vec![("$ ".to_owned(), "dim"), (typed.to_owned(), "bold")]));
        let output = Command::new(zw)
            .args(typed.split(' ').skip(1))
            .current_dir(dir)
            .env("CLICOLOR_FORCE", "1")
            .env_remove("NO_COLOR")
            .output()
            .map_err(|error| format!("{}: {error}", zw.display()))?;
        if !output.status.success() {
            return Err(format!("{typed}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        lines.extend(text.trim_end().lines().map(|line| (false, pieces(line))));
        lines.push((false, Vec::new()));
    }
    Ok(picture(&lines))
}

/// A line without its escape sequences, cut where they change what follows.
fn pieces(line: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut class = "";
    let mut parts = line.split('\u{1b}');
    found.push((parts.next().unwrap_or_default().to_owned(), class));
    for part in parts {
        let Some((code, text)) = part.strip_prefix('[').and_then(|part| part.split_once('m'))
        else {
            continue;
        };
        for number in code.split(';') {
            class = match number {
                "0" => "",
                "1" if class.is_empty() => "bold",
                "31" => "red",
                "32" => "green",
                "33" => "yellow",
                "36" => "cyan",
                "90" => "dim",
                _ => class,
            };
        }
        found.push((text.to_owned(), class));
    }
    found.retain(|(text, _)| !text.is_empty());
    found
}

fn picture(lines: &[(bool, Vec<Piece>)]) -> String {
    let width = LINE_WIDTH + 2 * MARGIN;
    let height = ROWS * LINE_HEIGHT + 2 * MARGIN;
    let (mut times, mut total) = (Vec::new(), 0);
    for (is_typed, _) in lines {
        total += if *is_typed { TYPED_MS } else { LINE_MS };
        times.push(total);
    }
    total += END_MS;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"A session with \
         zw\">\n<style>\ntext {{ font: 14px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #d8dee9; \
         white-space: pre; }}\n.bold {{ font-weight: bold; fill: #ffffff; }}\n.dim {{ fill: #7b8794; }}\n.red {{ fill: \
         #ff6b6b; }}\n.green {{ fill: #7bd88f; }}\n.yellow {{ fill: #ffd166; }}\n.cyan {{ fill: #5ccfe6; }}\n</style>\n<rect \
         width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#1b2028\"/>\n<clipPath id=\"screen\"><rect x=\"0\" y=\"{MARGIN}\" \
         width=\"{width}\" height=\"{}\"/></clipPath>\n<g clip-path=\"url(#screen)\">\n<g>\n",
        ROWS * LINE_HEIGHT
    );
    // The screen moves up by a line for each one that does not fit any more.
    let steps: Vec<(usize, usize)> = times
        .iter()
        .enumerate()
        .filter(|(at, _)| *at >= ROWS)
        .map(|(at, time)| (*time, (at + 1 - ROWS) * LINE_HEIGHT))
        .collect();
    if !steps.is_empty() {
        let mut values = String::from("0 0");
        let mut keys = String::from("0");
        for (time, up) in &steps {
            let _ = write!(values, ";0 -{up}");
            let _ = write!(keys, ";{}", share(*time, total));
        }
        let _ = writeln!(
            out,
            "<animateTransform attributeName=\"transform\" type=\"translate\" calcMode=\"discrete\" values=\"{values}\" \
             keyTimes=\"{keys}\" dur=\"{total}ms\" repeatCount=\"indefinite\"/>"
        );
    }
    for (at, ((_, line), time)) in lines.iter().zip(&times).enumerate() {
        if line.is_empty() {
            continue;
        }
        let y = MARGIN + at * LINE_HEIGHT + 13;
        let _ = write!(out, "<text x=\"{MARGIN}\" y=\"{y}\" visibility=\"hidden\">");
        let mut left = COLUMNS;
        for (text, class) in line {
            let text: String = text.chars().take(left).collect();
            left -= text.chars().count();
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            if class.is_empty() {
                let _ = write!(out, "<tspan>{text}</tspan>");
            } else {
                let _ = write!(out, "<tspan class=\"{class}\">{text}</tspan>");
            }
        }
        let from = share(*time, total);
        let _ = writeln!(
            out,
            "<animate attributeName=\"visibility\" calcMode=\"discrete\" values=\"hidden;visible\" keyTimes=\"0;{from}\" \
             dur=\"{total}ms\" repeatCount=\"indefinite\"/></text>"
        );
    }
    out.push_str("</g>\n</g>\n</svg>\n");
    out
}

/// A part of the whole time, as a decimal fraction.
fn share(time: usize, total: usize) -> String {
    const PRECISION: usize = 100_000;
    format!("0.{:05}", time * PRECISION / total.max(1))
}
