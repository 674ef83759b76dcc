//! SMSC.ru's answers (PROVIDERS §4.7): JSON with `fmt=3` and on `/rest/`, else a line of text. Errors come with HTTP 200.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::serve::Reply;
use crate::serve::reply::{JSON, TEXT, reply};

/// The gateway's own error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GatewayError {
    Parameters = 1,
    Credentials = 2,
    NoMoney = 3,
    Blocked = 4,
    Date = 5,
    Forbidden = 6,
    NumberFormat = 7,
    Undeliverable = 8,
    Busy = 9,
}

impl GatewayError {
    pub(super) fn code(self) -> u8 {
        self as u8
    }

    fn text(self) -> &'static str {
        match self {
            Self::Parameters => "parameters error",
            Self::Credentials => "authorise error",
            Self::NoMoney => "not enough money on the account",
            Self::Blocked => "IP address is temporarily blocked",
            Self::Date => "wrong date format",
            Self::Forbidden => "message is denied",
            Self::NumberFormat => "invalid number",
            Self::Undeliverable => "message can not be delivered",
            Self::Busy => "duplicate request, wait a minute",
        }
    }
}

/// The wire form that a request asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Text,
}

impl Format {
    pub(super) fn error(self, error: GatewayError) -> Reply {
        match self {
            Self::Json => self.object(&json!({"error": error.text(), "error_code": error.code()})),
            Self::Text => self.line(format!("ERROR = {} ({})", error.code(), error.text())),
        }
    }

    /// The answer to a send. `cost_and_balance` are hundredths.
    pub(super) fn sent(self, id: &str, parts: usize, cost: Option<i64>, balance: Option<i64>) -> Reply {
        match self {
            Self::Json => {
                let mut answer = json!({"id": json_id(id), "cnt": parts});
                for (name, cents) in [("cost", cost), ("balance", balance)] {
                    if let Some(cents) = cents {
                        answer[name] = Value::String(money(cents));
                    }
                }
                self.object(&answer)
            }
            Self::Text => self.line(format!("OK - {parts} SMS, ID - {id}")),
        }
    }

    pub(super) fn price(self, parts: usize, cost: i64) -> Reply {
        match self {
            Self::Json => self.object(&json!({"cost": money(cost), "cnt": parts})),
            Self::Text => self.line(format!("{} ({parts} SMS)", money(cost))),
        }
    }

    pub(super) fn status(self, status: i8, at_s: i64) -> Reply {
        match self {
            Self::Json => self.object(&json!({"status": status, "last_timestamp": at_s})),
            Self::Text => self.line(format!("Status = {status}")),
        }
    }

    fn object(self, object: &Value) -> Reply {
        reply(StatusCode::OK, JSON, object.to_string())
    }

    fn line(self, line: String) -> Reply {
        reply(StatusCode::OK, TEXT, line)
    }
}

/// A numeric id is written as a number, any other as a string.
fn json_id(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| Value::from(id), Value::from)
}

fn money(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_two_places() {
        assert_eq!([0, 5, 250, -101].map(money), ["0.00", "0.05", "2.50", "-1.01"]);
    }

    #[test]
    fn ids_keep_their_kind() {
        assert_eq!((json_id("17"), json_id("01J")), (json!(17), json!("01J")));
    }
}
