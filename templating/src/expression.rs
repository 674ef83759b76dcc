//! Expressions that are more than one name: checked here, run by minijinja.
//!
//! Tokens are rewritten on the way in, so that a missing value never passes silently through an operator:
//! operands become `(x|operand)`, joined texts `(x|words)`, bare names in a condition `(x|flag)`.

use bellhop_domain::fault::Why;
use minijinja::{ErrorKind, Value};
use std::sync::Arc;

use crate::engine::{self, Bindings, ENVIRONMENT};
use crate::error::{Fault, RenderError};
use crate::format::Format;
use crate::token::{FILTERS, Kind, Token};
use crate::values::{Present, Variable, spelled};

const COMPARISONS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];
const ARITHMETIC: [&str; 2] = ["+", "-"];

/// What an expression is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExpressionUse {
    Print,
    Condition,
}

/// A compiled expression, the variables it reads and where it stands.
#[derive(Debug)]
pub(crate) struct Expression {
    program: minijinja::Expression<'static, 'static>,
    variables: Arc<[Variable]>,
    /// Names of variables, each with the filter right behind it.
    filtered: Vec<(String, &'static str)>,
    /// Line and column of its tag, from 1.
    place: (usize, usize),
}

impl Expression {
    /// # Errors
    /// Where and why the tokens do not form an expression; `at` is the tag's offset, `place` its line and column.
    pub fn compile(
        tokens: &[Token<'_>],
        usage: ExpressionUse,
        at: usize,
        place: (usize, usize),
    ) -> Result<Self, Fault> {
        refuse_calls(tokens)?;
        let unreadable = |said: &str| {
            let said = said.to_owned();
            Fault::new(at, Why::ExpressionUnreadable { said })
        };
        let program = ENVIRONMENT
            .compile_expression_owned(rewrite(tokens, usage))
            .map_err(|error| unreadable(error.detail().unwrap_or("it is not complete")))?;
        let mut variables: Vec<Variable> = Vec::new();
        for token in tokens.iter().filter(|token| token.kind == Kind::Variable) {
            let variable = Variable::named(token.text);
            if !variables.contains(&variable) {
                variables.push(variable);
            }
        }
        // The engine reads a keyword in the place of a name as a name: {{ name or or }}.
        let taken = program.undeclared_variables(false);
        if let Some(keyword) = taken
            .iter()
            .find(|name| !variables.iter().any(|known| known.spelled() == **name))
        {
            let keyword = keyword.to_owned();
            return Err(Fault::new(at, Why::ExpressionLacksName { keyword }));
        }
        Ok(Self {
            program,
            variables: variables.into(),
            filtered: filtered_names(tokens),
            place,
        })
    }

    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.variables.iter()
    }

    pub fn filtered(&self) -> &[(String, &'static str)] {
        &self.filtered
    }

    /// The text that the expression prints.
    pub fn text<'v>(
        &self,
        find: impl Fn(&Variable) -> Option<Present<'v>>,
        format: Format,
    ) -> Result<String, RenderError> {
        let value = self.evaluate(&find, format)?;
        if value.is_undefined() || value.is_none() {
            return Err(self
                .missing(&find)
                .unwrap_or_else(|| self.unsuitable("it gives nothing; add an else")));
        }
        engine::words(&value, &format)
            .ok_or_else(|| self.unsuitable("it gives no text; a condition belongs in {% if %}"))
    }

    /// Whether the condition holds.
    pub fn holds<'v>(
        &self,
        find: impl Fn(&Variable) -> Option<Present<'v>>,
        format: Format,
    ) -> Result<bool, RenderError> {
        self.evaluate(&find, format).map(|value| value.is_true())
    }

