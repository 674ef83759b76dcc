//! Who wrote. Each of WAHA's engines has its own places for the chat and for the sender's other id: `remoteJidAlt`
//! and `senderPn` beside the key (NOWEB, which is Baileys), `SenderAlt` in `Info` (GOWS, which is whatsmeow),
//! `_serialized` ids (WEBJS). All of them are searched, so that a phone is found wherever it is.

use crate::chat_id;
use crate::person::Person;
use serde_json::Value;

/// The objects of a payload in which ids stand.
const OBJECTS: [&str; 5] = ["", "/_data", "/_data/key", "/_data/Info", "/_data/id"];

/// The beginnings of keys for a sender, in lower case.
const OF_SENDER: [&str; 7] = ["from", "remotejid", "remote", "sender", "participant", "author", "chat"];
/// The endings of such keys; some hold another id of the same person.
const OTHER: [&str; 8] = ["", "alt", "pn", "lid", "jid", "id", "phone", "phonenumber"];
/// Keys that hold only the sender's other id.
const ALONE: [&str; 4] = ["pn", "lid", "pnjid", "lidjid"];

/// The sender; `None` if the chat is not a person's: a group, a channel, a broadcast, somebody's status.
pub(super) fn sender(payload: &Value, me: &Value) -> Option<Person> {
    let own: Vec<String> = ["id", "lid", "jid"]
        .iter()
        .filter_map(|key| address(&me[*key]))
        .collect();
    let mut found = Vec::new();
    for object in OBJECTS.iter().filter_map(|place| payload.pointer(place)?.as_object()) {
        for (key, value) in object {
            let key = key.to_ascii_lowercase().replace('_', "");
            if !of_sender(&key) {
                continue;
            }
            match address(value) {
                Some(address) => found.push((key != "from", address)),
                // An id on a server that has no persons.
                None if id(value).is_some_and(|id| id.contains('@')) => return None,
                None => {}
            }
        }
    }
    // What WAHA itself calls the sender comes first.
    found.sort_by_key(|(elsewhere, _)| *elsewhere);
    Person::of(
        found
            .into_iter()
            .map(|(_, address)| address)
            .filter(|address| !own.contains(address)),
    )
}

fn of_sender(key: &str) -> bool {
    let rest = OF_SENDER.iter().filter_map(|begin| key.strip_prefix(begin));
    ALONE.contains(&key) || rest.into_iter().any(|rest| OTHER.contains(&rest))
}

fn address(value: &Value) -> Option<String> {
    chat_id::person(&id(value)?)
}

/// An id is a text or, in WEBJS, an object.
fn id(value: &Value) -> Option<String> {
    let text = value.as_str().or_else(|| value["_serialized"].as_str());
    text.map(str::to_owned).or_else(|| {
        let user = value["user"].as_str()?;
        Some(format!("{user}@{}", value["server"].as_str()?))
    })
}
