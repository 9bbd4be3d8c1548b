//! Lowering of expressions, templates and traversals aside.

use hcl_edit::Span as _;
use hcl_edit::expr::{
    BinaryOp as BinaryTree, BinaryOperator, Expression, ForExpr as ForTree, FuncCall as CallTree,
    Object, ObjectKey, UnaryOperator,
};

use super::{DEPTH_MAX, Lowerer};
use crate::diag::Diagnostic;
use crate::expr::{BinaryOp, Callee, Expr, ExprKind, ForExpr, FuncCall, ObjectItem, UnaryOp};
use crate::number::Number;
use crate::span::Span;
use crate::suggest::suggest;
use crate::text::normalized;
use crate::ty::Type;
use crate::value::{Str, Value};

/// Functions that may be given what is wrong.
const CATCHING: [&str; 2] = ["can", "try"];

impl Lowerer<'_> {
    pub(super) fn expression(&mut self, expr: &Expression) -> Expr {
        let span = self.text.span_of(expr);
        if self.depth >= DEPTH_MAX {
            let detail = format!(
                "Expressions can be nested {DEPTH_MAX} levels deep. Give parts of this one names, \
                 as local values."
            );
            self.error("Expression is nested too deeply", detail, span);
            return Expr::literal(Value::null(Type::Dynamic), span);
        }
        self.depth += 1;
        let lowered = match expr {
            Expression::BinaryOp(op) => self.binary(op),
            _ => Expr { kind: self.kind(expr, span), span },
        };
        self.depth -= 1;
        Self::folded(lowered)
    }

    fn kind(&mut self, expr: &Expression, span: Span) -> ExprKind {
        match expr {
            Expression::Null(_) => ExprKind::Literal(Value::null(Type::Dynamic)),
            Expression::Bool(value) => ExprKind::Literal(Value::from(*value.value())),
            Expression::Number(number) => {
                let written = self.text.slice_of(number).map(str::to_owned);
                let text = written.unwrap_or_else(|| number.value().to_string());
                self.number(&text, span)
            }
            Expression::String(text) => {
                self.check_single_line(text.span().unwrap_or_default());
                ExprKind::Literal(Value::from(normalized(text.value())))
            }
            Expression::StringTemplate(template) => self.quoted_template(template, span).kind,
            Expression::HeredocTemplate(heredoc) => self.heredoc(heredoc, span).kind,
            Expression::Array(items) => {
                ExprKind::Tuple(items.iter().map(|item| self.expression(item)).collect())
            }
            Expression::Object(object) => ExprKind::Object(self.object(object)),
            Expression::Parenthesis(inner) => {
                ExprKind::Parens(Box::new(self.expression(inner.inner())))
            }
            Expression::Variable(name) => self.traversal(expr, &[], name.as_str(), span).kind,
            Expression::Traversal(traversal) => match &traversal.expr {
                Expression::Variable(name) => {
                    self.traversal(&traversal.expr, &traversal.operators, name.as_str(), span).kind
                }
                base => {
                    let base = self.expression(base);
                    match self.without_sign(&base) {
                        // The sign is that of everything behind it, not of the number alone.
                        Some(number) => {
                            let steps = self.steps(number, &traversal.operators);
                            ExprKind::Unary(UnaryOp::Neg, Box::new(steps))
                        }
                        None => self.steps(base, &traversal.operators).kind,
                    }
                }
            },
            Expression::Conditional(conditional) => ExprKind::Conditional(
                Box::new(self.expression(&conditional.cond_expr)),
                Box::new(self.expression(&conditional.true_expr)),
                Box::new(self.expression(&conditional.false_expr)),
            ),
            Expression::FuncCall(call) => self.call(call, span),
            Expression::UnaryOp(op) => {
                let operator = match op.operator.value() {
                    UnaryOperator::Neg => UnaryOp::Neg,
                    UnaryOperator::Not => UnaryOp::Not,
                };
                ExprKind::Unary(operator, Box::new(self.expression(&op.expr)))
            }
            Expression::BinaryOp(op) => self.binary(op).kind,
            Expression::ForExpr(tree) => ExprKind::For(Box::new(self.for_expression(tree))),
        }
    }

    /// A number from its text, as the tree has it as a 64-bit float at best. A sign before it
    /// belongs to the text, with what is between the two.
    fn number(&mut self, text: &str, span: Span) -> ExprKind {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => {
                let after_comments = rest.rfind("*/").map_or(rest, |at| &rest[at + 2..]);
                (true, after_comments.trim())
            }
            None => (false, text),
        };
        let Some(number) = Number::parse(digits) else {
            self.error(
                "Invalid number literal",
                "Failed to recognize the value of this number literal.",
                span,
            );
            return ExprKind::Literal(Value::null(Type::Number));
        };
        ExprKind::Literal(Value::from(if negative { number.neg() } else { number }))
    }

    /// The number behind the sign that a literal is written with, if it is.
    fn without_sign(&self, literal: &Expr) -> Option<Expr> {
        let number = literal.as_literal()?.as_number()?;
        let start = usize::try_from(literal.span.start).ok()?.checked_sub(self.text.base)?;
        let has_sign = self.text.text.get(start..)?.starts_with('-');
        has_sign.then(|| Expr::literal(Value::from(number.neg()), literal.span))
    }

    /// Chains of operators lean to the left and can be long, so they are walked along.
    fn binary(&mut self, op: &BinaryTree) -> Expr {
        let mut spine = vec![op];
        let mut first = &op.lhs_expr;
        while let Expression::BinaryOp(inner) = first {
            spine.push(inner);
            first = &inner.lhs_expr;
        }
        // The operands of `&&` and `||` may be wrong where the other one decides.
        let is_logical = |op: &&BinaryTree| {
            matches!(*op.operator.value(), BinaryOperator::And | BinaryOperator::Or)
        };
        let is_caught = spine.iter().any(is_logical);
        self.caught += usize::from(is_caught);
        let mut left = self.expression(first);
        while let Some(op) = spine.pop() {
            let right = self.expression(&op.rhs_expr);
            let operator = binary_operator(*op.operator.value());
            let span = left.span.to(right.span);
            let kind = ExprKind::Binary(operator, Box::new(left), Box::new(right));
            left = Self::folded(Expr { kind, span });
        }
        self.caught -= usize::from(is_caught);
        left
    }

    fn object(&mut self, object: &Object) -> Vec<ObjectItem> {
        object
            .iter()
            .map(|(key, value)| {
                let key = self.object_key(key);
                ObjectItem { key, value: self.expression(value.expr()) }
            })
            .collect()
    }

    /// A bare word is the key itself; to use the value of a name it takes parentheses. Words are
    /// read from the source, as the parser gets another one where a key occurs twice.
    fn object_key(&mut self, key: &ObjectKey) -> Expr {
        let source = self.text.slice_of(key);
        let span = self.text.span_of(key);
        let word = match key {
            ObjectKey::Ident(name) => Some(name.as_str()),
            ObjectKey::Expression(Expression::Null(_)) => Some("null"),
            ObjectKey::Expression(Expression::Bool(value)) => {
                Some(if *value.value() { "true" } else { "false" })
            }
            ObjectKey::Expression(Expression::String(text)) => Some(text.value().as_str()),
            ObjectKey::Expression(_) => None,
        };
        if let Some(word) = word {
            let inner = source.and_then(|source| source.strip_prefix('"')?.strip_suffix('"'));
            let word = match (inner, source) {
                (Some(inner), _) => {
                    let range = key.span().unwrap_or_default();
                    self.check_single_line(range.clone());
                    self.unescaped(inner, range.start + 1)
                }
                (None, Some(source)) if key.is_ident() => source.to_owned(),
                _ => word.to_owned(),
            };
            return Expr::literal(Value::from(normalized(&word)), span);
        }
        let ObjectKey::Expression(expr) = key else {
            return Expr::literal(Value::from(Str::new()), span);
        };
        if let Expression::Traversal(traversal) = expr
            && traversal.expr.is_variable()
        {
            self.error(
                "Ambiguous attribute key",
                "If this expression is intended to be a reference, wrap it in parentheses. If it's \
                 instead intended as a literal name containing periods, wrap it in quotes to create \
                 a string literal.",
                span,
            );
            return Expr::literal(Value::from(Str::new()), span);
        }
        self.expression(expr)
    }

    fn for_expression(&mut self, tree: &ForTree) -> ForExpr {
        let collection = self.expression(&tree.intro.collection_expr);
        let key = tree.intro.key_var.as_ref().map_or("", |name| name.as_str());
        let key_slot = self.bind(key);
        let value_slot = self.bind(tree.intro.value_var.as_str());
        let result_key = tree.key_expr.as_ref().map(|key| self.expression(key));
        let result = self.expression(&tree.value_expr);
        let condition = tree.cond.as_ref().map(|condition| self.expression(&condition.expr));
        self.unbind(2);
        ForExpr {
            key_slot,
            value_slot,
            collection,
            result_key,
            result,
            condition,
            grouped: tree.grouping,
        }
    }

    fn call(&mut self, tree: &CallTree, span: Span) -> ExprKind {
        let mut name = String::new();
        for part in &tree.name.namespace {
            name.push_str(part.as_str());
            name.push_str("::");
        }
        name.push_str(tree.name.name.as_str());
        let first = tree.name.namespace.first().unwrap_or(&tree.name.name);
        let name_span = if let (Some(first), Some(last)) = (first.span(), tree.name.name.span()) {
            self.text.span(first.start..last.end)
        } else {
            // The parser left the name without a place, but the call begins with it.
            let len = u32::try_from(name.len()).unwrap_or(0);
            Span { end: span.end.min(span.start.saturating_add(len)), ..span }
        };
        let callee = self.callee(&name, name_span);
        let mut args: Vec<&Expression> = tree.args.iter().collect();
        let callee = match callee {
            Some(Callee::Builtin(function)) if function.special && function.name == "convert" => {
                self.conversion(&mut args, span)
            }
            callee => callee,
        };
        let is_caught =
            matches!(&callee, Some(Callee::Builtin(function)) if CATCHING.contains(&function.name));
        self.caught += usize::from(is_caught);
        let args: Vec<Expr> = args.into_iter().map(|arg| self.expression(arg)).collect();
        self.caught -= usize::from(is_caught);
        let Some(callee) = callee else {
            return ExprKind::Literal(Value::null(Type::Dynamic));
        };
        ExprKind::Call(FuncCall {
            name: name.into(),
            name_span,
            callee,
            args,
            expand_final: tree.args.expand_final(),
        })
    }

    /// `convert(value, type)`: the second argument is no expression but a type constraint.
    fn conversion(&mut self, args: &mut Vec<&Expression>, span: Span) -> Option<Callee> {
        let &[_, ty] = args.as_slice() else {
            let detail =
                "Function \"convert\" expects 2 argument(s): a value and a type constraint.";
            self.error("Wrong number of function arguments", detail, span);
            return None;
        };
        args.pop();
        match super::types::constraint(ty, self.text) {
            Ok((ty, _)) => Some(Callee::Convert(ty)),
            Err(diagnostics) => {
                self.diagnostics.extend(diagnostics);
                None
            }
        }
    }

    fn callee(&mut self, name: &str, span: Span) -> Option<Callee> {
        if !self.resolver.allows_functions() {
            self.error("Function calls not allowed", "Functions may not be called here.", span);
            return None;
        }
        if let Some(function) = crate::functions::lookup(name) {
            return Some(Callee::Builtin(function));
        }
        let known = crate::functions::all().iter().map(|function| function.name);
        let unknown = |name: &str| {
            let hint = suggest(name.strip_prefix("core::").unwrap_or(name), known);
            format!("There is no function named {name:?}.{hint}")
        };
        let parts: Vec<&str> = name.split("::").collect();
        let (summary, detail) = match parts.as_slice() {
            ["provider", provider, function] => {
                return Some(Callee::Provider((*provider).into(), (*function).into()));
            }
            ["provider", ..] => (
                "Unknown provider function",
                "A function of a provider is called as provider::NAME::FUNCTION(...).".to_owned(),
            ),
            [] | [_] | ["core", _] => ("Call to unknown function", unknown(name)),
            [namespace, ..] => (
                "Unknown provider function",
                format!(
                    "The function namespace {namespace:?} is not valid. Provider function calls \
                     must use the \"provider::\" namespace prefix."
                ),
            ),
        };
        let problem = Diagnostic::error(summary, detail).at(span);
        if self.caught > 0 {
            return Some(Callee::Unknown(Box::new(problem)));
        }
        self.diagnostics.push(problem);
        None
    }
}

const fn binary_operator(operator: BinaryOperator) -> BinaryOp {
    match operator {
        BinaryOperator::Plus => BinaryOp::Add,
        BinaryOperator::Minus => BinaryOp::Sub,
        BinaryOperator::Mul => BinaryOp::Mul,
        BinaryOperator::Div => BinaryOp::Div,
        BinaryOperator::Mod => BinaryOp::Mod,
        BinaryOperator::Eq => BinaryOp::Eq,
        BinaryOperator::NotEq => BinaryOp::NotEq,
        BinaryOperator::Less => BinaryOp::Less,
        BinaryOperator::LessEq => BinaryOp::LessEq,
        BinaryOperator::Greater => BinaryOp::Greater,
        BinaryOperator::GreaterEq => BinaryOp::GreaterEq,
        BinaryOperator::And => BinaryOp::And,
        BinaryOperator::Or => BinaryOp::Or,
    }
}