    fn evaluate<'v>(
        &self,
        find: &impl Fn(&Variable) -> Option<Present<'v>>,
        format: Format,
    ) -> Result<Value, RenderError> {
        let values = self
            .variables
            .iter()
            .map(|variable| find(variable).map(engine::value))
            .collect();
        let bindings = Bindings {
            variables: Arc::clone(&self.variables),
            values,
            format,
        };
        self.program.eval(Value::from_object(bindings)).map_err(|error| {
            let missing = (error.kind() == ErrorKind::UndefinedError)
                .then(|| self.missing(find))
                .flatten();
            missing.unwrap_or_else(|| self.unsuitable(error.detail().unwrap_or("a value does not fit")))
        })
    }

    fn missing<'v>(&self, find: &impl Fn(&Variable) -> Option<Present<'v>>) -> Option<RenderError> {
        let missing = self.variables.iter().find(|variable| find(variable).is_none())?;
        Some(RenderError::Missing {
            name: missing.as_str().to_owned(),
        })
    }

    fn unsuitable(&self, why: &str) -> RenderError {
        let (line, column) = self.place;
        RenderError::Unsuitable {
            line,
            column,
            message: format!("the expression does not fit this recipient: {why}"),
        }
    }
}

fn filtered_names(tokens: &[Token<'_>]) -> Vec<(String, &'static str)> {
    let behind = tokens.windows(3).filter_map(|three| match three {
        [name, bar, filter] if name.kind == Kind::Variable && bar.text == "|" => {
            let filter = FILTERS.into_iter().find(|known| *known == filter.text)?;
            Some((name.text.to_owned(), filter))
        }
        _ => None,
    });
    behind.collect()
}

fn refuse_calls(tokens: &[Token<'_>]) -> Result<(), Fault> {
    let call = tokens
        .windows(2)
        .find(|pair| pair[0].kind == Kind::Variable && pair[1].text == "(");
    match call {
        None => Ok(()),
        Some([name, _]) if name.text == "vary" => Err(Fault::new(name.at, Why::VaryBesideOthers)),
        Some(pair) => {
            let name = pair[0].text.to_owned();
            Err(Fault::new(pair[0].at, Why::FunctionUnknown { name }))
        }
    }
}

fn rewrite(tokens: &[Token<'_>], usage: ExpressionUse) -> String {
    let near = |place: usize| tokens.get(place).map_or("", |token| token.text);
    let mut source = String::new();
    let mut condition = usage == ExpressionUse::Condition;
    for (place, token) in tokens.iter().enumerate() {
        let (before, after) = (near(place.wrapping_sub(1)), near(place + 1));
        let beside = |signs: &[&str]| signs.contains(&before) || signs.contains(&after);
        match token.text {
            "if" => condition = true,
            "else" => condition = usage == ExpressionUse::Condition,
            _ => {}
        }
        match &token.kind {
            Kind::Variable if matches!(after, "|" | "is") => source.push_str(&spelled(token.text)),
            Kind::Variable if beside(&COMPARISONS) || beside(&ARITHMETIC) => {
                filtered(&mut source, token.text, "operand")
            }
            Kind::Variable if beside(&["~"]) => filtered(&mut source, token.text, "words"),
            Kind::Variable if condition && !beside(&["in"]) => {
                filtered(&mut source, token.text, "flag");
            }
            Kind::Text(text) if beside(&COMPARISONS) && engine::plain_number(text).is_some() => source.push_str(text),
            Kind::Text(text) if beside(&COMPARISONS) && matches!(text.as_str(), "true" | "false") => {
                source.push_str(text)
            }
            Kind::Text(text) => quote(&mut source, text),
            Kind::Variable => source.push_str(&spelled(token.text)),
            _ => source.push_str(token.text),
        }
        source.push(' ');
    }
    source
}

fn filtered(source: &mut String, name: &str, filter: &str) {
    source.extend(["(", &*spelled(name), "|", filter, ")"]);
}

fn quote(source: &mut String, text: &str) {
    source.push('"');
    for c in text.chars() {
        match c {
            '"' => source.push_str("\\\""),
            '\\' => source.push_str("\\\\"),
            c => source.push(c),
        }
    }
    source.push('"');
}
