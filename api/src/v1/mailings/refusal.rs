//! What is wrong with a mailing's file, as codes with their places; the file is the body.

use crate::body::why;
use crate::problem::Problem;
use bellhop_campaigns::draft::NoDraft;
use bellhop_domain::fault::{Fault, Why};

pub(super) fn no_draft(error: NoDraft) -> Problem {
    match error {
        NoDraft::Faulty(faults) => Problem::unprocessable(faults),
        NoDraft::Audience(error) => Problem::unprocessable(vec![in_file(error.into())]),
        NoDraft::NotMailing(error) => {
            let place = error.path().to_string();
            let place = if place == "." { String::new() } else { place };
            Problem::unreadable(why(&error.into_inner().to_string()).at(place))
        }
        NoDraft::NotJson(error) => {
            let said = error.to_string();
            Problem::unreadable(Why::BodyValueUnfit { said }.at(""))
        }
    }
}

/// A filter begins at `filter`, and a file has it under `audience`.
fn in_file(fault: Fault) -> Fault {
    let place = match fault.place.strip_prefix("filter") {
        Some(rest) => format!("audience{rest}"),
        None => fault.place,
    };
    fault.why.at(place)
}
