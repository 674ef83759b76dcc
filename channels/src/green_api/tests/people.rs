//! Who wrote a message, and what is told like a message but is not one.

use super::webhook::{call, incoming, kind};
use crate::Event;
use bellhop_domain::incoming::{Inbound, InboundContent};
use serde_json::{Value, json};

const LID: &str = "123456789012345@lid";

fn inbound(events: Vec<Event>) -> Inbound {
    match &events[..] {
        [Event::Inbound(inbound)] => inbound.clone(),
        other => panic!("{other:?}"),
    }
}

fn stop() -> Value {
    json!({"typeMessage": "textMessage", "textMessageData": {"textMessage": "СТОП"}})
}

fn from(sender: Value) -> Vec<Event> {
    call(
        "incomingMessageReceived",
        json!({"senderData": sender, "messageData": stop()}),
    )
}

#[test]
fn every_id_that_is_told_of_the_sender() {
    let phone = "+79990000000";
    for (sender, first, also) in [
        (json!({"chatId": LID, "sender": "79990000000@c.us"}), phone, vec![LID]),
        (json!({"chatId": "79990000000@c.us", "sender": LID}), phone, vec![LID]),
        (
            json!({"chatId": LID, "sender": LID, "senderPhoneNumber": 79_990_000_000_u64}),
            phone,
            vec![LID],
        ),
        (json!({"chatId": "79990000000@c.us", "chatLid": LID}), phone, vec![LID]),
        (json!({"chatId": LID, "sender": LID}), LID, vec![]),
        (json!({"sender": "79990000000@c.us"}), phone, vec![]),
        // Our own number, and a name that looks like one.
        (json!({"chatId": LID, "sender": "71111111111@c.us"}), LID, vec![]),
        (
            json!({"chatId": LID, "senderName": "79991112233@c.us", "chatName": "79991112233@c.us"}),
            LID,
            vec![],
        ),
    ] {
        let told = inbound(from(sender.clone()));
        assert_eq!(
            (told.from.as_str(), told.also),
            (first, also.iter().map(|one| (*one).to_owned()).collect()),
            "{sender}"
        );
    }
}

#[test]
fn chats_of_many_are_nobodys_word_to_us() {
    for chat in [
        "120363402931855007@g.us",
        "status@broadcast",
        "1700000000@broadcast",
        "1203@newsletter",
    ] {
        let sender = json!({"chatId": chat, "sender": "79990000000@c.us"});
        assert_eq!(kind(&from(sender)), "incomingMessageReceived", "{chat}");
    }
    for event in [
        "outgoingMessageReceived",
        "incomingCall",
        "outgoingCall",
        "statusMessage",
        "deviceInfo",
    ] {
        let data = json!({"from": "79990000000@c.us", "status": "offer", "senderData": {"chatId": "79990000000@c.us"}, "messageData": stop()});
        assert_eq!(kind(&call(event, data)), event);
    }
    for notice in ["pollUpdateMessage", "pinInChatMessage", "protocolMessage"] {
        let data = json!({"typeMessage": notice, "extendedTextMessageData": {"text": "стоп"}});
        assert_eq!(
            kind(&incoming("79990000000@c.us", data)),
            "incomingMessageReceived",
            "{notice}"
        );
    }
}

#[test]
fn edits_revokes_taps_and_captions() {
    let edited = |text: Option<&str>| InboundContent::Edited {
        of: "BAE5".to_owned(),
        text: text.map(str::to_owned),
    };
    let tap = || InboundContent::Button {
        payload: Some("STOP".to_owned()),
        text: "Хватит".to_owned(),
    };
    let text = || InboundContent::Text("стоп".to_owned());
    for (data, expected) in [
        (
            json!({"typeMessage": "editedMessage", "editedMessageData": {"textMessage": "СТОП", "stanzaId": "BAE5"}}),
            edited(Some("СТОП")),
        ),
        (
            json!({"typeMessage": "editedMessage", "editedMessageData": {"caption": "СТОП", "stanzaId": "BAE5"}}),
            edited(Some("СТОП")),
        ),
        (
            json!({"typeMessage": "editedMessage", "editedMessageData": {"stanzaId": "BAE5"}}),
            edited(None),
        ),
        (
            json!({"typeMessage": "deletedMessage", "deletedMessageData": {"stanzaId": "BAE5"}}),
            InboundContent::Revoked { of: "BAE5".to_owned() },
        ),
        (
            json!({"typeMessage": "listResponseMessage", "listResponseMessage": {"title": "Хватит", "singleSelectReply": {"selectedRowId": "STOP"}}}),
            tap(),
        ),
        (
            json!({"typeMessage": "interactiveButtonsResponse", "interactiveButtonsResponse": {"selectedId": "STOP", "selectedDisplayText": "Хватит"}}),
            tap(),
        ),
        // Words of an unknown type, and of a file of an unknown kind.
        (
            json!({"typeMessage": "ofTheFuture", "extendedTextMessageData": {"text": "стоп"}}),
            text(),
        ),
        (
            json!({"typeMessage": "imageMessage", "fileMessageData": {"downloadUrl": "", "caption": "стоп"}}),
            text(),
        ),
    ] {
        let told = inbound(incoming("79990000000@c.us", data.clone()));
        assert_eq!(told.content, expected, "{data}");
    }
    // It is told under the id of the message that it changes, but is a message of its own.
    let same = json!({"typeMessage": "editedMessage",
        "editedMessageData": {"textMessage": "СТОП", "stanzaId": "F7AEC1B7086ECDC7E6E45923F5EDB825"}});
    assert!(
        inbound(incoming("79990000000@c.us", same))
            .provider_id
            .starts_with("edit:")
    );
}

#[test]
fn without_a_time_or_an_id_it_is_still_a_word() {
    for key in ["timestamp", "idMessage"] {
        let sender = json!({"chatId": "79990000000@c.us"});
        let told = inbound(call(
            "incomingMessageReceived",
            json!({"senderData": sender, "messageData": stop(), key: null}),
        ));
        assert!(told.at.0 > 0 && !told.provider_id.is_empty(), "{key}");
    }
}
