//! A body as JSON: read into a type, or refused with the place and a code.

use crate::problem::Problem;
use axum::http::StatusCode;
use bellhop_domain::fault::Why;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

pub(crate) fn read<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = error.path().to_string();
        let place = if place == "." { String::new() } else { place };
        refused(place, &error.into_inner())
    })?;
    json.end().map_err(|error| refused(String::new(), &error))?;
    Ok(read)
}

fn refused(place: String, error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => Problem::unreadable(Why::of_json(&error.to_string()).at(place)),
        Category::Syntax | Category::Eof | Category::Io => {
            let (line, column) = (error.line(), error.column());
            Problem::new(StatusCode::BAD_REQUEST, Why::BodyNotJson { line, column })
        }
    }
}
