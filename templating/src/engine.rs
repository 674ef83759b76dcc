//! The closed minijinja environment in which expressions run: with our filters and a limit of steps, without loops
//! and files.

use jiff::civil::Date;
use minijinja::value::{Object, ObjectRepr, Rest};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior, Value, filters, tests};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use crate::format::Format;
use crate::plural;
use crate::values::{Present, Variable};

/// Steps that one expression may take. Our expressions are short and have no loops; the limit is there in case the
/// engine learns loops.
const FUEL: u64 = 2_000;
/// The name under which filters find the [`Format`]; no template can spell it.
const FORMAT: &str = "format!";

pub(crate) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    environment.add_test("defined", tests::is_defined);
    for (name, filter) in [
        ("operand", operand as fn(Value) -> Result<Value, Error>),
        ("flag", flag),
    ] {
        environment.add_filter(name, filter);
    }
    environment.add_filter("words", |state: &State, value: Value| {
        let format = format(state)?;
        words(&given(value)?, &format).ok_or_else(|| unfit("this cannot be joined to a text"))
    });
    environment.add_filter(
        "default",
        |value: Value, fallback: Value| {
            if value.is_undefined() { fallback } else { value }
        },
    );
    environment.add_filter("plural", |state: &State, value: Value, forms: Rest<String>| {
        let (format, number) = (format(state)?, number(value)?);
        let form = plural::form(number, &forms, format.locale).map_err(unfit)?;
        Ok::<_, Error>(format!("{} {form}", format.number(number)))
    });
    environment.add_filter("number", |state: &State, value: Value| {
        Ok::<_, Error>(format(state)?.number(number(value)?))
    });
    environment.add_filter("money", |state: &State, value: Value| {
        Ok::<_, Error>(format(state)?.money(number(value)?))
    });
    environment.add_filter("date", |state: &State, value: Value| {
        Ok::<_, Error>(format(state)?.date(date(value)?))
    });
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("title", filters::title);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("length", filters::length);
    environment.add_filter("round", |value: Value, places: Option<u32>| {
        Ok::<_, Error>(number_value(number(value)?.round_dp(places.unwrap_or(0).min(9))))
    });
    environment.add_filter("int", |value: Value| {
        Ok::<_, Error>(number_value(number(value)?.trunc()))
    });
    environment
});

/// What an expression sees: its variables' values, and how to format them.
#[derive(Debug)]
pub(crate) struct Bindings {
    pub variables: Arc<[Variable]>,
    pub values: Vec<Option<Value>>,
    pub format: Format,
}

impl Object for Bindings {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        if key == FORMAT {
            return Some(Value::from_object(self.format));
        }
        let place = self.variables.iter().position(|variable| variable.spelled() == key)?;
        self.values.get(place)?.clone()
    }
}

impl Object for Format {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// A calendar date inside an expression.
#[derive(Debug)]
struct Day(Date);

impl Object for Day {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A recipient's value as the engine sees it.
pub(crate) fn value(present: Present<'_>) -> Value {
    match present {
        Present::Text(text) => Value::from(text.as_ref()),
        Present::Number(number) => number_value(number),
        Present::Date(date) => Value::from_object(Day(date)),
    }
}

/// A value as a guest reads it, `None` if it cannot be read (a boolean, a list).
pub(crate) fn words(value: &Value, format: &Format) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    if let Some(Day(date)) = value.downcast_object_ref() {
        return Some(format.date(*date));
    }
    value
        .is_number()
        .then(|| decimal(value))
        .flatten()
        .map(|number| format.number(number))
}

/// The number that `text` spells, if it spells it in the one plain way: `5`, `-1.5`, but not `007`, `1e3` or `+5`.
pub(crate) fn plain_number(text: &str) -> Option<Decimal> {
    let number = Decimal::from_str_exact(text).ok()?;
    (number.to_string() == text).then_some(number)
}

fn number_value(number: Decimal) -> Value {
    match number.to_i64() {
        Some(whole) if number.is_integer() => Value::from(whole),
        _ => number.to_f64().map_or(Value::UNDEFINED, Value::from),
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    if let Some(whole) = value.as_i64() {
        return Some(whole.into());
    }
    // The shortest decimal that stands for the float: 1234.5 comes back as 1234.5.
    f64::try_from(value.clone())
        .ok()
        .and_then(|float| Decimal::from_str(&float.to_string()).ok())
}

fn given(value: Value) -> Result<Value, Error> {
    if value.is_undefined() {
        Err(Error::new(ErrorKind::UndefinedError, "no value"))
    } else {
        Ok(value)
    }
}

fn number(value: Value) -> Result<Decimal, Error> {
    let value = given(value)?;
    let number = match value.as_str() {
        Some(text) => Decimal::from_str_exact(text.trim()).ok(),
        None if value.is_number() => decimal(&value),
        None => None,
    };
    number.ok_or_else(|| unfit("a number is needed here"))
}

fn date(value: Value) -> Result<Date, Error> {
    let value = given(value)?;
    if let Some(Day(date)) = value.downcast_object_ref() {
        return Ok(*date);
    }
    let text = value.as_str().unwrap_or_default().trim();
    text.parse()
        .map_err(|_| unfit("a date such as 2026-03-05 is needed here"))
}

/// A variable beside an operator: it must have a value, and a text of digits counts as a number.
fn operand(value: Value) -> Result<Value, Error> {
    let value = given(value)?;
    Ok(match value.as_str() {
        Some("true") => Value::from(true),
        Some("false") => Value::from(false),
        Some(text) => plain_number(text).map_or(value.clone(), number_value),
        None => value,
    })
}

/// A variable as a condition: the texts `false` and `0` count as false.
fn flag(value: Value) -> Result<Value, Error> {
    Ok(match value.as_str() {
        Some("false" | "0") => Value::from(false),
        _ => value,
    })
}

fn format(state: &State) -> Result<Format, Error> {
    state
        .lookup(FORMAT)
        .and_then(|value| value.downcast_object_ref::<Format>().copied())
        .ok_or_else(|| unfit("the format is not known"))
}

fn unfit(why: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidOperation, why)
}
