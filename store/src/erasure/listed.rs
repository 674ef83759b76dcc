//! Lists of guests in the files of mailings, runs and programs: another stands in the place of who is erased, because a list with
//! nobody on it is no list, and lets everybody in.

use super::person::Person;
use crate::Result;
use crate::guests::settings;
use crate::sql::{Session, sql};
use bellhop_domain::Phone;
use bellhop_domain::phone::Region;
use serde_json::Value;
use std::collections::BTreeSet;

/// What stands there instead: ids and numbers that nobody has.
const NOBODY: &str = "erased";
const NO_PHONE: &str = "+70000000000";

struct Files {
    table: &'static str,
    column: &'static str,
    key: &'static str,
    of: &'static str,
}

const FILES: [Files; 4] = [
    Files {
        table: "mailings",
        column: "spec",
        key: "id",
        of: "org_id = $1",
    },
    Files {
        table: "runs",
        column: "spec",
        key: "id",
        of: "org_id = $1",
    },
    Files {
        table: "segments",
        column: "filter",
        key: "id",
        of: "org_id = $1",
    },
    Files {
        table: "program_versions",
        column: "definition",
        // A mailing is of one version.
        key: "mailing_id",
        of: "program_id IN (SELECT p.id FROM programs p WHERE p.org_id = $1)",
    },
];

pub(super) async fn unlist(tx: &mut Session, person: &Person) -> Result<()> {
    let region = settings(tx, person.org).await?.phone_region;
    let phones: BTreeSet<&str> = person.addresses.values().flatten().map(String::as_str).collect();
    for files in &FILES {
        let Files { table, column, key, of } = files;
        let with_a_list = format!("({column} LIKE '%\"customers\"%' OR {column} LIKE '%\"phones\"%')");
        let text = format!("SELECT {key} AS id FROM {table} WHERE {of} AND {with_a_list} ORDER BY 1");
        for row in tx.fetch(sql(text).int(i64::from(person.org.0))).await? {
            let id = row.columns().int("id")?;
            let text = format!("SELECT {column} AS file FROM {table} WHERE {key} = $1");
            let Some(row) = tx.first(sql(text).int(id)).await? else {
                continue;
            };
            let Ok(mut file) = serde_json::from_str::<Value>(&row.columns().text("file")?) else {
                continue;
            };
            if replaced(&mut file, &person.external_id, &phones, region) {
                let text = format!("UPDATE {table} SET {column} = $2 WHERE {key} = $1");
                let file = file.to_string();
                tx.execute(sql(text).int(id).text(file.as_str())).await?;
            }
        }
    }
    Ok(())
}

/// Whether anything was.
fn replaced(file: &mut Value, id: &str, phones: &BTreeSet<&str>, region: Region) -> bool {
    let each = |all: &mut Value, is_it: &dyn Fn(&str) -> bool, instead: &str| {
        let mut done = false;
        for one in all.as_array_mut().into_iter().flatten() {
            if one.as_str().is_some_and(is_it) {
                *one = Value::from(instead);
                done = true;
            }
        }
        done
    };
    match file {
        Value::Object(keys) => {
            let mut done = false;
            for (key, value) in keys {
                done |= match key.as_str() {
                    "customers" => each(value, &|text| text == id, NOBODY),
                    "phones" => {
                        let is_it =
                            |text: &str| Phone::parse(text, region).is_ok_and(|phone| phones.contains(phone.e164()));
                        each(value, &is_it, NO_PHONE)
                    }
                    _ => replaced(value, id, phones, region),
                };
            }
            done
        }
        Value::Array(all) => all
            .iter_mut()
            .fold(false, |done, one| replaced(one, id, phones, region) | done),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_keeps_its_length() {
        let mut file = json!({"audience": {"all": [{"customers": ["c1"]}, {"phones": ["8 916 123-45-67", "+79990000002"]}]},
                              "contents": {"sms": {"text": "c1"}}});
        assert!(replaced(&mut file, "c1", &["+79161234567"].into(), Region::RU));
        let expected = json!({"audience": {"all": [{"customers": ["erased"]}, {"phones": ["+70000000000", "+79990000002"]}]},
                              "contents": {"sms": {"text": "c1"}}});
        assert_eq!(file, expected);
        assert!(!replaced(&mut file, "c1", &["+79161234567"].into(), Region::RU));
    }
}
