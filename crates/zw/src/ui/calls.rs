//! Which calls were made, in words.

use std::io::{self, Write};

use zw_provider::{CallCount, Calls};

use super::style::{Styles, styled};
use super::terminal::Ui;
use super::text::{counted, wrap};

/// Shows the calls of a run, if there were any: all of them if `all`, otherwise a line for whoever looks at a terminal.
pub(crate) fn show(ui: &Ui, calls: &Calls, all: bool) {
    if calls.total().sent == 0 {
        return;
    }
    if all {
        ui.out.render(|out| table(out, calls, ui.out.styles));
    } else if ui.out.is_terminal {
        let text = wrap(&text_of_calls(calls), ui.out.columns);
        ui.out.println(&format!("\n{}", styled(ui.out.styles.dim, text)));
    }
}

/// `31 calls: aws ec2 24, iam 5, sts 2.`
pub(crate) fn text_of_calls(calls: &Calls) -> String {
    let total = calls.total();
    let sent = counted(usize::try_from(total.sent).unwrap_or(usize::MAX), "call");
    let throttled = match total.throttled {
        0 => String::new(),
        throttled => format!(" ({throttled} throttled)"),
    };
    let mut last = "";
    let services = calls.by_service().into_iter().map(|((provider, service), count)| {
        let is_named = std::mem::replace(&mut last, provider) == provider;
        let provider = if is_named { String::new() } else { format!("{provider} ") };
        format!("{provider}{service} {}", count.sent)
    });
    let services: Vec<String> = services.collect();
    format!("{sent}{throttled}: {}.", services.join(", "))
}

/// A line for each operation, and one for all of them.
fn table(out: &mut dyn Write, calls: &Calls, styles: Styles) -> io::Result<()> {
    let name = |provider: &str, service: &str, operation: &str| {
        format!("{provider} {service}:{operation}")
    };
    let rows: Vec<(String, CallCount)> = calls
        .0
        .iter()
        .map(|(call, count)| (name(&call.provider, &call.service, &call.operation), *count))
        .chain([("all".to_owned(), calls.total())])
        .collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let head = format!("{:width$}  {:>7}  {:>9}  {:>7}", "call", "sent", "throttled", "retries");
    writeln!(out, "\n{}", styled(styles.bold, head))?;
    for (name, CallCount { sent, throttled, retried }) in rows {
        writeln!(out, "{name:width$}  {sent:>7}  {throttled:>9}  {retried:>7}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use zw_provider::Call;

    use super::*;
    use crate::ui::testing::rendered;

    fn calls() -> Calls {
        let call = |provider: &str, service: &str, operation: &str| Call {
            provider: provider.into(),
            service: service.into(),
            operation: operation.into(),
        };
        let count = |sent, throttled, retried| CallCount { sent, throttled, retried };
        Calls(
            [
                (call("aws", "ec2", "CreateVpc"), count(12, 3, 4)),
                (call("aws", "ec2", "DescribeVpcs"), count(2, 0, 0)),
                (call("aws", "iam", "GetRole"), count(1, 0, 0)),
                (call("google", "compute", "networks.get"), count(7, 0, 0)),
            ]
            .into(),
        )
    }

    #[test]
    fn a_line_names_services() {
        assert_eq!(
            text_of_calls(&calls()),
            "22 calls (3 throttled): aws ec2 14, iam 1, google compute 7."
        );
    }

    #[test]
    fn a_table_names_operations() {
        assert_snapshot!(rendered(|out| table(out, &calls(), Styles::plain())), @r"

        call                            sent  throttled  retries
        aws ec2:CreateVpc                 12          3        4
        aws ec2:DescribeVpcs               2          0        0
        aws iam:GetRole                    1          0        0
        google compute:networks.get        7          0        0
        all                               22          3        4
        ");
    }
}
