//! Lowering of names and of the steps behind them: attributes, indices and splats.

use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, TraversalOperator};

use super::{Lowerer, STEPS_MAX};
use crate::expr::{Expr, ExprKind, Ref, Step};
use crate::number::Number;
use crate::span::Span;
use crate::ty::Type;
use crate::value::{Str, Value};

type Operators<'t> = &'t [Decorated<TraversalOperator>];

impl Lowerer<'_> {
    /// A name and what follows it.
    pub(super) fn traversal(
        &mut self,
        root: &Expression,
        operators: Operators<'_>,
        name: &str,
        span: Span,
    ) -> Expr {
        let root_span = if operators.is_empty() { span } else { self.text.span_of(root) };
        if let Some(slot) = self.local(name) {
            let local = Expr { kind: ExprKind::Local(slot, name.into()), span: root_span };
            return self.steps(local, operators);
        }
        let attrs: Vec<(Str, Span)> = operators
            .iter()
            .map_while(|operator| match operator.value() {
                TraversalOperator::GetAttr(attr) => {
                    Some((Str::from(attr.as_str()), self.text.span_of(operator)))
                }
                _ => None,
            })
            .collect();
        let all = attrs.last().map_or(root_span, |(_, last)| root_span.to(*last));
        let (symbol, consumed) = match self.resolver.resolve(name, &attrs, all) {
            Ok(found) => found,
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic.or_at(all));
                return Expr::literal(Value::null(Type::Dynamic), span);
            }
        };
        let consumed = consumed.min(attrs.len());
        let mut full_name = Str::from(name);
        let mut end = root_span;
        for (attr, attr_span) in &attrs[..consumed] {
            full_name.push('.');
            full_name.push_str(attr);
            end = *attr_span;
        }
        let rest = &operators[consumed..];
        let direct = rest.iter().take_while(|operator| !is_splat(operator)).count();
        let mut steps = Vec::with_capacity(direct);
        for operator in &rest[..direct] {
            end = self.text.span_of(operator);
            match operator.value() {
                TraversalOperator::GetAttr(attr) => {
                    steps.push(Step::Attr(attr.as_str().into(), end));
                }
                TraversalOperator::Index(index) => steps.push(Step::Index(self.expression(index))),
                TraversalOperator::LegacyIndex(index) => {
                    steps.push(Step::Index(legacy_index(*index.value(), end)));
                }
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {}
            }
        }
        self.check_legacy_indices(rest);
        let reference = Ref { symbol, name: full_name, steps };
        let base = Expr { kind: ExprKind::Ref(reference), span: root_span.to(end) };
        if rest.len() == direct { base } else { self.steps(base, &rest[direct..]) }
    }

    /// An expression and the steps that follow it.
    pub(super) fn steps(&mut self, base: Expr, operators: Operators<'_>) -> Expr {
        if operators.len() > STEPS_MAX {
            let detail = format!("No more than {STEPS_MAX} attributes and indices can be chained.");
            self.error("Expression is nested too deeply", detail, base.span);
            return base;
        }
        self.check_legacy_indices(operators);
        let mut result = base;
        let mut at = 0;
        while let Some(operator) = operators.get(at) {
            at += 1;
            let span = result.span.to(self.text.span_of(operator));
            let kind = match operator.value() {
                TraversalOperator::GetAttr(attr) => {
                    ExprKind::GetAttr(Box::new(result), attr.as_str().into())
                }
                TraversalOperator::Index(index) => {
                    let index = self.expression(index);
                    ExprKind::Index(Box::new(result), Box::new(index))
                }
                TraversalOperator::LegacyIndex(index) => {
                    let index = legacy_index(*index.value(), self.text.span_of(operator));
                    ExprKind::Index(Box::new(result), Box::new(index))
                }
                // `[*]` is followed by all that follows it, `.*` by attributes alone.
                TraversalOperator::FullSplat(_) => {
                    let splat = self.splat(result, operator, &operators[at..]);
                    at = operators.len();
                    splat
                }
                TraversalOperator::AttrSplat(_) => {
                    let rest = &operators[at..];
                    let count = rest.iter().take_while(|next| is_attribute(next)).count();
                    if let Some(nested) = rest.get(count)
                        && matches!(nested.value(), TraversalOperator::AttrSplat(_))
                    {
                        let span = self.text.span_of(nested);
                        self.error(
                            "Nested splat expression not allowed",
                            "A splat expression (*) cannot be used inside another attribute-only \
                             splat expression.",
                            span,
                        );
                    }
                    at += count;
                    self.splat(result, operator, &rest[..count])
                }
            };
            let end = operators[..at].last().map_or(span, |last| self.text.span_of(last));
            result = Self::folded(Expr { kind, span: span.to(end) });
        }
        result
    }

    fn splat(
        &mut self,
        source: Expr,
        marker: &Decorated<TraversalOperator>,
        rest: Operators<'_>,
    ) -> ExprKind {
        let item = self.bind("");
        let element = ExprKind::Local(item, Str::new());
        let element = Expr { kind: element, span: self.text.span_of(marker) };
        let each = self.steps(element, rest);
        self.unbind(1);
        ExprKind::Splat { source: Box::new(source), item, each: Box::new(each) }
    }

    /// `a.0.1` reads like a number with a fraction, and HCL refuses it for that.
    fn check_legacy_indices(&mut self, operators: Operators<'_>) {
        for pair in operators.windows(2) {
            if let (TraversalOperator::LegacyIndex(first), TraversalOperator::LegacyIndex(second)) =
                (pair[0].value(), pair[1].value())
            {
                let span = self.text.span_of(&pair[0]).to(self.text.span_of(&pair[1]));
                let already = self.diagnostics.iter().any(|known| known.span == Some(span));
                if !already {
                    let detail = format!(
                        "When using the legacy index syntax, chaining two indexes together is not \
                         permitted. Use the proper index syntax instead, like [{}][{}].",
                        first.value(),
                        second.value()
                    );
                    self.error("Invalid legacy index syntax", detail, span);
                }
            }
        }
    }
}

fn legacy_index(index: u64, span: Span) -> Expr {
    let number = i64::try_from(index)
        .map_or_else(|_| Number::from(usize::try_from(index).unwrap_or(usize::MAX)), Number::from);
    Expr::literal(Value::from(number), span)
}

fn is_splat(operator: &Decorated<TraversalOperator>) -> bool {
    let operator = operator.value();
    matches!(operator, TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_))
}

fn is_attribute(operator: &Decorated<TraversalOperator>) -> bool {
    let operator = operator.value();
    matches!(operator, TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_))
}
